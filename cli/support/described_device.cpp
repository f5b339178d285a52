#include "cli/support/described_device.hpp"

#include "openbar/card_files.hpp"

#include "base/failure.hpp"
#include "base/region_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace openbar::cli {
namespace {

/// FILE of the simulated card "sim:card=FILE,…", in which two commas stand for one; else empty.
std::string described_by(std::string_view address) {
    constexpr std::string_view start = "sim:card=";
    std::string file;
    if (!address.starts_with(start)) return file;
    address.remove_prefix(start.size());
    for (std::size_t i = 0; i < address.size(); ++i) {
        if (address[i] == ',' && address.substr(i, 2) != ",,") break;
        if (address[i] == ',') ++i;
        file += address[i];
    }
    return file;
}

/// Whether the description says which region of the device it is about.
bool names_regions(const Description& card) {
    const auto regions = card.regions();
    return std::any_of(regions.begin(), regions.end(),
                       [](description::Region region) { return !region.name().empty(); });
}

}  // namespace

void add_name_options(CommandLine& line, NameArguments& arguments) {
    line.option("--card", "FILE", "the description of the card (found by its PCI ids)",
                [&arguments](const std::string& word) { arguments.card = word; });
    line.flag("--with-effects", arguments.with_effects,
              "access registers by name also if that has side effects");
}

void refuse_name_options(const NameArguments& arguments) {
    if (arguments.card.empty() && !arguments.with_effects) return;
    throw WrongUsage(arguments.card.empty() ? "--with-effects" : "--card",
                     "it goes with names of registers, and not with an offset");
}

Result<std::uint64_t> PlaceBus::load(std::uint64_t offset, unsigned) {
    return access_.read(offset);
}

Result<void> PlaceBus::store(std::uint64_t offset, unsigned, std::uint64_t value) {
    return access_.write(offset, value);
}

Result<Description> card_of(const DeviceInfo& device, const std::string& file) {
    if (const std::string simulated = described_by(device.address);
        file.empty() && !simulated.empty())
        return open_card(simulated);
    if (!device.identity) {
        if (!file.empty()) return Description::read(file);
        return failure(ErrorCode::not_found, device.address + " has no PCI ids to find a card by",
                       "name the description: --card FILE");
    }
    const PciIdentity& identity = *device.identity;
    return find_card(
               {identity.vendor, identity.device, identity.subsystem_vendor, identity.subsystem},
               file)
        .attempting([&] { return "find the registers of " + device.address; });
}

Result<DescribedDevice> DescribedDevice::open(const NameArguments& arguments) {
    OPENBAR_TRY(device, Device::open(arguments.device, arguments.open));
    OPENBAR_TRY(card, card_of(device.info(), arguments.card));
    return DescribedDevice(std::move(device), std::move(card), arguments.region,
                           arguments.requests);
}

std::string DescribedDevice::scoped(std::string_view name) const {
    if (!region_ || !names_regions(card_)) return std::string(name);
    return fmt::format("{}.{}", region_name(*region_), name);
}

Result<description::Named> DescribedDevice::find(std::string_view name) const {
    return description::find_named(card_, scoped(name)).attempting([&] {
        return fmt::format("find '{}' of {}", name, device_.info().address);
    });
}

Result<std::vector<description::Write>> DescribedDevice::plan(
    const std::vector<std::string>& assignments, description::Effects effects) const {
    std::vector<std::string> scoped_ones;
    for (const std::string& assignment : assignments) scoped_ones.push_back(scoped(assignment));
    auto writes = description::parse_writes(card_, scoped_ones, effects);
    return std::move(writes).attempting(
        [&] { return fmt::format("write registers of {}", device_.info().address); });
}

Result<RegionIndex> DescribedDevice::region_of(description::Region region) const {
    if (const auto bar = region.bar()) return *bar;
    if (region.name() == "config") return configuration_region;
    if (region_) return *region_;
    std::vector<const RegionInfo*> memory;
    for (const RegionInfo& info : device_.info().regions)
        if (info.kind == RegionKind::memory && info.index != rom_region) memory.push_back(&info);
    if (memory.size() == 1) return memory.front()->index;
    return failure(ErrorCode::ambiguous,
                   fmt::format("the description does not name its region, and {} has {} of memory",
                               device_.info().address, memory.size()),
                   "put the region in front of the name: bar0 NAME");
}

Result<PlaceBus> DescribedDevice::bus(const description::Place& place, Direction direction) const {
    const auto open = [&]() -> Result<PlaceBus> {
        OPENBAR_TRY(region, region_of(place.region()));
        OPENBAR_TRY(accesses, description::accesses_of(place.description()));
        const std::uint64_t length =
            std::uint64_t{accesses.count - 1} * accesses.stride + accesses.width;
        OPENBAR_TRY(access, RegionAccess::open(device_, region, {place.offset(), length},
                                               accesses.width, direction, requests_));
        return PlaceBus(std::move(access));
    };
    return open().attempting([&] { return "access register " + place.name(); });
}

}  // namespace openbar::cli
