/// The program's own memory, which an instruction may touch beside registers.
#pragma once

#include <cstdint>

namespace openbar::trap {

/// A plain access, which faults as the program's own would. Without AddressSanitizer's check: it is
/// the program's access, whose memory need not be an object of this library's.
template <typename T>
struct [[gnu::packed, gnu::may_alias]] Unaligned {
    T value;
};

[[gnu::no_sanitize_address]] inline std::uint64_t load_ordinary(std::uintptr_t address,
                                                                unsigned width) noexcept {
    switch (width) {
        case 1: return reinterpret_cast<const Unaligned<std::uint8_t>*>(address)->value;
        case 2: return reinterpret_cast<const Unaligned<std::uint16_t>*>(address)->value;
        case 4: return reinterpret_cast<const Unaligned<std::uint32_t>*>(address)->value;
        default: return reinterpret_cast<const Unaligned<std::uint64_t>*>(address)->value;
    }
}

[[gnu::no_sanitize_address]] inline void store_ordinary(std::uintptr_t address, unsigned width,
                                                        std::uint64_t value) noexcept {
    switch (width) {
        case 1:
            reinterpret_cast<Unaligned<std::uint8_t>*>(address)->value =
                static_cast<std::uint8_t>(value);
            break;
        case 2:
            reinterpret_cast<Unaligned<std::uint16_t>*>(address)->value =
                static_cast<std::uint16_t>(value);
            break;
        case 4:
            reinterpret_cast<Unaligned<std::uint32_t>*>(address)->value =
                static_cast<std::uint32_t>(value);
            break;
        default: reinterpret_cast<Unaligned<std::uint64_t>*>(address)->value = value; break;
    }
}

}  // namespace openbar::trap
