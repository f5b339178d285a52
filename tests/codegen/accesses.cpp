// Pairs of functions that have to compile to the same instructions: `typed_x` as a program writes
// it with openbar, `raw_x` as it would be written with a volatile pointer. check_same_code compares
// them. They exist for their object code and are never called.
#include "openbar/mapping.hpp"
#include "openbar/plain_registers.hpp"

#include <cstddef>
#include <cstdint>

namespace {

enum class Speed : std::uint8_t { slow, fast, faster };

struct Identification : openbar::Register<Identification, 0x00, std::uint32_t, openbar::ReadOnly> {
    struct Major : Field<31, 24> {};
    struct Minor : Field<23, 16> {};
};
struct Control : openbar::Register<Control, 0x08, std::uint32_t> {
    struct Divider : Field<23, 16> {};
    struct Rate : Field<5, 4, Speed> {};
    struct Enable : Flag<7> {};
};
struct Events : openbar::Register<Events, 0x10, std::uint32_t, openbar::WriteOneToClear<15, 8>,
                                  openbar::ReservedOne<31>> {
    struct Overrun : Flag<9> {};
    struct Mode : Field<1, 0> {};
};
struct Wide : openbar::Register<Wide, 0x18, std::uint64_t> {};
struct Half : openbar::Register<Half, 0x20, std::uint16_t> {};
struct Byte : openbar::Register<Byte, 0x23, std::uint8_t> {
    struct Upper : Field<7, 4> {};
};
struct Address : openbar::Register<Address, 0x30, std::uint64_t, openbar::LowHalfFirst> {};
struct Trim : openbar::Register<Trim, 0x38, std::uint32_t> {
    struct Offset : Field<15, 4, openbar::Signed> {};
};
struct Swapped : openbar::Register<Swapped, 0x24, std::uint32_t, openbar::BigEndian> {};
struct Entry : openbar::RegisterArray<Entry, 0x5400, 8, 16, std::uint32_t> {};
struct Queue : openbar::RegisterBlock<Queue, 0x2800, 0x100, 4> {
    struct Tail : Register<Tail, 0x18, std::uint32_t> {};
};

template <typename T>
volatile T* at(std::byte* base, std::size_t offset) {
    return reinterpret_cast<volatile T*>(base + offset);
}

}  // namespace

using Word = std::uint32_t;

// A mapping, whose address a program keeps in an object; its base pointer is the first member.
extern "C" {

Word typed_read(const openbar::Mapping& registers) {
    return registers.read<Identification>().value();
}
Word raw_read(std::byte* const& base) {
    return *at<Word>(base, 0);
}

Word typed_read_field(const openbar::Mapping& registers) {
    return registers.read<Identification>().get<Identification::Major>();
}
Word raw_read_field(std::byte* const& base) {
    return *at<Word>(base, 0) >> 24;
}

Word typed_read_two_fields(const openbar::Mapping& registers) {
    const auto id = registers.read<Identification>();
    return id.get<Identification::Major>() * 100 + id.get<Identification::Minor>();
}
Word raw_read_two_fields(std::byte* const& base) {
    const Word id = *at<Word>(base, 0);
    return (id >> 24) * 100 + ((id >> 16) & 0xff);
}

bool typed_read_flag(const openbar::Mapping& registers) {
    return registers.read<Control>().get<Control::Enable>();
}
bool raw_read_flag(std::byte* const& base) {
    return (*at<Word>(base, 8) & 0x80) != 0;
}

void typed_write(const openbar::Mapping& registers, Word value) {
    registers.write<Control>(value);
}
void raw_write(std::byte* const& base, Word value) {
    *at<Word>(base, 8) = value;
}

void typed_write_constant(const openbar::Mapping& registers) {
    registers.write<Control>(Control::Divider{200}, Control::Enable{true});
}
void raw_write_constant(std::byte* const& base) {
    *at<Word>(base, 8) = 200u << 16 | 0x80;
}

void typed_modify_flag(const openbar::Mapping& registers) {
    registers.modify<Control>(Control::Enable{true});
}
void raw_modify_flag(std::byte* const& base) {
    volatile Word* const control = at<Word>(base, 8);
    *control = *control | 0x80;
}

// A number of 8 bits fits a field of 8 bits: no check is left.
void typed_modify_field(const openbar::Mapping& registers, std::uint8_t divider) {
    registers.modify<Control>(Control::Divider{openbar::checked(divider)});
}
void raw_modify_field(std::byte* const& base, std::uint8_t divider) {
    const Word bits = static_cast<Word>(divider) << 16;
    volatile Word* const control = at<Word>(base, 8);
    const Word others = *control & ~0xff0000u;
    *control = others | bits;
}

void typed_write_fields(const openbar::Mapping& registers) {
    registers.write<Control>(Control::Divider{3}, Control::Rate{Speed::fast},
                             Control::Enable{true});
}
void raw_write_fields(std::byte* const& base) {
    *at<Word>(base, 8) = 3u << 16 | 0x10 | 0x80;
}

void typed_modify_fields(const openbar::Mapping& registers) {
    // Not true: bits that are all set need not be cleared first, and GCC 14 sees that in one of the pair.
    registers.modify<Control>(Control::Divider{3}, Control::Rate{Speed::fast},
                              Control::Enable{false});
}
void raw_modify_fields(std::byte* const& base) {
    volatile Word* const control = at<Word>(base, 8);
    *control = (*control & ~0xff00b0u) | 0x30010u;
}

void typed_modify_enumerated(const openbar::Mapping& registers) {
    registers.modify<Control>(Control::Rate{Speed::faster});
}
void raw_modify_enumerated(std::byte* const& base) {
    volatile Word* const control = at<Word>(base, 8);
    *control = (*control & ~0x30u) | 0x20;
}

void typed_modify_with_policies(const openbar::Mapping& registers) {
    registers.modify<Events>(openbar::clear<Events::Overrun>, Events::Mode{2});
}
void raw_modify_with_policies(std::byte* const& base) {
    volatile Word* const events = at<Word>(base, 0x10);
    Word image = *events & ~0xff00u;  // write-1-to-clear: zeros clear nothing
    image |= 0x200;                   // Overrun
    image = (image & ~0x3u) | 0x2;    // Mode
    *events = image | 0x80000000;     // reserved, written as one
}

void typed_write_halves(const openbar::Mapping& registers, std::uint64_t iova) {
    registers.write<Address>(iova);
}
void raw_write_halves(std::byte* const& base, std::uint64_t iova) {
    *at<Word>(base, 0x30) = static_cast<Word>(iova);
    *at<Word>(base, 0x34) = static_cast<Word>(iova >> 32);
}

std::int32_t typed_read_signed(const openbar::Mapping& registers) {
    return registers.read<Trim>().get<Trim::Offset>();
}
std::int32_t raw_read_signed(std::byte* const& base) {
    const Word raw = (*at<Word>(base, 0x38) & 0xfff0) >> 4;
    return static_cast<std::int32_t>(raw << 20) >> 20;
}

Word typed_read_swapped(const openbar::Mapping& registers) {
    return registers.read<Swapped>().value();
}
Word raw_read_swapped(std::byte* const& base) {
    return __builtin_bswap32(*at<Word>(base, 0x24));
}

Word typed_read_constant_index(const openbar::Mapping& registers) {
    return registers.read<Entry>(3).value();
}
Word raw_read_constant_index(std::byte* const& base) {
    return *at<Word>(base, 0x5400 + 3 * 8);
}

Word typed_read_run_time_index(const openbar::Mapping& registers, std::size_t i) {
    return registers.read<Entry>(openbar::checked(i % Entry::count)).value();
}
Word raw_read_run_time_index(std::byte* const& base, std::size_t i) {
    const std::size_t place = 0x5400 + (i % 16) * 8;
    return *at<Word>(base, place);
}

void typed_write_run_time_index(const openbar::Mapping& registers, std::size_t i, Word value) {
    registers.write<Entry>(openbar::checked(i % Entry::count), value);
}
void raw_write_run_time_index(std::byte* const& base, std::size_t i, Word value) {
    const std::size_t place = 0x5400 + (i % 16) * 8;
    *at<Word>(base, place) = value;
}

void typed_write_all(const openbar::Mapping& registers) {
    for (std::size_t i = 0; i < Entry::count; ++i) registers.write<Entry>(openbar::checked(i), 0);
}
void raw_write_all(std::byte* const& base) {
    for (std::size_t i = 0; i < 16; ++i) {
        const std::size_t place = 0x5400 + i * 8;
        *at<Word>(base, place) = 0;
    }
}

#if !defined(__MINGW32__)  // which puts the call that fails in another place
// An index from outside costs its check, and nothing else.
Word typed_read_checked_index(const openbar::Mapping& registers, std::size_t i) {
    return registers.read<Entry>(openbar::checked(i)).value();
}
Word raw_read_checked_index(std::byte* const& base, std::size_t i) {
    if (i >= 16) [[unlikely]]
        openbar::detail::fail_misfit<openbar::Index<Entry>>(i);
    const std::size_t place = 0x5400 + i * 8;
    return *at<Word>(base, place);
}
#endif

void typed_write_in_block(const openbar::Mapping& registers, std::size_t queue, Word value) {
    registers.block<Queue>(openbar::checked(queue % Queue::count)).write<Queue::Tail>(value);
}
void raw_write_in_block(std::byte* const& base, std::size_t queue, Word value) {
    const std::size_t start = 0x2800 + (queue % 4) * 0x100;
    *at<Word>(base, start + 0x18) = value;
}

std::uint64_t typed_read_64(const openbar::Mapping& registers) {
    return registers.read<Wide>().value();
}
std::uint64_t raw_read_64(std::byte* const& base) {
    return *at<std::uint64_t>(base, 0x18);
}

void typed_write_16(const openbar::Mapping& registers, std::uint16_t value) {
    registers.write<Half>(value);
}
void raw_write_16(std::byte* const& base, std::uint16_t value) {
    *at<std::uint16_t>(base, 0x20) = value;
}

void typed_modify_8(const openbar::Mapping& registers) {
    registers.modify<Byte>(Byte::Upper{5});
}
void raw_modify_8(std::byte* const& base) {
    volatile std::uint8_t* const byte = at<std::uint8_t>(base, 0x23);
    *byte = static_cast<std::uint8_t>((*byte & 0x0f) | 0x50);
}

void typed_poll(const openbar::Mapping& registers) {
    while (registers.read<Control>().get<Control::Enable>()) {
    }
}
void raw_poll(std::byte* const& base) {
    while ((*at<Word>(base, 8) & 0x80) != 0) {
    }
}

// A bare address in a processor register.

Word typed_plain_read_field(std::byte* base) {
    return openbar::PlainRegisters(base).read<Identification>().get<Identification::Minor>();
}
Word raw_plain_read_field(std::byte* base) {
    return (*at<Word>(base, 0) >> 16) & 0xff;
}

void typed_plain_sequence(std::byte* base, std::size_t i) {
    const openbar::PlainRegisters registers(base);
    registers.write<Entry>(openbar::checked(i % Entry::count), registers.read<Control>().value());
    registers.modify<Control>(Control::Enable{true});
    registers.write<Byte>(1);
    registers.write<Half>(2);
}
void raw_plain_sequence(std::byte* base, std::size_t i) {
    *at<Word>(base, 0x5400 + (i % 16) * 8) = *at<Word>(base, 8);
    *at<Word>(base, 8) = *at<Word>(base, 8) | 0x80;
    *at<std::uint8_t>(base, 0x23) = 1;
    *at<std::uint16_t>(base, 0x20) = 2;
}

}  // extern "C"
