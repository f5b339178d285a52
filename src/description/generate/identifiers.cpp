#include "description/generate/identifiers.hpp"

#include <algorithm>

namespace openbar::description {
namespace {

/// Each between two spaces: of C and C++; macros of their libraries, of Linux and of Windows; and
/// what registers, blocks and their bases have.
constexpr std::string_view reserved_words =
    " "
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t "
    "char32_t char8_t class co_await co_return co_yield compl concept const const_cast "
    "consteval constexpr constinit continue decltype default delete do double dynamic_cast "
    "else enum explicit export extern false final float for friend goto if import inline int "
    "long module mutable namespace new noexcept not not_eq nullptr operator or or_eq override "
    "private protected public register reinterpret_cast requires restrict return short signed "
    "sizeof static static_assert static_cast struct switch template this thread_local throw "
    "true try typedef typeid typename typeof union unsigned using virtual void volatile "
    "wchar_t while xor xor_eq "
    "ABSOLUTE BOOL BYTE CALLBACK CONST DELETE DIFFERENCE DOMAIN DWORD EOF ERROR FALSE FAR "
    "IGNORE IN INFINITE INTERFACE LONG MAX MIN NEAR NO_ERROR NULL OPTIONAL OUT OVERFLOW PASCAL "
    "RELATIVE SHORT STRICT TRUE UNDERFLOW VOID WORD assert errno far interface linux major "
    "makedev max min minor near offsetof pascal signbit small stderr stdin stdout unix "
    "Block Field Fields FieldsOf Flag Integer Parent Register RegisterArray RegisterBlock Self "
    "access_width big_endian count high_half_first in_halves low_half_first offset openbar "
    "read_has_effects readable reserved_one reserved_zero reset_value std stride writable "
    "write_one_to_clear write_one_to_set write_only_bits write_zero_to_clear ";

bool is_letter_or_digit(char letter) noexcept {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

template <typename Convert>
std::string converted(std::string_view text, Convert convert) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), convert);
    return result;
}

}  // namespace

std::string identifier(std::string_view name) {
    std::string result;
    for (std::size_t i = 0; i < name.size(); ++i) {
        for (const std::string_view index : {"[%s]", "%s"})
            if (name.substr(i).starts_with(index)) i += index.size();
        if (i >= name.size()) break;
        if (is_letter_or_digit(name[i]))
            result += name[i];
        else if (!result.empty() && result.back() != '_')
            result += '_';
    }
    while (result.ends_with('_')) result.pop_back();
    if (result.empty()) return "unnamed";
    if (result.front() >= '0' && result.front() <= '9') result.insert(0, "n");
    return result;
}

bool is_reserved_word(std::string_view name) {
    return reserved_words.find(" " + std::string(name) + " ") != std::string_view::npos;
}

std::string Scope::take(std::string_view name) {
    std::string valid = identifier(name);
    if (is_reserved_word(valid) || valid == around_) valid += '_';
    std::string unique = valid;
    unsigned& number = numbers_.try_emplace(valid, 1).first->second;
    while (!taken_.insert(unique).second)
        unique = valid + (valid.ends_with('_') ? "" : "_") + std::to_string(++number);
    return unique;
}

std::string lower_letters(std::string_view text) {
    return converted(text, [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
    });
}

std::string upper_letters(std::string_view text) {
    return converted(text, [](char letter) {
        return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter & ~0x20) : letter;
    });
}

}  // namespace openbar::description
