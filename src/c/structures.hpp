/// Structures that begin with their size, and pointers from the program.
///
///     OPENBAR_TRY(options, options_from(given));          // a copy, as this library knows it
///     return give(info, {...});                           // as much of it as the program knows
#pragma once

#include "openbar/openbar.h"
#include "openbar/result.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace openbar::c {

/// Larger sizes are uninitialized memory, rather than a structure of the future.
inline constexpr std::uint32_t largest_structure = 4096;

/// The size that the program has set. Errors: a null pointer, a size that no structure has.
[[nodiscard]] Result<std::uint32_t> size_of_given(const void* structure);
/// Error: unsupported, if bytes that this library does not know are not zero.
[[nodiscard]] Result<void> check_unknown_bytes(const void* structure, std::uint32_t given,
                                               std::size_t known);

template <typename Options>
[[nodiscard]] Result<Options> options_from(const Options* given) {
    Options options{};
    if (given == nullptr) return options;
    OPENBAR_TRY(size, size_of_given(given));
    OPENBAR_TRY(checked, check_unknown_bytes(given, size, sizeof(Options)));
    std::memcpy(&options, given, std::min<std::size_t>(size, sizeof(Options)));
    return options;
}

template <typename Info>
[[nodiscard]] Result<void> give(Info* out, Info info) {
    OPENBAR_TRY(size, size_of_given(out));
    info.struct_size = size;
    std::memcpy(out, &info, std::min<std::size_t>(size, sizeof(Info)));
    if (size > sizeof(Info))
        std::memset(reinterpret_cast<std::byte*>(out) + sizeof(Info), 0, size - sizeof(Info));
    return {};
}

/// `*out = value`. Error: a null pointer.
template <typename Value>
[[nodiscard]] Result<void> give_value(Value* out, Value value) {
    if (out == nullptr) return failure(ErrorCode::invalid_argument, "the output pointer is NULL");
    *out = value;
    return {};
}

[[nodiscard]] Result<void> check_pointer(const void* pointer, const char* name);
/// Errors: a null pointer, or bytes that are not UTF-8.
[[nodiscard]] Result<std::string_view> text_from(const char* text, const char* name);
/// The element at `position`. Error: not_found.
[[nodiscard]] Result<void> check_position(std::uint64_t position, std::uint64_t count,
                                          const char* elements);

}  // namespace openbar::c
