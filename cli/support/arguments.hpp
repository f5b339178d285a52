/// The arguments that several commands take, and how people write them.
///
///     add_device(line, arguments->device);
///     add_region(line, arguments->region);
///     add_width(line, arguments->width);
///
/// What cannot be understood throws WrongUsage.
#pragma once

#include "openbar/address.hpp"
#include "openbar/region.hpp"
#include "openbar/vf_token.hpp"

#include "cli/support/command_line.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace openbar::cli {

/// "bar0" … "bar5", "0" … "5", "rom", "config", in upper or lower case.
[[nodiscard]] Result<RegionIndex> parse_region(std::string_view text);

/// A value, and which of its bits count: "0x12" or "0x10:0x30".
struct MaskedValue {
    std::uint64_t value = 0;
    std::optional<std::uint64_t> mask{};

    /// `value`, with the bits outside the mask as they are in `old`.
    [[nodiscard]] std::uint64_t over(std::uint64_t old) const noexcept {
        return mask ? (old & ~*mask) | (value & *mask) : value;
    }
};
[[nodiscard]] Result<MaskedValue> parse_masked_value(std::string_view text);

/// An offset with an optional width behind it: "0x40", "0x40.B" (8 bits), ".W" (16), ".L" (32),
/// ".Q" (64).
struct SizedOffset {
    std::uint64_t offset = 0;
    std::optional<unsigned> width{};  ///< bytes
};
[[nodiscard]] Result<SizedOffset> parse_sized_offset(std::string_view text);

/// Takes ".B", ".W", ".L" or ".Q" off the end of `text`; its width in bytes, or nothing.
[[nodiscard]] std::optional<unsigned> take_width_suffix(std::string_view& text);

/// Whether `value` fits into `width` bytes.
[[nodiscard]] constexpr bool fits(std::uint64_t value, unsigned width) noexcept {
    return width >= 8 || value >> (8 * width) == 0;
}
/// Throws where value or mask do not fit `width` bytes.
void require_fit(const MaskedValue& value, unsigned width);

void add_device(CommandLine& line, DeviceAddress& device);
void add_region(CommandLine& line, RegionIndex& region);
/// OFFSET, in bytes.
void add_offset(CommandLine& line, std::uint64_t& offset);
/// An option with a number behind, which keeps its value where the option is not given.
void add_number(CommandLine& line, std::string name, std::uint64_t& number,
                std::string description);
void add_number(CommandLine& line, std::string name, std::optional<std::uint64_t>& number,
                std::string description);
/// --width in bits; `width` is in bytes and keeps its value where the option is not given.
void add_width(CommandLine& line, unsigned& width);
void add_width(CommandLine& line, std::optional<unsigned>& width);
void add_masked_value(CommandLine& line, MaskedValue& value);
void add_shared(CommandLine& line, bool& shared);
void add_vf_token(CommandLine& line, std::optional<VfToken>& token);
/// A time in seconds, fractions and a unit allowed: "5", "0.25", "1s", "100ms".
void add_seconds(CommandLine& line, std::string name, std::optional<double>& seconds,
                 std::string description);

/// What a parser gave, or its error as CLI11 wants it. Its cause names the word; what was attempted
/// would only say again that it was read.
template <typename T>
T value_or_throw(std::string_view argument, Result<T> parsed) {
    if (!parsed)
        throw WrongUsage(argument,
                         Error{{}, {}, parsed.error().cause, parsed.error().hint}.message());
    return std::move(*parsed);
}

}  // namespace openbar::cli
