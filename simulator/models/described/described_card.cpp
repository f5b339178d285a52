#include "simulator/models/described/described_card.hpp"

#include "openbar/card_files.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <set>
#include <utility>

namespace openbar::simulator {
namespace {

constexpr std::uint64_t smallest_bar = 4096;
constexpr std::uint64_t largest_32bit_bar = std::uint64_t{1} << 31;
constexpr std::uint64_t largest_bar = std::uint64_t{1} << 40;

/// To standard error, each of the first thousand once.
RegisterFile::Report to_standard_error() {
    return [said = std::set<std::string>()](const std::string& words) mutable {
        if (said.size() < 1000 && said.insert(words).second)
            std::fprintf(stderr, "card: %s\n", printable(words).c_str());
    };
}

std::uint64_t bar_size(std::uint64_t end) noexcept {
    return std::bit_ceil(std::clamp(end, smallest_bar, largest_bar));
}

}  // namespace

DescribedCard::DescribedCard(openbar::Description card, Options options)
    : card_(std::move(card)),
      bar_(options.bar),
      registers_(card_, options.report ? std::move(options.report) : to_standard_error()) {
    description_.name = "card";
    description_.vendor = 0x1234;
    description_.device = 0xca2d;
    if (!card_.pci_ids().empty()) {
        const description::PciIds ids = card_.pci_ids().front();
        description_.vendor = ids.vendor;
        description_.device = ids.device;
        description_.subsystem_vendor = ids.subsystem_vendor == 0xffff ? 0 : ids.subsystem_vendor;
        description_.subsystem = ids.subsystem == 0xffff ? 0 : ids.subsystem;
    }
    description_.intx = true;
    description_.msi_vectors = 1;
    describe_regions();
}

void DescribedCard::describe_regions() {
    for (const description::Region region : card_.regions()) {
        if (region.name() == "config") continue;
        const std::uint64_t size = bar_size(region.block().size());
        description_.regions.push_back(
            {.index = number_of(region), .size = size, .is_64bit = size > largest_32bit_bar});
    }
}

Result<std::unique_ptr<Model>> DescribedCard::open(const std::string& card, Options options) {
    OPENBAR_TRY(described, open_card(card));
    return std::make_unique<DescribedCard>(std::move(described), std::move(options));
}

RegionNumber DescribedCard::number_of(description::Region region) const noexcept {
    return region.bar().value_or(bar_);
}

std::optional<description::Region> DescribedCard::described(RegionNumber region) const {
    for (const description::Region each : card_.regions())
        if (each.name() != "config" && number_of(each) == region) return each;
    return std::nullopt;
}

std::uint64_t DescribedCard::read(RegionNumber region, std::uint64_t offset, unsigned width) {
    const auto found = described(region);
    return found ? registers_.read(*found, offset, width) : all_ones;
}

void DescribedCard::write(RegionNumber region, std::uint64_t offset, unsigned width,
                          std::uint64_t value) {
    if (const auto found = described(region)) registers_.write(*found, offset, width, value);
}

void DescribedCard::reset() {
    registers_.reset();
    if (bus_ != nullptr) bus_->set_interrupt_line(false);
}

}  // namespace openbar::simulator
