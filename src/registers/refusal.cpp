// The errors of numbers, indices and offsets that are known only when the program runs.
#include "openbar/register_access.hpp"

#include <fmt/format.h>

namespace openbar::detail {
namespace {

std::string signed_text(std::uint64_t number, bool negative) {
    return negative ? fmt::format("{}", static_cast<std::int64_t>(number))
                    : fmt::format("{}", number);
}

}  // namespace

Error misfit(const Limits& limits, std::uint64_t number, bool negative) {
    const auto given = signed_text(number, negative);
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
