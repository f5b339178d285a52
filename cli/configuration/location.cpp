#include "cli/configuration/location.hpp"

#include "base/failure.hpp"
#include "cli/configuration/capability_layouts.hpp"
#include "cli/configuration/header.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/suggestion.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace openbar::cli {
namespace {

using Capability = ConfigurationLocation::Capability;

/// Names of setpci that openbar spells otherwise.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> other_names{
    {{"base_address_0", "bar0"},
     {"base_address_1", "bar1"},
     {"base_address_2", "bar2"},
     {"base_address_3", "bar3"},
     {"base_address_4", "bar4"},
     {"base_address_5", "bar5"},
     {"capabilities", "capability_list"}}};

Error unknown_name(std::string_view name) {
    std::vector<std::string> names = capability_names();
    for (const ConfigurationRegister& each : configuration::header_registers())
        names.emplace_back(each.name);
    for (const std::string_view each : bridge_register_names()) names.emplace_back(each);
    const std::vector<std::string_view> views(names.begin(), names.end());
    return failure(ErrorCode::invalid_argument,
                   fmt::format("there is no register '{}'{}", name, did_you_mean(name, views)),
                   "openbar config DEVICE lists the device's registers; openbar config --help "
                   "shows every form");
}

/// A register of the header by its name; width 0 where there is none.
ConfigurationLocation header_register(const std::string& name) {
    std::string_view wanted = name;
    for (const auto& [setpci, ours] : other_names)
        if (setpci == name) wanted = ours;
    if (const ConfigurationRegister* found = configuration::find(wanted))
        return {{}, found->offset, found->width};
    if (const RegisterLayout* found = find_bridge_register(wanted))
        return {{}, found->offset, found->width};
    return {{}, 0, 0};
}

/// "cap_msi", "cap05", "ecap_aer", "ecap0001": what is named, or nothing.
std::optional<Capability> named_capability(std::string_view name) {
    const bool extended = name.starts_with('e');
    if (extended) name.remove_prefix(1);
    if (!name.starts_with("cap")) return std::nullopt;
    name.remove_prefix(3);
    if (name.starts_with('_')) {
        const CapabilityLayout* layout = find_capability_layout(name.substr(1), extended);
        if (layout == nullptr) return std::nullopt;
        return Capability{layout->id, extended, 0};
    }
    std::uint16_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id, 16);
    if (name.empty() || error != std::errc() || end != name.data() + name.size())
        return std::nullopt;
    return Capability{id, extended, 0};
}

/// Takes what follows `separator` off the end of `text`, as a number; 0 where there is none.
Result<std::uint64_t> take_number_after(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return 0;
    auto number = parse_number(text.substr(at + 1));
    text = text.substr(0, at);
    return number;
}

/// "CAP_MSI", "ECAP_AER", "CAP15".
std::string name_of(std::uint16_t id, bool extended) {
    const CapabilityLayout* layout = find_capability_layout(id, extended);
    return fmt::format(
        "{}CAP{}", extended ? "E" : "",
        layout != nullptr ? fmt::format("_{}", layout->setpci_name) : fmt::format("{:02x}", id));
}

/// The place `further` bytes into the capability: one that does not wrap round to its front.
Result<std::uint64_t> within_capability(const PciCapability& capability, std::uint64_t further,
                                        const Configuration& configuration) {
    const std::uint64_t size = configuration.region().size();
    const std::uint64_t left = size - std::min<std::uint64_t>(size, capability.offset);
    if (further < left) return capability.offset + further;
    const std::string name = name_of(capability.id, capability.extended);
    return Error{
        ErrorCode::out_of_range,
        fmt::format("find {}+{:#x} in the configuration space", name, further),
        fmt::format("{} is at {:#x}, and the space has {:#x} bytes", name, capability.offset, size),
        fmt::format("keep to offsets below {:#x}", left)};
}

std::string name_of(const Capability& wanted) {
    const std::string name = name_of(wanted.id, wanted.extended);
    return wanted.instance == 0 ? name : fmt::format("{}@{}", name, wanted.instance);
}

}  // namespace

Result<ConfigurationLocation> parse_location(std::string_view text) {
    const auto width = take_width_suffix(text);
    if (width == 8)
        return failure(ErrorCode::invalid_argument, "configuration space has no 64-bit accesses",
                       "use .B, .W or .L");
    if (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front())))
        return parse_number(text).transform([&](std::uint64_t offset) {
            return ConfigurationLocation{{}, offset, width.value_or(4)};
        });
    const auto further = take_number_after(text, '+');
    if (!further) return further.error();
    const bool counted = text.find('@') != std::string_view::npos;
    const auto instance = take_number_after(text, '@');
    if (!instance) return instance.error();

    const std::string name = lower_case(text);
    ConfigurationLocation location = header_register(name);
    if (location.width == 0) {
        location = {named_capability(name), 0, 4};
        if (!location.capability) return unknown_name(text);
        location.capability->instance = *instance;
    } else if (counted) {
        return failure(ErrorCode::invalid_argument,
                       fmt::format("the header has one register '{}'", text),
                       "omit the @, which counts capabilities");
    }
    if (location.offset + *further < *further)
        return failure(ErrorCode::invalid_argument,
                       fmt::format("the offset {} is not in the configuration space", *further));
    location.offset += *further;
    if (width) location.width = *width;
    return location;
}

Result<std::uint64_t> resolve(const ConfigurationLocation& location,
                              const Configuration& configuration) {
    if (!location.capability) return location.offset;
    const auto capabilities = configuration.capabilities();
    if (!capabilities) return capabilities.error();
    std::uint64_t before = location.capability->instance;
    std::vector<std::string> present;
    for (const PciCapability& each : *capabilities) {
        present.push_back(name_of(each.id, each.extended));
        if (each.id != location.capability->id || each.extended != location.capability->extended)
            continue;
        if (before-- == 0) return within_capability(each, location.offset, configuration);
    }
    return Error{
        ErrorCode::not_found,
        fmt::format("find {} in the configuration space", name_of(*location.capability)),
        "the device has no such capability",
        present.empty() ? "it has none" : fmt::format("it has {}", fmt::join(present, ", "))};
}

}  // namespace openbar::cli
