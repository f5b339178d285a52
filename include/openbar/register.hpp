/// Registers that read like the data sheet: types with an offset, a width, fields and policies.
///
///     namespace edu {                                    // QEMU docs/specs/edu
///     struct Identification : openbar::Register<0x00, std::uint32_t, openbar::ReadOnly> {
///         using Major = Field<31, 24>;                   // bit bounds in data-sheet order
///         using Minor = Field<23, 16>;
///     };
///     struct Factorial : openbar::Register<0x08, std::uint32_t> {};
///     struct Status : openbar::Register<0x20, std::uint32_t> {
///         using Computing = Flag<0, openbar::ReadOnly>;
///         using InterruptWhenDone = Flag<7>;
///     };
///     }  // namespace edu
///
///     auto id = registers.read<edu::Identification>();
///     auto major = id.get<edu::Identification::Major>();
///     registers.write<edu::Factorial>(10);
///     registers.modify<edu::Status>([](auto& s) { s.set(edu::Status::InterruptWhenDone{}); });
///
/// A register is a type and nothing else: no object of it holds anything, and what is said here is
/// gone when the program runs. Fields are described in `register_field.hpp`, options in
/// `register_policy.hpp`, register images in `register_value.hpp`, and reading and writing in
/// `register_access.hpp`.
///
/// Offsets are in bytes from the start of the region, mapping or block that is accessed.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/register_field.hpp"
#include "openbar/register_policy.hpp"

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace openbar {
namespace detail {

/// What every register has, array or not.
template <typename Owner, typename Word, typename... Options>
struct RegisterDescription : FieldsOf<Owner, Word> {
    static_assert(AccessWidth<Word>, "a register is a std::uint8_t, 16_t, 32_t or 64_t");
    static_assert((is_register_option<Options> && ...), "this is not an option of a register");
    static_assert(options_are_disjoint<Options...>, "two options claim the same bit");
    static_assert(((option_bits<Options> <= std::numeric_limits<Word>::max()) && ...),
                  "an option names bits past the register's width");
    static_assert(!(has_option<ReadOnly, Options...> && has_option<WriteOnly, Options...>),
                  "a register cannot be both read-only and write-only");
    static_assert(((reset_value_of<Options> <= std::numeric_limits<Word>::max()) && ...),
                  "the reset value is wider than the register");

    using Integer = Word;
    static constexpr bool readable = !has_option<WriteOnly, Options...>;
    static constexpr bool writable = !has_option<ReadOnly, Options...>;
    static constexpr bool big_endian = has_option<BigEndian, Options...>;
    static constexpr Word write_one_to_clear = Word{bits_with<WriteOneToClear, Options...>};
    static constexpr Word write_only_bits = Word{bits_with<WriteOnlyBits, Options...>};
    static constexpr Word reserved_zero = Word{bits_with<ReservedZero, Options...>};
    static constexpr Word reserved_one = Word{bits_with<ReservedOne, Options...>};
    static constexpr Word reset_value = Word{(reset_value_of<Options> | ... | std::uint64_t{0})};
};

}  // namespace detail

/// One register. `Offset` in bytes, a multiple of the width; options as in `register_policy.hpp`.
template <std::uint64_t Offset, typename Word, typename... Options>
struct Register
    : detail::RegisterDescription<Register<Offset, Word, Options...>, Word, Options...> {
    static_assert(Offset % sizeof(Word) == 0,
                  "the register's offset is not a multiple of its width");
    static constexpr std::uint64_t offset = Offset;
};

/// `Count` like registers, `Stride` bytes apart, the first at `Offset`:
///
///     struct Entry : openbar::RegisterArray<0x5400, 8, 16, std::uint32_t> {};
///     registers.read<Entry>(i);                               // i is asserted in debug builds
///     registers.read(openbar::element<Entry, 3>());           // 3 is checked by the compiler
template <std::uint64_t Offset, std::uint64_t Stride, std::size_t Count, typename Word,
          typename... Options>
struct RegisterArray
    : detail::RegisterDescription<RegisterArray<Offset, Stride, Count, Word, Options...>, Word,
                                  Options...> {
    static_assert(Offset % sizeof(Word) == 0 && Stride % sizeof(Word) == 0,
                  "offset and stride of a register array are multiples of its width");
    static_assert(Stride >= sizeof(Word), "the registers of the array overlap");
    static_assert(Count > 0, "a register array has at least one register");
    static constexpr std::uint64_t offset = Offset;
    static constexpr std::uint64_t stride = Stride;
    static constexpr std::size_t count = Count;
};

/// A group of registers that the card has `Count` times, `Stride` bytes apart. The offsets of the
/// registers in it count from the start of the block:
///
///     struct Queue : openbar::RegisterBlock<0x2800, 0x100, 4> {
///         struct Head : openbar::Register<0x10, std::uint32_t> {};
///         struct Tail : openbar::Register<0x18, std::uint32_t> {};
///     };
///     registers.block<Queue>(2).write<Queue::Tail>(7);        // a store at 0x2a18
template <std::uint64_t Offset, std::uint64_t Stride = 0, std::size_t Count = 1>
struct RegisterBlock {
    static_assert(Count == 1 || Stride > 0, "several blocks need a stride");
    static constexpr std::uint64_t offset = Offset;
    static constexpr std::uint64_t stride = Stride;
    static constexpr std::size_t count = Count;
};

/// Any type derived from Register or RegisterArray.
template <typename R>
concept AnyRegister = requires {
    typename R::Integer;
    { R::offset } -> std::convertible_to<std::uint64_t>;
    { R::write_one_to_clear } -> std::convertible_to<std::uint64_t>;
};

template <typename R>
concept ArrayRegister = AnyRegister<R> && requires {
    R::count;
};

template <typename R>
concept SingleRegister = AnyRegister<R> && !ArrayRegister<R>;

template <typename B>
concept BlockOfRegisters = !AnyRegister<B> && requires {
    B::offset;
    B::stride;
    B::count;
};

namespace detail {

// The caller's index; out of range it would reach some other register of the card.
template <typename Repeated>
[[nodiscard]] constexpr std::uint64_t offset_of(std::size_t index) noexcept {
    assert(index < Repeated::count && "index past the end of the register array or block");
    return Repeated::offset + Repeated::stride * index;
}

}  // namespace detail

/// One register of an array, as `element` makes it.
template <ArrayRegister R>
struct Element {
    std::uint64_t offset = 0;
};

/// Precondition, asserted in debug builds: index < R::count.
template <ArrayRegister R>
[[nodiscard]] constexpr Element<R> element(std::size_t index) noexcept {
    return {detail::offset_of<R>(index)};
}

/// The same with an index that the compiler checks.
template <ArrayRegister R, std::size_t Index>
[[nodiscard]] constexpr Element<R> element() noexcept {
    static_assert(Index < R::count, "index past the end of the register array");
    return {R::offset + R::stride * Index};
}

}  // namespace openbar
