/// The card that the mistakes of this folder are made with.
///
/// Each .cpp file is one: `check_mistakes` includes this header before it, once with
/// `MISTAKE(right, wrong)` standing for what is right and once for what is wrong. The compiler has
/// to accept the first and to refuse the second with the message of the file's first line, in at most
/// ten lines.
#pragma once

#include "openbar/plain_registers.hpp"

#include <cstdint>

namespace card {

enum class Speed : std::uint8_t { slow, fast };
enum class Colour : std::uint8_t { red };
enum Loose { loose };

struct Identification : openbar::Register<Identification, 0x00, std::uint32_t, openbar::ReadOnly> {
    struct Major : Field<31, 24> {};
};
struct Command : openbar::Register<Command, 0x04, std::uint32_t, openbar::WriteOnly> {
    struct Go : Flag<0> {};
};
struct Control : openbar::Register<Control, 0x08, std::uint32_t, openbar::ReservedZero<31, 24>> {
    struct Divider : Field<23, 16> {};
    struct Rate : Field<5, 4, Speed> {};
    struct Ready : Flag<1, openbar::ReadOnly> {};
    struct Enable : Flag<0> {};
    struct Overlapping : Field<4, 3, Speed> {};
    struct Reserved : Flag<24> {};
};
struct Events : openbar::Register<Events, 0x0c, std::uint32_t, openbar::WriteOneToClear<15, 8>,
                                  openbar::WriteZeroToClear<16>, openbar::WriteOneToSet<17>,
                                  openbar::WriteOnlyBits<31>> {
    struct Overrun : Flag<8> {};
    struct Mixed : Field<8, 7> {};
    struct Lost : Flag<16> {};
    struct Start : Flag<17> {};
    struct Offset : Field<2, 0, openbar::Signed> {};
    struct Ring : Flag<31> {};
};
struct Causes : openbar::Register<Causes, 0x10, std::uint32_t, openbar::ReadToClear> {
    struct Done : Flag<0> {};
};
struct Fifo : openbar::Register<Fifo, 0x14, std::uint32_t, openbar::ReadHasEffects> {};
struct Half : openbar::Register<Half, 0x18, std::uint16_t> {};
struct OnRead : openbar::Register<OnRead, 0x1c, std::uint32_t> {
    struct Level : Field<3, 0> {};
};
struct OnWrite : openbar::Register<OnWrite, 0x1c, std::uint32_t> {
    struct Level : Field<3, 0> {};
};
struct Entry : openbar::RegisterArray<Entry, 0x100, 4, 8, std::uint32_t> {};

struct Channel : openbar::RegisterBlock<Channel, 0x200, 0x40, 4> {
    struct Count : Register<Count, 0x08, std::uint32_t> {
        struct Enable : Flag<0> {};
    };
    struct Lane : RegisterBlock<Lane, 0x20, 0x10, 2> {
        struct Level : Register<Level, 0x04, std::uint16_t> {};
    };
};
struct OtherChannel : openbar::RegisterBlock<OtherChannel, 0x400, 0x40, 4> {
    struct Count : Register<Count, 0x08, std::uint32_t> {
        struct Enable : Flag<0> {};
    };
};
struct Capability : openbar::RegisterBlock<Capability> {
    struct Control : Register<Control, 0x04, std::uint16_t> {};
};

}  // namespace card
