/// Dividing 64-bit numbers without the compiler's library.
///
///     std::uint64_t rest = 0;
///     std::uint64_t seconds = divide(ticks, ticks_a_second, rest);
///
/// On x86 a compiler turns `/` into a call of a helper (__udivdi3, _aulldiv) that no kernel is
/// bound to export; the drivers are linked without any, so that such a call does not link. Any
/// IRQL.
#pragma once

#include <cstdint>

namespace openbar::windows {

/// By shifting and subtracting: some hundred instructions. `divisor` is not 0.
constexpr std::uint64_t divide_by_steps(std::uint64_t dividend, std::uint64_t divisor,
                                        std::uint64_t& rest) {
    std::uint64_t quotient = 0;
    rest = 0;
    for (unsigned bit = 64; bit-- > 0;) {
        // What is shifted out counts: the divisor may have its highest bit set.
        const bool carry = (rest >> 63) != 0;
        rest = rest << 1 | (dividend >> bit & 1);
        if (!carry && rest < divisor) continue;
        rest -= divisor;
        quotient |= std::uint64_t{1} << bit;
    }
    return quotient;
}

/// `divisor` is not 0.
constexpr std::uint64_t divide(std::uint64_t dividend, std::uint64_t divisor, std::uint64_t& rest) {
    if constexpr (sizeof(void*) < sizeof(std::uint64_t)) {
        return divide_by_steps(dividend, divisor, rest);
    } else {
        rest = dividend % divisor;
        return dividend / divisor;
    }
}

}  // namespace openbar::windows
