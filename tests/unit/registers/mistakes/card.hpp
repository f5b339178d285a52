/// The card that the mistakes of this folder are made with.
///
/// Each .cpp file is one: `check_mistakes` includes this header before it, once with
/// `MISTAKE(right, wrong)` standing for what is right and once for what is wrong. The compiler has
/// to accept the first and to refuse the second with the message of the file's first line.
#pragma once

#include "openbar/plain_registers.hpp"

#include <cstdint>

namespace card {

enum class Speed : std::uint8_t { slow, fast };
enum class Colour : std::uint8_t { red };
enum Loose { loose };

struct Identification : openbar::Register<0x00, std::uint32_t, openbar::ReadOnly> {
    using Major = Field<31, 24>;
};
struct Command : openbar::Register<0x04, std::uint32_t, openbar::WriteOnly> {
    using Go = Flag<0>;
};
struct Control : openbar::Register<0x08, std::uint32_t, openbar::ReservedZero<31, 24>> {
    using Divider = Field<23, 16>;
    using Rate = Field<5, 4, Speed>;
    using Ready = Flag<1, openbar::ReadOnly>;
    using Enable = Flag<0>;
    using Reserved = Flag<24>;
};
struct Events : openbar::Register<0x0c, std::uint32_t, openbar::WriteOneToClear<15, 8>,
                                  openbar::WriteOnlyBits<31>> {
    using Overrun = Flag<8>;
    using Mixed = Field<8, 7>;
    using Ring = Flag<31>;
};
struct Entry : openbar::RegisterArray<0x100, 4, 8, std::uint32_t> {};

}  // namespace card
