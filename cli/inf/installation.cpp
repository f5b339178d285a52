#include "cli/inf/installation.hpp"

#include "cli/inf/templates.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace openbar::cli {
namespace {

/// Windows keeps device descriptions and hardware ids in 200 characters.
constexpr std::size_t longest = 200;

/// The code points of UTF-8, or nothing where it is none.
std::optional<std::u32string> code_points(std::string_view text) {
    std::u32string points;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at++]);
        const unsigned more = lead < 0x80   ? 0
                              : lead < 0xc2 ? 4
                              : lead < 0xe0 ? 1
                              : lead < 0xf0 ? 2
                                            : 3;
        if (more > 3 || lead > 0xf4 || text.size() - at < more) return std::nullopt;
        char32_t point = more == 0 ? lead : lead & (0x3fu >> more);
        for (unsigned i = 0; i < more; ++i, ++at) {
            const auto next = static_cast<unsigned char>(text[at]);
            if ((next & 0xc0) != 0x80) return std::nullopt;
            point = point << 6 | (next & 0x3f);
        }
        constexpr std::array<char32_t, 4> smallest{0, 0x80, 0x800, 0x10000};
        if (point < smallest[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return std::nullopt;
        points.push_back(point);
    }
    return points;
}

Result<void> check_name(const std::string& name) {
    const std::string attempted = "write an INF";
    const auto points = code_points(name);
    if (!points) return Error{ErrorCode::invalid_argument, attempted, "the name is not UTF-8"};
    if (points->empty() || points->size() > longest)
        return Error{
            ErrorCode::invalid_argument, attempted,
            fmt::format("the name has {} characters; 1 to {} are shown", points->size(), longest)};
    const auto bad = std::ranges::find_if(
        *points, [](char32_t point) { return point < 0x20 || point == 0x7f || point == U'"'; });
    if (bad != points->end())
        return Error{ErrorCode::invalid_argument, attempted,
                     fmt::format("the name '{}' has a quote or a control character, which mean "
                                 "something else in an INF",
                                 name),
                     "leave it out of --name"};
    return {};
}

/// Strings of an INF have %names% in them.
std::string with_percent_doubled(std::string_view name) {
    std::string text;
    for (const char letter : name) text.append(letter == '%' ? 2 : 1, letter);
    return text;
}

/// Takes `name` and `digits` hexadecimal digits off the front of `id`, in upper or lower case.
bool take_part(std::string_view& id, std::string_view name, std::size_t digits) {
    if (id.size() < name.size() + digits) return false;
    if (lower_case(id.substr(0, name.size())) != lower_case(name)) return false;
    const std::string_view number = id.substr(name.size(), digits);
    if (number.find_first_not_of("0123456789abcdefABCDEF") != number.npos) return false;
    id.remove_prefix(name.size() + digits);
    return true;
}

/// The forms that Windows gives a PCI function, from one vendor's device on.
bool is_pci_id(std::string_view id) {
    if (!take_part(id, "PCI\\VEN_", 4) || !take_part(id, "&DEV_", 4)) return false;
    const bool subsystem = take_part(id, "&SUBSYS_", 8);
    if (!take_part(id, "&REV_", 2) && !subsystem)
        static_cast<void>(take_part(id, "&CC_", 6) || take_part(id, "&CC_", 4));
    return id.empty();
}

/// "root\my_board": a node that somebody makes for the board, and that nothing else has.
bool is_root_id(std::string_view id) {
    if (lower_case(id.substr(0, 5)) != "root\\" || id.size() == 5) return false;
    return std::ranges::all_of(id.substr(5), [](char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) ||
               std::string_view("_-.").contains(letter);
    });
}

/// A wildcard, a class or a vendor alone would give the driver devices of other people.
Result<void> check_hardware_id(const Installation& installation) {
    const std::string& id = installation.hardware_id;
    const bool good = is_root_id(id) || (!installation.fixed() && is_pci_id(id));
    if (good && id.size() <= longest) return {};
    return Error{ErrorCode::invalid_argument, "write an INF",
                 fmt::format("'{}' is not the id of one kind of {}", id,
                             installation.fixed() ? "board" : "card"),
                 installation.fixed()
                     ? "write it as root\\my_board, with letters, digits, _ - and ."
                     : "write it as PCI\\VEN_1234&DEV_11E8, with &SUBSYS_11001AF4 or &REV_10 "
                       "behind it if wanted, or as root\\my_card"};
}

std::string range_lines(const std::vector<FixedRange>& ranges) {
    std::string lines;
    for (const FixedRange& range : ranges)
        lines += fmt::format("{} = {:x}-{:x}\n", range.ports ? "IOConfig " : "MemConfig",
                             range.first, range.last);
    if (!lines.empty()) lines.pop_back();
    return lines;
}

}  // namespace

std::string Installation::file_name() const {
    std::string text(driver());
    const std::string_view id = std::string_view(hardware_id).substr(hardware_id.find('\\') + 1);
    for (const char letter : "_" + std::string(id))
        text += std::isalnum(static_cast<unsigned char>(letter)) ? lower_case(letter) : '_';
    return text;
}

std::string pci_hardware_id(const PciIds& ids) {
    std::string id = fmt::format("PCI\\VEN_{:04X}&DEV_{:04X}", ids.vendor, ids.device);
    if (ids.subsystem_vendor && ids.subsystem)
        id += fmt::format("&SUBSYS_{:04X}{:04X}", *ids.subsystem, *ids.subsystem_vendor);
    return id;
}

std::optional<PciIds> pci_ids_of(std::string_view hardware_id) {
    std::string id;
    for (const char letter : hardware_id) id += lower_case(letter);
    const auto hexadecimal = [&](std::string_view name, std::size_t digits) {
        const std::size_t at = id.find(name);
        std::optional<std::uint32_t> number;
        if (at == id.npos || id.size() - at < name.size() + digits) return number;
        const char* first = id.data() + at + name.size();
        std::uint32_t value = 0;
        const auto [end, error] = std::from_chars(first, first + digits, value, 16);
        if (error == std::errc() && end == first + digits) number = value;
        return number;
    };
    const auto vendor = hexadecimal("ven_", 4);
    const auto device = hexadecimal("&dev_", 4);
    if (!id.starts_with("pci\\ven_") || !vendor || !device) return std::nullopt;
    PciIds ids{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*device)};
    if (const auto subsystem = hexadecimal("&subsys_", 8)) {
        ids.subsystem_vendor = static_cast<std::uint16_t>(*subsystem);
        ids.subsystem = static_cast<std::uint16_t>(*subsystem >> 16);
    }
    return ids;
}

Result<openbar_permit> permit_of(const Installation& installation) {
    if (std::max(installation.functions.size(), installation.ranges.size()) > OPENBAR_MAX_PERMITTED)
        return Error{ErrorCode::invalid_argument,
                     {},
                     fmt::format("there is room for {} ids or ranges", OPENBAR_MAX_PERMITTED)};
    openbar_permit permit{OPENBAR_PERMIT_MAGIC, sizeof(openbar_permit), 0, 0, 0, {}, {}};
    if (installation.dma_without_iommu) permit.flags |= OPENBAR_PERMIT_DMA_WITHOUT_IOMMU;
    for (const PciIds& ids : installation.functions) {
        const bool any = !ids.subsystem_vendor || !ids.subsystem;
        permit.functions[permit.function_count++] = {
            ids.vendor,
            ids.device,
            ids.subsystem_vendor.value_or(0),
            ids.subsystem.value_or(0),
            static_cast<std::uint32_t>(any ? OPENBAR_ANY_SUBSYSTEM : OPENBAR_THIS_SUBSYSTEM),
            0};
    }
    for (const FixedRange& range : installation.ranges)
        permit.ranges[permit.range_count++] = {
            static_cast<std::uint32_t>(range.ports ? OPENBAR_PERMITTED_PORTS
                                                   : OPENBAR_PERMITTED_MEMORY),
            0, range.first, range.last};
    return permit;
}

Result<std::string> inf_text(const Installation& installation) {
    if (auto checked = check_name(installation.name); !checked) return std::move(checked).error();
    if (auto checked = check_hardware_id(installation); !checked) return std::move(checked).error();
    const auto& [year, month, day] = installation.date;
    const bool messages = installation.message_interrupts != 0;
    const std::array<std::pair<std::string_view, std::string>, 11> fields{{
        {"@INF_NAME@", installation.file_name()},
        {"@DRIVER@", installation.file_name()},
        {"@HARDWARE_ID@", installation.hardware_id},
        {"@DEVICE_NAME@", with_percent_doubled(installation.name)},
        {"@DRIVER_DATE@", fmt::format("{:02}/{:02}/{:04}", month, day, year)},
        {"@DRIVER_VERSION@", fmt::format("{}", fmt::join(installation.version, "."))},
        {"@DMA_POLICY@", fmt::format("{}", static_cast<unsigned>(installation.dma))},
        {"@DMA_ADDRESS_BITS@", fmt::format("{}", installation.address_bits)},
        {"@MSI_SUPPORTED@", messages ? "1" : "0"},
        {"@MSI_LIMIT@", fmt::format("{}", messages ? installation.message_interrupts : 1)},
        {"@RANGES@", range_lines(installation.ranges)},
    }};
    std::string_view rest =
        installation.fixed() ? openbar_fixed_inf_template : openbar_inf_template;
    std::string text;
    // Once from the beginning to the end: what a field brings in is not looked at again.
    while (!rest.empty()) {
        const std::size_t at = std::min(rest.find('@'), rest.size());
        text += rest.substr(0, at);
        rest.remove_prefix(at);
        const auto field = std::ranges::find_if(
            fields, [&](const auto& candidate) { return rest.starts_with(candidate.first); });
        if (field != fields.end()) {
            text += field->second;
            rest.remove_prefix(field->first.size());
        } else if (!rest.empty()) {
            text += rest.front();
            rest.remove_prefix(1);
        }
    }
    return text;
}

std::string file_bytes(std::string_view text) {
    std::string lines;
    for (const char letter : text) {
        if (letter == '\n') lines += '\r';
        lines += letter;
    }
    if (std::ranges::all_of(lines, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return lines;
    std::string bytes = "\xff\xfe";
    const auto put = [&](std::uint32_t unit) {
        bytes += static_cast<char>(unit & 0xff);
        bytes += static_cast<char>(unit >> 8);
    };
    for (const char32_t point : code_points(lines).value_or(U"")) {
        if (point < 0x10000) {
            put(point);
        } else {
            put(0xd800 + ((point - 0x10000) >> 10));
            put(0xdc00 + ((point - 0x10000) & 0x3ff));
        }
    }
    return bytes;
}

}  // namespace openbar::cli
