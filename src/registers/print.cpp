#include "openbar/register_print.hpp"

#include <fmt/format.h>

#include <iterator>

namespace openbar::detail {
namespace {

std::string number_text(const FieldInfo& field, std::uint64_t raw) {
    if (field.is_signed) {
        const unsigned above = 63 - (field.high - field.low);
        return fmt::format("{}", static_cast<std::int64_t>(raw << above) >> above);
    }
    // Small numbers read best in decimal, addresses and patterns in hexadecimal.
    return raw < 1024 ? fmt::format("{}", raw) : fmt::format("{:#x}", raw);
}

std::string number_text(std::uint64_t number, bool negative) {
    return negative ? fmt::format("{}", static_cast<std::int64_t>(number))
                    : fmt::format("{}", number);
}

}  // namespace

std::string image_text(std::uint64_t image, unsigned width, std::span<const FieldInfo> fields) {
    std::string text = fmt::format("{:#0{}x}", image, 2 * width + 2);
    for (const FieldInfo& field : fields) {
        if (!field.readable) continue;
        const std::uint64_t raw =
            (image >> field.low) & (~std::uint64_t{0} >> (63 - (field.high - field.low)));
        const std::string_view name =
            field.enumerator == nullptr ? std::string_view() : field.enumerator(raw);
        if (name.empty()) {
            fmt::format_to(std::back_inserter(text), " {}={}", field.name, number_text(field, raw));
        } else {
            fmt::format_to(std::back_inserter(text), " {}={}", field.name, name);
        }
    }
    return text;
}

Error misfit(const Limits& limits, std::uint64_t number, bool negative) {
    const auto given = number_text(number, negative);
    if (limits.purpose == Limits::For::index)
        return {.code = ErrorCode::out_of_range,
                .attempted = fmt::format("use index {} of {}", given, limits.name),
                .cause = fmt::format("the last one is {}", limits.highest)};
    const auto place =
        limits.purpose == Limits::For::whole_register
            ? fmt::format("register {}", limits.name)
            : fmt::format("field [{}:{}] of register {}", limits.high, limits.low, limits.name);
    return {.code = ErrorCode::out_of_range,
            .attempted = fmt::format("set {} to {}", place, given),
            .cause = fmt::format("it holds {} to {}", limits.lowest, limits.highest)};
}

Error wrong_offset(std::uint64_t offset, unsigned width, std::uint64_t size) {
    const auto attempted = fmt::format("access a register at run-time offset {:#x}", offset);
    if (offset % width != 0)
        return {
            ErrorCode::misaligned, attempted,
            fmt::format("the offset is not a multiple of the register's width, {} bytes", width)};
    return {
        ErrorCode::out_of_range, attempted,
        fmt::format("{} bytes there do not lie within the mapping of {:#x} bytes", width, size)};
}

}  // namespace openbar::detail
