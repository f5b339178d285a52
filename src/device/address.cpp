#include "openbar/address.hpp"

#include "base/failure.hpp"
#include "base/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace openbar {
namespace {

using BackendName = std::pair<BackendKind, std::string_view>;

constexpr std::array<BackendName, 7> backend_names{{
    {BackendKind::vfio, "vfio"},
    {BackendKind::uio, "uio"},
    {BackendKind::sysfs, "sysfs"},
    {BackendKind::devmem, "devmem"},
    {BackendKind::windows, "windows"},
    {BackendKind::vfio_user, "vfio_user"},
    {BackendKind::sim, "sim"},
}};

constexpr std::string_view forms =
    "0000:03:00.0, 03:00.0, vfio:03:00.0, pci:1234:11e8, vfio-user:/run/card.sock, sim:edu, "
    "mem:0xfed00000+0x1000 or dt:/pl031@9010000";

constexpr std::string_view hexadecimal_digits = "0123456789abcdefABCDEF";

Error malformed(std::string cause) {
    return failure(ErrorCode::invalid_argument, std::move(cause),
                   fmt::format("write it as one of {}", forms));
}

Result<std::uint64_t> read_number(std::string_view text) {
    const std::string_view whole = text;
    const auto wrong = [&](std::string_view cause) {
        const bool digits =
            !whole.empty() && whole.find_first_not_of(hexadecimal_digits) == std::string_view::npos;
        return failure(
            ErrorCode::invalid_argument, fmt::format("'{}' {}", whole, cause),
            digits && whole.find_first_not_of("0123456789") != std::string_view::npos
                ? fmt::format("for a hexadecimal number write 0x{}", whole)
                : "write it in decimal or as 0x…, with k, M or G behind it for powers of 1024");
    };
    unsigned shift = 0;
    if (!text.empty()) {
        switch (text.back()) {
            case 'k':
            case 'K': shift = 10; break;
            case 'M': shift = 20; break;
            case 'G': shift = 30; break;
            default: break;
        }
        if (shift != 0) text.remove_suffix(1);
    }
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error == std::errc::result_out_of_range) return wrong("does not fit 64 bits");
    if (error != std::errc() || end != text.data() + text.size()) return wrong("is not a number");
    if ((value << shift) >> shift != value) return wrong("does not fit 64 bits");
    return value << shift;
}

/// Hexadecimal digits, all of `text`, at least one and at most `most` of them; else negative.
std::int64_t hexadecimal(std::string_view text, std::size_t most) {
    std::uint32_t value = 0;
    if (text.empty() || text.size() > most) return -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return error == std::errc() && end == text.data() + text.size() ? std::int64_t{value}
                                                                    : std::int64_t{-1};
}

/// Takes what is before `separator` off the front of `text`, and the separator with it.
std::optional<std::string_view> take_before(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    const auto front = text.substr(0, at);
    text.remove_prefix(at + 1);
    return front;
}

Result<PciId> parse_id(std::string_view text) {
    const auto vendor_text = take_before(text, ':');
    const auto vendor = hexadecimal(vendor_text.value_or(""), 4);
    const auto device = hexadecimal(text, 4);
    if (vendor < 0 || device < 0)
        return malformed("after pci: come vendor and device id, each 1 to 4 hex digits");
    return PciId{static_cast<std::uint16_t>(vendor), static_cast<std::uint16_t>(device)};
}

Result<PhysicalRange> parse_range(std::string_view text) {
    const auto address_text = take_before(text, '+');
    if (!address_text) return malformed("after mem: come an address, a + and a length");
    auto address = read_number(*address_text);
    if (!address) return malformed(std::move(address).error().cause);
    auto length = read_number(text);
    if (!length) return malformed(std::move(length).error().cause);
    if (*length == 0) return malformed("the range is empty");
    if (wraps({*address, *length}))
        return malformed("the range runs past the end of the address space");
    return PhysicalRange{*address, *length};
}

Result<DeviceAddress> parse_path(std::string_view kind, std::string_view rest) {
    if (rest.empty()) return malformed(fmt::format("nothing follows {}:", kind));
    if (kind == "vfio-user") return DeviceAddress{SocketPath{std::string(rest)}};
    if (kind == "sim") return DeviceAddress{ModelName{std::string(rest)}};
    return DeviceAddress{DeviceTreePath{std::string(rest)}};
}

Result<PciAddress> parse_function(std::string_view text) {
    const auto wrong = [whole = text] {
        return malformed(fmt::format(
            "'{}' is not a PCI address: [DOMAIN:]BUS:DEVICE.FUNCTION in hexadecimal, device 00 to "
            "1f and function 0 to 7",
            whole));
    };
    const auto first = take_before(text, ':');
    auto second = take_before(text, ':');
    if (!first) return wrong();
    const auto domain = second ? hexadecimal(*first, 8) : 0;
    const auto bus = hexadecimal(second ? *second : *first, 2);
    const auto device = hexadecimal(take_before(text, '.').value_or(""), 2);
    const auto function = hexadecimal(text, 1);
    if (domain < 0 || bus < 0 || device < 0 || device > 31 || function < 0 || function > 7)
        return wrong();
    return PciAddress{static_cast<std::uint32_t>(domain), static_cast<std::uint8_t>(bus),
                      static_cast<std::uint8_t>(device), static_cast<std::uint8_t>(function)};
}

/// The kind of address in front of a colon, if it is one in other letters.
std::string known_kind(std::string_view kind) {
    std::string lower(kind);
    std::ranges::transform(lower, lower.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    if (lower == "vfio_user") lower = "vfio-user";
    const bool target =
        lower == "pci" || lower == "mem" || lower == "vfio-user" || lower == "sim" || lower == "dt";
    const bool backend =
        std::ranges::find(backend_names, lower, &BackendName::second) != backend_names.end();
    return target || backend ? lower : std::string();
}

Error unknown_kind(std::string_view kind, std::string_view rest) {
    const std::string known = known_kind(kind);
    if (known == kind) return malformed(fmt::format("'{}:' cannot follow another back end", kind));
    Error error = malformed(fmt::format("'{}:' is not a kind of address", kind));
    if (!known.empty()) error.hint = fmt::format("write it as {}:{}", known, rest);
    return error;
}

Result<DeviceAddress> parse_target(std::string_view text) {
    const auto address = [](auto target) { return DeviceAddress{std::move(target)}; };
    std::string_view rest = text;
    const std::string_view kind = take_before(rest, ':').value_or("");
    if (kind == "pci") return parse_id(rest).transform(address);
    if (kind == "mem") return parse_range(rest).transform(address);
    if (kind == "vfio-user" || kind == "sim" || kind == "dt") return parse_path(kind, rest);
    if (text.find('\\') != std::string_view::npos)
        return DeviceAddress{DevicePath{std::string(text)}};
    if (!kind.empty() && kind.find_first_not_of(hexadecimal_digits) != std::string_view::npos)
        return unknown_kind(kind, rest);
    return parse_function(text).transform(address);
}

Result<DeviceAddress> parse_address(std::string_view text) {
    std::string_view rest = text;
    const std::string_view kind = take_before(rest, ':').value_or("");
    const auto* const backend = std::ranges::find(backend_names, kind, &BackendName::second);
    if (backend == backend_names.end() || backend->first == BackendKind::vfio_user ||
        backend->first == BackendKind::sim)
        return parse_target(text);
    OPENBAR_TRY(address, parse_target(rest));
    const bool on_pci = std::holds_alternative<PciAddress>(address.target) ||
                        std::holds_alternative<PciId>(address.target);
    const bool tree = std::holds_alternative<DeviceTreePath>(address.target) &&
                      (backend->first == BackendKind::uio || backend->first == BackendKind::devmem);
    if (!on_pci && !tree) return malformed(fmt::format("{}: does not go with '{}'", kind, rest));
    address.backend = backend->first;
    return address;
}

std::string describe(std::string_view text) {
    return fmt::format("read device address '{}'", text);
}

}  // namespace

std::string_view to_string(BackendKind kind) noexcept {
    for (const auto& [value, name] : backend_names)
        if (value == kind) return name;
    return "unknown";
}

std::string PciAddress::to_string() const {
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", domain, bus, device, function);
}

Result<PciAddress> PciAddress::parse(std::string_view text) {
    return parse_function(text).attempting([&] { return describe(text); });
}

Result<DeviceAddress> DeviceAddress::parse(std::string_view text) {
    return parse_address(text).attempting([&] { return describe(text); });
}

std::string DeviceAddress::to_string() const {
    struct {
        std::string operator()(const PciAddress& pci) const { return pci.to_string(); }
        std::string operator()(const PciId& id) const {
            return fmt::format("pci:{:04x}:{:04x}", id.vendor, id.device);
        }
        std::string operator()(const SocketPath& socket) const {
            return "vfio-user:" + socket.path;
        }
        std::string operator()(const ModelName& model) const { return "sim:" + model.name; }
        std::string operator()(const PhysicalRange& range) const {
            return fmt::format("mem:{:#x}+{:#x}", range.address, range.length);
        }
        std::string operator()(const DeviceTreePath& node) const { return "dt:" + node.path; }
        std::string operator()(const DevicePath& device) const { return device.path; }
    } name;
    const std::string target_name = std::visit(name, target);
    return backend ? fmt::format("{}:{}", openbar::to_string(*backend), target_name) : target_name;
}

Result<std::uint64_t> parse_number(std::string_view text) {
    return read_number(text).attempting([&] { return fmt::format("read number '{}'", text); });
}

}  // namespace openbar
