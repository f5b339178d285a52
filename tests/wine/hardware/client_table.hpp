/// What the driver's host and one client process share: which of the client's addresses are the
/// card's registers, and the access that it waits for.
///
/// The host makes the three objects under these names, then loads this library into the client,
/// which looks for them (client_side.cpp).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace openbar::hardware {

struct ClientTable {
    struct View {
        std::atomic<std::uint64_t> base;  ///< 0: none
        std::uint64_t length;
        std::uint64_t offset;  ///< of the first byte within the BAR
    };
    std::array<View, 256> views;

    // One access at a time; the client's threads take turns.
    std::uint64_t offset;
    std::uint64_t value;
    std::uint32_t width;
    std::uint32_t store;
    std::atomic<std::uint32_t> unknown_instructions;
};

/// `what`: "table", "asked" or "answered".
inline std::wstring client_object_name(std::uint32_t process, const wchar_t* what) {
    return L"Global\\openbar_card_" + std::to_wstring(process) + L"_" + what;
}

}  // namespace openbar::hardware
