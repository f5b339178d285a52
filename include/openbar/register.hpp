/// Registers that read like the data sheet: types with an offset, a width, fields and options.
///
///     namespace edu {                                    // QEMU docs/specs/edu
///     struct Identification
///         : openbar::Register<Identification, 0x00, std::uint32_t, openbar::ReadOnly> {
///         struct Major : Field<31, 24> {};               // bit bounds in data-sheet order
///         struct Minor : Field<23, 16> {};
///     };
///     struct Factorial : openbar::Register<Factorial, 0x08, std::uint32_t> {};
///     struct Status : openbar::Register<Status, 0x20, std::uint32_t> {
///         struct Computing : Flag<0, openbar::ReadOnly> {};
///         struct InterruptWhenDone : Flag<7> {};
///         using Fields = openbar::FieldList<Computing, InterruptWhenDone>;
///     };
///     }  // namespace edu
///
///     auto major = registers.read<edu::Identification>().get<edu::Identification::Major>();
///     registers.write<edu::Factorial>(10);
///     registers.modify<edu::Status>(edu::Status::InterruptWhenDone{true});
///
/// A register is a type with zero run-time cost. Its first parameter is the register itself, so
/// that two registers are never one type, and neither are their fields. Fields are described in
/// `register_field.hpp`, options in `register_policy.hpp`, register images in `register_value.hpp`,
/// and reading and writing in `register_access.hpp`.
///
/// Offsets are in bytes from the start of the region, or of the block that holds the register.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/checked.hpp"
#include "openbar/register_field.hpp"
#include "openbar/register_name.hpp"
#include "openbar/register_policy.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace openbar {
namespace detail {

template <typename T>
inline constexpr bool is_access_width = AccessWidth<T>;

struct RegisterTag {};
struct ArrayTag {};
struct BlockTag {};

/// The common part of registers and arrays. `Block` is the block that holds it, or void.
template <typename Register, typename InBlock, typename Word, typename... Options>
struct RegisterDescription : FieldsOf<Register, Word>, RegisterTag {
    static_assert(is_access_width<Word>, "a register is a std::uint8_t, 16_t, 32_t or 64_t");
    static_assert((is_register_option<Options> && ...), "this is not an option of a register");
    static_assert(options_are_disjoint<Options...>, "two options claim the same bit");
    static_assert(((option_bits<Options> <= std::numeric_limits<Word>::max()) && ...),
                  "an option names bits past the register's width");
    static_assert(!(has_option<ReadOnly, Options...> && has_option<WriteOnly, Options...>),
                  "a register cannot be both read-only and write-only");
    static_assert(((reset_value_of<Options> <= std::numeric_limits<Word>::max()) && ...),
                  "the reset value is wider than the register");
    static constexpr bool low_half_first = has_option<LowHalfFirst, Options...>;
    static constexpr bool high_half_first = has_option<HighHalfFirst, Options...>;
    static constexpr bool in_halves = low_half_first || high_half_first;
    static_assert(!in_halves || sizeof(Word) == 8, "only a register of 64 bits has two halves");
    static_assert(!(low_half_first && high_half_first), "one half of the register comes first");

    using Self = Register;
    using Block = InBlock;
    using Integer = Word;
    static constexpr bool readable = !has_option<WriteOnly, Options...>;
    static constexpr bool writable = !has_option<ReadOnly, Options...>;
    static constexpr bool read_has_effects =
        has_option<ReadToClear, Options...> || has_option<ReadHasEffects, Options...>;
    static constexpr bool big_endian = has_option<BigEndian, Options...>;
    static constexpr Word write_one_to_clear = Word{bits_with<WriteOneToClear, Options...>};
    static constexpr Word write_zero_to_clear = Word{bits_with<WriteZeroToClear, Options...>};
    static constexpr Word write_one_to_set = Word{bits_with<WriteOneToSet, Options...>};
    static constexpr Word write_only_bits = Word{bits_with<WriteOnlyBits, Options...>};
    static constexpr Word reserved_zero = Word{bits_with<ReservedZero, Options...>};
    static constexpr Word reserved_one = Word{bits_with<ReservedOne, Options...>};
    static constexpr Word reset_value = Word{(reset_value_of<Options> | ... | std::uint64_t{0})};
    /// The alignment of the offset: that of one access.
    static constexpr std::uint64_t access_width = in_halves ? 4 : sizeof(Word);
};

template <typename Register, typename Block, std::uint64_t Offset, typename Word,
          typename... Options>
struct SingleDescription : RegisterDescription<Register, Block, Word, Options...> {
    static_assert(Offset % SingleDescription::access_width == 0,
                  "the register's offset is not a multiple of its width");
    static constexpr std::uint64_t offset = Offset;
};

template <typename Register, typename Block, std::uint64_t Offset, std::uint64_t Stride,
          std::size_t Count, typename Word, typename... Options>
struct ArrayDescription : RegisterDescription<Register, Block, Word, Options...>, ArrayTag {
    static_assert(Offset % ArrayDescription::access_width == 0 &&
                      Stride % ArrayDescription::access_width == 0,
                  "offset and stride of a register array are multiples of its width");
    static_assert(Stride >= sizeof(Word), "the registers of the array overlap");
    static_assert(Count > 0, "a register array has at least one register");
    static constexpr std::uint64_t offset = Offset;
    static constexpr std::uint64_t stride = Stride;
    static constexpr std::size_t count = Count;
};

/// In place of an offset: the program gives the block's place at run time.
inline constexpr std::uint64_t anywhere = ~std::uint64_t{0};

template <typename Block, typename InBlock, std::uint64_t Offset, std::uint64_t Stride,
          std::size_t Count>
struct BlockDescription : BlockTag {
    static_assert(Count > 0, "there is at least one block");
    static_assert(Count == 1 || Stride > 0, "several blocks need a stride");
    using Self = Block;
    using Parent = InBlock;
    static constexpr std::uint64_t offset = Offset;
    static constexpr std::uint64_t stride = Stride;
    static constexpr std::size_t count = Count;

    /// Registers and blocks in this block, at offsets from its start.
    template <typename R, std::uint64_t Place, typename Word, typename... Options>
    using Register = SingleDescription<R, Block, Place, Word, Options...>;
    template <typename R, std::uint64_t Place, std::uint64_t Step, std::size_t Number,
              typename Word, typename... Options>
    using RegisterArray = ArrayDescription<R, Block, Place, Step, Number, Word, Options...>;
    template <typename B, std::uint64_t Place, std::uint64_t Step = 0, std::size_t Number = 1>
    using RegisterBlock = BlockDescription<B, Block, Place, Step, Number>;
};

}  // namespace detail

/// The register `R` at `Offset` bytes, a multiple of the width; options as in
/// `register_policy.hpp`.
template <typename R, std::uint64_t Offset, typename Word, typename... Options>
using Register = detail::SingleDescription<R, void, Offset, Word, Options...>;

/// `Count` like registers, `Stride` bytes apart, the first at `Offset`:
///
///     struct Entry : openbar::RegisterArray<Entry, 0x5400, 8, 16, std::uint32_t> {};
///     registers.write<Entry>(3, 0);                           // the compiler checks the 3
///     for (std::size_t i = 0; i < Entry::count; ++i)
///         registers.write<Entry>(openbar::checked(i), 0);     // checked when the program runs
template <typename R, std::uint64_t Offset, std::uint64_t Stride, std::size_t Count, typename Word,
          typename... Options>
using RegisterArray = detail::ArrayDescription<R, void, Offset, Stride, Count, Word, Options...>;

/// A group of registers that the card has `Count` times, `Stride` bytes apart. The registers in it
/// are declared with the block's own `Register` and `RegisterArray` (and blocks in it with its
/// `RegisterBlock`), at offsets from its start. They are reached through the block and no other
/// way:
///
///     struct Queue : openbar::RegisterBlock<Queue, 0x2800, 0x100, 4> {
///         struct Head : Register<Head, 0x10, std::uint32_t> {};
///         struct Tail : Register<Tail, 0x18, std::uint32_t> {};
///     };
///     registers.block<Queue>(2).write<Queue::Tail>(7);        // a store at 0x2a18
///
/// The program gives the place of a block without an offset at run time:
///
///     struct PowerManagement : openbar::RegisterBlock<PowerManagement> {
///         struct Control : Register<Control, 0x4, std::uint16_t> {};
///     };
///     std::uint64_t capability = 0x40;                        // found in the capability list
///     auto state = registers.at<PowerManagement>(capability).read<PowerManagement::Control>();
template <typename Block, std::uint64_t Offset = detail::anywhere, std::uint64_t Stride = 0,
          std::size_t Count = 1>
using RegisterBlock = detail::BlockDescription<Block, void, Offset, Stride, Count>;

/// Any register, array or not.
template <typename R>
concept AnyRegister = std::is_base_of_v<detail::RegisterTag, R>;

template <typename R>
concept ArrayRegister = AnyRegister<R> && std::is_base_of_v<detail::ArrayTag, R>;

template <typename R>
concept SingleRegister = AnyRegister<R> && !std::is_base_of_v<detail::ArrayTag, R>;

template <typename B>
concept BlockOfRegisters = std::is_base_of_v<detail::BlockTag, B>;

namespace detail {

// Not constexpr: the compiler names it where a constant is refused.
inline void the_index_is_past_the_end() {}

}  // namespace detail

/// Which register of an array, or which of several blocks: a constant that the compiler checks, or
/// `checked(i)`, which throws `Exception` (out_of_range) for an index past the end.
template <typename Repeated>
class Index {
public:
    static constexpr std::int64_t lowest = 0;
    static constexpr std::uint64_t highest = Repeated::count - 1;

    template <std::integral Constant>
    consteval Index(Constant index)  // NOLINT: implicit, for read<Entry>(3)
        : index_(static_cast<std::uint64_t>(index)) {
        if (!detail::lies_in(index, lowest, highest)) detail::the_index_is_past_the_end();
    }
    template <std::integral Number>
    [[gnu::always_inline]] constexpr Index(
        Checked<Number> index)  // NOLINT: implicit, for read<Entry>(checked(i))
        : index_(static_cast<std::uint64_t>(index.value)) {
        detail::require_fit<Index>(index.value);
    }

    /// In bytes, from the same place as the offsets of `Repeated`.
    [[nodiscard]] constexpr std::uint64_t offset() const noexcept {
        return Repeated::offset + Repeated::stride * index_;
    }

    [[nodiscard]] static constexpr detail::Limits limits() noexcept {
        return {detail::Limits::For::index, register_name<Repeated>(), lowest, highest};
    }

private:
    std::uint64_t index_;
};

}  // namespace openbar
