#include "openbar/device.hpp"
#include "openbar/pci.hpp"

#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/described_device.hpp"
#include "cli/support/json.hpp"
#include "cli/support/own_name.hpp"
#include "cli/support/pci_function.hpp"
#include "cli/support/pci_names.hpp"
#include "cli/support/register_list.hpp"
#include "cli/support/table.hpp"
#include "cli/support/text.hpp"

#include <fmt/ranges.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace openbar::cli {
namespace {

struct InfoArguments {
    DeviceAddress device;
    OpenOptions open{.shared = true};  // describing a device disturbs nobody who works with it
    std::string card{};
    bool registers = false;
};

using NamedCapability = std::pair<std::string_view, const Capability*>;

std::array<NamedCapability, 7> named(const Capabilities& capabilities) {
    return {{{"mapping", &capabilities.mapping},
             {"write-combining", &capabilities.write_combining},
             {"configuration", &capabilities.configuration},
             {"interrupts", &capabilities.interrupts},
             {"dma", &capabilities.dma},
             {"reset", &capabilities.reset},
             {"events", &capabilities.events}}};
}

Json describe(const DeviceInfo& info) {
    Json json;
    json["address"] = info.address;
    json["backend"] = to_string(info.backend);
    if (info.pci) json["pci"] = info.pci->to_string();
    if (info.identity) {
        const PciNames names;
        json["identity"] = to_json(*info.identity);
        json["vendor_name"] = names.vendor(*info.identity);
        json["device_name"] = names.device(*info.identity);
        json["class_name"] = names.class_name(*info.identity);
    }
    if (const auto& place = info.virtual_function) json["virtual_function"] = to_json(*place);
    json["kernel_driver"] = info.kernel_driver;
    if (info.iommu_group) json["iommu_group"] = *info.iommu_group;
    json["regions"] = Json::array();
    for (const RegionInfo& region : info.regions) json["regions"].push_back(to_json(region));
    json["vectors"] = Json::array();
    for (const VectorInfo& vector : info.vectors)
        json["vectors"].push_back({{"kind", to_string(vector.kind)},
                                   {"count", vector.count},
                                   {"maskable", vector.maskable}});
    for (const auto& [name, capability] : named(info.capabilities)) {
        json["capabilities"][name]["offered"] = capability->offered;
        if (!capability->offered) json["capabilities"][name]["why_not"] = capability->why_not;
        if (!capability->hint.empty())
            json["capabilities"][name]["hint"] = typeable(capability->hint);
    }
    return json;
}

void print_identity(const PciIdentity& identity, Output& out) {
    const PciNames names;
    const auto line = [&](std::string text) {
        while (text.ends_with(' ')) text.pop_back();  // a name that is not known
        out.print("{}\n", text);
    };
    line(fmt::format("ids        {:04x}:{:04x} revision {:02x}  {}", identity.vendor,
                     identity.device, identity.revision, names.full_name(identity)));
    line(fmt::format("subsystem  {:04x}:{:04x}  {}", identity.subsystem_vendor, identity.subsystem,
                     names.subsystem(identity)));
    line(fmt::format("class      {:06x}  {}", identity.class_code, names.class_name(identity)));
}

void print_virtual_function(const std::optional<VirtualFunction>& place, Output& out) {
    if (place)
        out.print("SR-IOV     virtual function {} of {}\n", place->number,
                  place->physical.to_string());
}

std::string attributes_of(const RegionInfo& region) {
    std::vector<std::string> attributes;
    if (region.is_64bit) attributes.emplace_back("64-bit");
    if (region.prefetchable) attributes.emplace_back("prefetchable");
    if (!region.readable) attributes.emplace_back("write-only");
    if (!region.writable) attributes.emplace_back("read-only");
    return attributes.empty() ? "-" : fmt::format("{}", fmt::join(attributes, ", "));
}

std::string access_of(const RegionInfo& region) {
    if (!region.not_reachable_because.empty()) return "none: " + region.not_reachable_because;
    if (region.mappable.empty())
        return region.not_mappable_because.empty() ? "requests"
                                                   : "requests: " + region.not_mappable_because;
    if (!region.emulated.empty())
        return region.emulated.front() == Range{0, region.size}
                   ? "requests, or mapped: each access traps"
                   : "mapped; its registers trap";
    if (region.mappable.size() == 1 && region.mappable.front() == Range{0, region.size})
        return "mapped";
    std::vector<std::string> parts;
    for (const Range& part : region.mappable)
        parts.push_back(fmt::format("{:#x}+{:#x}", part.offset, part.length));
    return fmt::format("mapped: {}; requests for the rest", fmt::join(parts, ", "));
}

void print_regions(const std::vector<RegionInfo>& regions, Output& out) {
    Table table({"region", "kind", "size", "at", "attributes", "access"});
    for (const RegionInfo& region : regions)
        table.add(
            {region.name, std::string(to_string(region.kind)), size_text(region.size),
             region.physical_address == 0 ? "-" : fmt::format("{:#x}", region.physical_address),
             attributes_of(region), access_of(region)});
    out.write("\n");
    table.print(out);
}

void print_vectors(const std::vector<VectorInfo>& vectors, Output& out) {
    if (vectors.empty()) return;
    Table table({"vectors", "count", "maskable"});
    for (const VectorInfo& vector : vectors)
        table.add({std::string(to_string(vector.kind)), fmt::format("{}", vector.count),
                   vector.maskable ? "yes" : "no"});
    out.write("\n");
    table.print(out);
}

void print_capabilities(const DeviceInfo& info, Output& out) {
    out.print("\n{}\n",
              out.colored(Color::bold, fmt::format("through {}", to_string(info.backend))));
    for (const auto& [name, capability] : named(info.capabilities)) {
        out.print(
            "{:<17}{}\n", name,
            capability->offered
                ? out.colored(Color::green, "yes")
                : out.colored(Color::yellow, "no") +
                      (capability->why_not.empty() ? std::string() : ": " + capability->why_not));
        if (!capability->hint.empty())
            out.print("{:<17}  hint: {}\n", "", typeable(capability->hint));
    }
}

void print(const DeviceInfo& info, Output& out) {
    out.print("device     {}\n", info.address);
    if (info.identity) print_identity(*info.identity, out);
    print_virtual_function(info.virtual_function, out);
    if (info.pci)
        out.print("driver     {}\n", info.kernel_driver.empty() ? "none" : info.kernel_driver);
    if (info.iommu_group) out.print("group      IOMMU group {}\n", *info.iommu_group);
    print_regions(info.regions, out);
    print_vectors(info.vectors, out);
    print_capabilities(info, out);
}

/// What can be said of a function that cannot be opened.
void print_unopened(const PciFunction& function, Console& console) {
    if (console.json) {
        Json json;
        json["address"] = function.address.to_string();
        json["backend"] = nullptr;
        json["identity"] = to_json(function.identity);
        if (const auto& place = function.virtual_function)
            json["virtual_function"] = to_json(*place);
        json["kernel_driver"] = function.kernel_driver;
        json["regions"] = Json::array();
        for (const RegionInfo& region : function.regions)
            json["regions"].push_back(to_json(region));
        print_json(console.out, json);
        return;
    }
    console.out.print("device     {} (not opened)\n", function.address.to_string());
    print_identity(function.identity, console.out);
    print_virtual_function(function.virtual_function, console.out);
    console.out.print("driver     {}\n",
                      function.kernel_driver.empty() ? "none" : function.kernel_driver);
}

Result<ExitCode> info(const InfoArguments& arguments, Console& console) {
    auto device = Device::open(arguments.device, arguments.open);
    if (!device) {
        if (const auto function = find_function(arguments.device))
            print_unopened(*function, console);
        return std::move(device).error();
    }
    std::optional<Description> card;
    if (arguments.registers) {
        OPENBAR_TRY(found, card_of(device->info(), arguments.card));
        card = std::move(found);
    }
    if (console.json) {
        Json json = describe(device->info());
        if (card) json["registers"] = register_list_json(*card, {});
        print_json(console.out, json);
        return ExitCode::done;
    }
    print(device->info(), console.out);
    if (card) {
        console.out.write("\n");
        print_register_list(*card, {}, console.out);
    }
    return ExitCode::done;
}

Run declare_info(CommandLine& line) {
    auto arguments = std::make_shared<InfoArguments>();
    add_device(line, arguments->device);
    add_vf_token(line, arguments->open.vf_token);
    line.flag("--registers", arguments->registers, "list the described registers as well");
    line.option("--card", "FILE", "the description of the card (found by its PCI ids)",
                [arguments](const std::string& word) { arguments->card = word; });
    line.check([arguments] {
        if (!arguments->card.empty() && !arguments->registers)
            throw WrongUsage("--card needs --registers: it describes them");
    });
    return [arguments](Console& console) { return info(*arguments, console); };
}

}  // namespace

constexpr Command info_command{
    .name = "info",
    .summary = "identity, regions, vectors and capabilities of a device",
    .usage = "DEVICE [--registers] [--card FILE] [--vf-token UUID] [--json]",
    .description =
        R"(Opens the device and prints its identity; its regions, with size, kind, address, and
whether they are mapped or reached by requests (and why); its interrupt vectors; and the
capabilities of the back end, or why they are missing. With --registers, also lists the registers
that the card's description has. Accesses no register.

If the device cannot be opened, prints the facts that the system has, and the reason. The exit code
is then 1.
)",
    .examples = R"(  openbar info 00:04.0
  openbar info vfio:00:04.0          through VFIO, or the reason why it fails
  openbar info pci:8086:100e --json
)",
    .json = true,
    .declare = declare_info};

}  // namespace openbar::cli
