#include "cli/configuration/fields.hpp"

#include <fmt/format.h>

namespace openbar::cli {
namespace {

/// Entry `index` of a list separated by commas; empty where there is none.
std::string_view entry(std::string_view list, std::uint32_t index) {
    for (; index > 0; --index) {
        const auto comma = list.find(',');
        if (comma == std::string_view::npos) return {};
        list.remove_prefix(comma + 1);
    }
    return list.substr(0, list.find(','));
}

std::string text_of(std::uint32_t bits, const Field& field) {
    if (const std::string_view name = entry(field.names, bits); !name.empty())
        return std::string(name);
    if (field.in_place) return fmt::format("{:#x}", std::uint64_t{bits} << field.low);
    if (field.high == field.low) return bits != 0 ? "+" : "-";
    return fmt::format("{}", bits);
}

}  // namespace

DecodedFields decode(std::uint32_t value, std::span<const Field> fields) {
    DecodedFields decoded;
    for (const Field& field : fields) {
        const std::uint64_t mask = (std::uint64_t{1} << (field.high - field.low + 1)) - 1;
        const auto bits = static_cast<std::uint32_t>((value >> field.low) & mask);
        decoded.emplace_back(field.name, text_of(bits, field));
    }
    return decoded;
}

Result<std::vector<DecodedRegister>> read_registers(const Configuration& configuration,
                                                    std::uint16_t start,
                                                    const CapabilityOwner& owner,
                                                    std::span<const RegisterLayout> layout) {
    std::vector<DecodedRegister> registers;
    for (const RegisterLayout& each : layout) {
        if (each.present != nullptr && !each.present(owner)) continue;
        const auto offset = static_cast<std::uint16_t>(start + each.offset);
        const auto value = configuration.region().read_width(offset, each.width);
        if (!value) return value.error();
        const auto narrow = static_cast<std::uint32_t>(*value);
        registers.push_back({each.name, offset, each.width, narrow, decode(narrow, each.fields)});
    }
    return registers;
}

}  // namespace openbar::cli
