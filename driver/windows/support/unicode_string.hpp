/// Counted strings of the kernel.
///
///     UNICODE_STRING name = literal(L"\\Device\\OpenbarExample");
#pragma once

#include "driver/windows/support/ntddk.hpp"

namespace openbar::windows {

/// A view of a string literal, which lives for ever; nothing is copied and nothing to be freed.
template <std::size_t count>
constexpr UNICODE_STRING literal(const wchar_t (&text)[count]) {
    constexpr auto bytes = static_cast<USHORT>((count - 1) * sizeof(wchar_t));
    return {.Length = bytes,
            .MaximumLength = static_cast<USHORT>(bytes + sizeof(wchar_t)),
            .Buffer = const_cast<wchar_t*>(text)};
}

}  // namespace openbar::windows
