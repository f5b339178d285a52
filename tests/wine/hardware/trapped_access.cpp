#include "tests/wine/hardware/trapped_access.hpp"

#include <cstring>

namespace openbar::hardware {
namespace {

/// Bytes of ModRM, SIB and displacement; 0 where the operand is a register.
unsigned operand_length(const std::uint8_t* modrm) {
    const unsigned mod = *modrm >> 6;
    const unsigned rm = *modrm & 7;
    if (mod == 3) return 0;
    unsigned length = rm == 4 ? 2 : 1;
    if (mod == 1) length += 1;
    if (mod == 2 || (mod == 0 && rm == 5)) length += 4;
    if (mod == 0 && rm == 4 && (modrm[1] & 7) == 5) length += 4;
    return length;
}

/// A constant of at most four bytes, whose sign fills the rest.
std::uint64_t constant_at(const std::uint8_t* code, unsigned length) {
    std::int32_t value = 0;
    std::memcpy(&value, code, length);
    return static_cast<std::uint64_t>(std::int64_t{value});
}

}  // namespace

std::optional<TrappedAccess> TrappedAccess::decode(const std::uint8_t* code) {
    TrappedAccess access;
    const std::uint8_t* at = code;
    const bool narrow = *at == 0x66;
    if (narrow) ++at;
    const std::uint8_t rex = (*at & 0xf0) == 0x40 ? *at++ : std::uint8_t{0};
    const unsigned full = (rex & 8) != 0 ? 8 : narrow ? 2 : 4;
    unsigned constant_length = 0;
    switch (*at++) {
        case 0x88: access = {.store = true, .width = 1}; break;
        case 0x89: access = {.store = true, .width = full}; break;
        case 0x8a: access = {.width = 1, .widen_to = 1}; break;
        case 0x8b: access = {.width = full, .widen_to = full}; break;
        case 0xc6:
            access = {.store = true, .width = 1};
            constant_length = 1;
            break;
        case 0xc7:
            access = {.store = true, .width = full};
            constant_length = narrow ? 2 : 4;
            break;
        case 0x0f:
            if (*at == 0xb6)
                access = {.width = 1, .widen_to = full};
            else if (*at == 0xb7)
                access = {.width = 2, .widen_to = full};
            else
                return {};
            ++at;
            break;
        default: return {};
    }
    const unsigned operands = operand_length(at);
    const unsigned reg = *at >> 3 & 7u;
    // Without REX the upper byte registers hide behind numbers 4 to 7; no compiler uses them here.
    if (operands == 0 || (access.width == 1 && rex == 0 && access.store && reg >= 4)) return {};
    if (constant_length != 0) {
        if (reg != 0) return {};
        access.constant = constant_at(at + operands, constant_length);
    }
    access.reg = reg | ((rex & 4) != 0 ? 8u : 0u);
    access.length = static_cast<unsigned>(at - code) + operands + constant_length;
    return access;
}

void TrappedAccess::load(DWORD64& into, std::uint64_t value) const {
    if (width < 8) value &= (std::uint64_t{1} << 8 * width) - 1;
    // A move to 32 bits clears the upper half; narrower ones leave the rest as it was.
    if (widen_to >= 4)
        into = value;
    else
        std::memcpy(&into, &value, widen_to);
}

}  // namespace openbar::hardware
