#include "c/structures.hpp"

#include <fmt/format.h>

namespace openbar::c {
namespace {

/// The length of the UTF-8 character at the start of `text`, or 0 if it is malformed
/// (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || length > text.size()) return 0;
    const unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < least || byte(1) > most) return 0;
    for (std::size_t at = 2; at < length; ++at)
        if ((byte(at) & 0xc0) != 0x80) return 0;
    return length;
}

}  // namespace

Result<std::uint32_t> size_of_given(const void* structure) {
    OPENBAR_TRY(checked, check_pointer(structure, "the pointer to the structure"));
    std::uint32_t size = 0;
    std::memcpy(&size, structure, sizeof size);
    if (size < sizeof size || size > largest_structure)
        return failure(ErrorCode::invalid_argument, fmt::format("struct_size is {}", size),
                       "set struct_size to sizeof the structure before the call");
    return size;
}

Result<void> check_unknown_bytes(const void* structure, std::uint32_t given, std::size_t known) {
    const auto* bytes = static_cast<const unsigned char*>(structure);
    const auto is_set = [](unsigned char byte) { return byte != 0; };
    if (given <= known || std::none_of(bytes + known, bytes + given, is_set)) return {};
    return failure(ErrorCode::unsupported,
                   fmt::format("the program uses options behind the {} bytes that this version of "
                               "the library, {}, knows",
                               known, OPENBAR_VERSION),
                   "install a newer library, or set the options to zero");
}

Result<void> check_pointer(const void* pointer, const char* name) {
    if (pointer != nullptr) return {};
    return failure(ErrorCode::invalid_argument, fmt::format("{} is NULL", name));
}

Result<std::string_view> text_from(const char* text, const char* name) {
    OPENBAR_TRY(checked, check_pointer(text, name));
    const std::string_view whole(text);
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t length = utf8_length(whole.substr(at));
        if (length == 0)
            return failure(ErrorCode::invalid_argument,
                           fmt::format("{} is not UTF-8 from byte {} on", name, at));
        at += length;
    }
    return whole;
}

Result<void> check_position(std::uint64_t position, std::uint64_t count, const char* elements) {
    if (position < count) return {};
    return failure(ErrorCode::not_found,
                   fmt::format("position {} of {} {}", position, count, elements),
                   count == 0 ? std::string() : fmt::format("use 0 to {}", count - 1));
}

}  // namespace openbar::c
