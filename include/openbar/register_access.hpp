/// Reads and writes registers by name, through any kind of access.
///
///     openbar::Result<void> bring_up(const openbar::Registers& registers) {
///         registers.modify<edu::Status>(edu::Status::InterruptWhenDone{true});   // load, store
///         registers.write<edu::Factorial>(10);                                   // one store
///         OPENBAR_TRY(done, registers.wait_until<edu::Status>(edu::Status::Computing{false}, 1s));
///         std::cout << registers.read<edu::Factorial>() << "\n";                 // one load
///         return registers.status();
///     }
///
///     bring_up(registers).value();                                           // prints 0x00375f00
///
/// These have the same operations: `Registers` (from `device.registers(0)`: mapped if possible,
/// requests otherwise), a `Mapping` (plain loads and stores), `RequestRegisters` (requests to the
/// kernel or the simulated card), `PlainRegisters` (an address of the program), and every other
/// class that derives from `RegisterOperations`, such as a stand-in in a test. All of them model
/// the concept `RegisterAccess`. In a template, C++ requires the word `template`:
/// `registers.template read<edu::Status>()`.
///
/// Each `read` is one load, each `write` one store, each `modify` one load and then one store, of
/// exactly the register's width and in program order among themselves. (A register in two halves,
/// see `register_policy.hpp`: two of 32 bits.)
///
/// Errors: a failed access reads as all ones, as on a bus. `status()` returns the first failure; of
/// a Mapping, the failure that the kernel has reported.
///
/// Thread-safety: that of the access itself. `modify` is a load and a store, never atomic.
#pragma once

#include "openbar/register.hpp"
#include "openbar/register_name.hpp"
#include "openbar/register_print.hpp"
#include "openbar/register_value.hpp"
#include "openbar/result.hpp"
#include "openbar/timeout.hpp"

#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace openbar {

namespace detail {
struct RegisterAccessTag {};
}  // namespace detail

/// The concept for register code. `load` and `store` make one access of the width of T.
template <typename A>
concept RegisterAccess = std::derived_from<std::remove_cv_t<A>, detail::RegisterAccessTag> &&
    requires(const A& access, std::uint64_t offset) {
    { access.template load<std::uint8_t>(offset) } -> std::same_as<std::uint8_t>;
    { access.template load<std::uint16_t>(offset) } -> std::same_as<std::uint16_t>;
    { access.template load<std::uint32_t>(offset) } -> std::same_as<std::uint32_t>;
    access.store(offset, std::uint8_t{});
    access.store(offset, std::uint16_t{});
    access.store(offset, std::uint32_t{});
    { access.status() } -> std::same_as<Result<void>>;
    { access.offset_in_region(offset) } -> std::same_as<std::uint64_t>;
};

template <typename Access, typename Block, bool Checked = false>
class BlockRegisters;

namespace detail {

/// How long `wait_until` has been polling, and when to look again.
class Polling {
public:
    explicit Polling(Timeout timeout) noexcept;
    /// To be asked before the look that it decides about, so that a thread which was not
    /// scheduled for a while still looks once after the deadline.
    [[nodiscard]] bool expired() const noexcept { return Clock::now() >= deadline_; }
    /// Returns at once at first, and later after a tenth of the time waited so far.
    void pause() const;

private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_;
    Clock::time_point deadline_;
};

/// The error of a wait that came to nothing.
struct TimedOutWait {
    std::string_view name;
    std::uint64_t offset;
    unsigned width;  // bytes
    std::uint64_t last_value;
    Timeout timeout;
};
[[nodiscard]] Error timed_out(const TimedOutWait& wait);

/// Why a register at a run-time offset cannot be accessed through its mapping.
[[nodiscard]] Error wrong_offset(std::uint64_t offset, unsigned width, std::uint64_t size);
[[noreturn, gnu::cold, gnu::noinline]] inline void fail_offset(std::uint64_t offset, unsigned width,
                                                               std::uint64_t size) {
    fail(wrong_offset(offset, width, size));
}

template <typename B>
constexpr void refuse_temporary() noexcept {
    static_assert(std::is_same_v<B, RegisterAccessTag>,  // never
                  "the block would refer to registers that are gone: keep them in a variable");
}

template <typename Condition, typename R>
concept ConditionOn = FieldSetting<Condition> || std::predicate<Condition, Value<R>>;

}  // namespace detail

/// The operations, given to every access by deriving from this with its own type:
///
///     class StandIn : public openbar::RegisterOperations<StandIn> {
///     public:
///         template <openbar::AccessWidth T>
///         T load(std::uint64_t) const { return static_cast<T>(value_); }
///         template <openbar::AccessWidth T>
///         void store(std::uint64_t, T value) const { value_ = value; }
///
///     private:
///         mutable std::uint64_t value_ = 0;
///     };
///
/// `Block` is the block whose registers these are; void: those of the region itself.
template <typename Access, typename Block = void>
class RegisterOperations : public detail::RegisterAccessTag {
public:
    /// Reads the register: one load.
    template <SingleRegister R>
    [[nodiscard]] Value<R> read() const {
        return load_image<R>(R::offset);
    }
    /// The same of an array: `read<Entry>(3)`, `read<Entry>(openbar::checked(i))`.
    template <ArrayRegister R>
    [[nodiscard]] Value<R> read(Index<R> index) const {
        return load_image<R>(index.offset());
    }

    /// Writes the register: one store, and no load. Bits that the register declares reserved are
    /// written as declared.
    template <SingleRegister R>
    void write(Value<R> image) const {
        store_image<R>(R::offset, image);
    }
    template <ArrayRegister R>
    void write(Index<R> index, Value<R> image) const {
        store_image<R>(index.offset(), image);
    }
    /// Writes the register's reset value (zero if it names none) with these fields set:
    /// `write<Control>(Control::Divider{4}, Control::Enable{true})`.
    template <SingleRegister R, detail::Setting... Settings>
    requires(sizeof...(Settings) > 0) void write(Settings... settings) const {
        store_image<R>(R::offset, Value<R>(settings...));
    }
    template <ArrayRegister R, detail::Setting... Settings>
    requires(sizeof...(Settings) > 0) void write(Index<R> index, Settings... settings) const {
        store_image<R>(index.offset(), Value<R>(settings...));
    }

    /// Reads the register, sets these fields, and writes it: one load, one store. All other bits
    /// are written as they were read, except those that `register_policy.hpp` lists.
    template <SingleRegister R, detail::Setting... Settings>
    requires(sizeof...(Settings) > 0) void modify(Settings... settings) const {
        change<R>(R::offset, [&](Value<R>& image) { image.set(settings...); });
    }
    template <ArrayRegister R, detail::Setting... Settings>
    requires(sizeof...(Settings) > 0) void modify(Index<R> index, Settings... settings) const {
        change<R>(index.offset(), [&](Value<R>& image) { image.set(settings...); });
    }
    /// The same if the new value depends on the old one:
    /// `modify<Control>([](openbar::Value<Control>& c) { if (…) c.set(…); })`.
    template <SingleRegister R, std::invocable<Value<R>&> Change>
    void modify(Change&& change_image) const {
        change<R>(R::offset, std::forward<Change>(change_image));
    }
    template <ArrayRegister R, std::invocable<Value<R>&> Change>
    void modify(Index<R> index, Change&& change_image) const {
        change<R>(index.offset(), std::forward<Change>(change_image));
    }

    /// Reads the register until a field has a value, `wait_until<Status>(Status::Busy{false}, 1s)`,
    /// or until a function of the image returns true, and returns that image. Polls without a pause
    /// for the first 50 µs; after that it sleeps between polls for a tenth of the time waited so
    /// far, 1 ms at most (Windows rounds a sleep up, to 16 ms at worst). The register is read at
    /// least once, also with a timeout of 0 or less, and once after the deadline. Timeouts of 292
    /// years and more never end (see `timeout.hpp`).
    ///
    /// Errors: timed_out, naming the register, its offset and its last value; the failure of
    /// `status()` if accesses fail.
    template <SingleRegister R, detail::ConditionOn<R> Condition>
    [[nodiscard]] Result<Value<R>> wait_until(Condition&& condition, Timeout timeout) const {
        return poll<R>(R::offset, condition, timeout);
    }
    template <ArrayRegister R, detail::ConditionOn<R> Condition>
    [[nodiscard]] Result<Value<R>> wait_until(Index<R> index, Condition&& condition,
                                              Timeout timeout) const {
        return poll<R>(index.offset(), condition, timeout);
    }

    /// The registers of one block: `block<Queue>(2)`, `block<Queue>(openbar::checked(i))`. Refers
    /// to this object, which must outlive it.
    template <BlockOfRegisters B>
    [[nodiscard]] BlockRegisters<Access, B> block(Index<B> index) const& {
        require_fixed<B>();
        return {access(), index.offset()};
    }
    template <BlockOfRegisters B>
    [[nodiscard]] BlockRegisters<Access, B> block() const& {
        require_fixed<B>();
        static_assert(B::count == 1, "there are several of the block: name one by its index");
        return {access(), B::offset};
    }
    template <BlockOfRegisters B>
    BlockRegisters<Access, B> block(Index<B> index) const&& {
        detail::refuse_temporary<B>();
        return {access(), index.offset()};
    }
    template <BlockOfRegisters B>
    BlockRegisters<Access, B> block() const&& {
        detail::refuse_temporary<B>();
        return {access(), B::offset};
    }

    /// Registers at an offset that is known only at run time (a doorbell's, a capability's): those
    /// of a block that is declared without an offset, or registers whose offsets count from there.
    /// Refers to this object, which must outlive it. Each access of a `Mapping` through it is
    /// checked, in every build type: one that is not within the mapping, or not at a multiple of
    /// its width, throws `Exception` (out_of_range, misaligned) and reaches no device.
    template <typename B = void>
    [[nodiscard]] BlockRegisters<Access, B, true> at(std::uint64_t offset) const& {
        static_assert(std::is_void_v<B> || BlockOfRegisters<B>, "this is not a block of registers");
        if constexpr (BlockOfRegisters<B>) {
            static_assert(B::offset == detail::anywhere,
                          "the block has a fixed offset: reach it by block<…>()");
        }
        return {access(), offset};
    }
    template <typename B = void>
    BlockRegisters<Access, B, true> at(std::uint64_t offset) const&& {
        detail::refuse_temporary<B>();
        return {access(), offset};
    }

    /// The first failure of an access, if there was one. An access that cannot fail returns
    /// success.
    [[nodiscard]] Result<void> status() const { return {}; }
    /// Where in its region an offset of this access lies, for messages.
    [[nodiscard]] std::uint64_t offset_in_region(std::uint64_t offset) const noexcept {
        return offset;
    }

protected:
    RegisterOperations() = default;
    RegisterOperations(const RegisterOperations&) = default;
    RegisterOperations& operator=(const RegisterOperations&) = default;
    ~RegisterOperations() = default;

    template <BlockOfRegisters B>
    static constexpr void require_fixed() noexcept {
        static_assert(std::is_same_v<typename B::Parent, Block>,
                      "the block is not part of this one");
        static_assert(B::offset != detail::anywhere,
                      "the block is declared without an offset: reach it by at<…>(offset)");
    }

private:
    [[nodiscard]] const Access& access() const noexcept {
        return static_cast<const Access&>(*this);
    }

    template <AnyRegister R>
    static constexpr void require_place() noexcept {
        static_assert(std::is_base_of_v<typename R::Self, R>,
                      "the first parameter of a register is the register itself");
        static_assert(!std::is_void_v<Block> || std::is_void_v<typename R::Block>,
                      "the register belongs to a block: reach it through that, by block<…>()");
        static_assert(std::is_void_v<Block> || std::is_same_v<typename R::Block, Block>,
                      "the register does not belong to this block");
    }

    // Between the order of bytes on the bus and the processor's, which is little-endian.
    template <typename R, typename Integer>
    [[nodiscard]] static constexpr Integer swapped(Integer image) noexcept {
        return R::big_endian ? std::byteswap(image) : image;
    }

    template <AnyRegister R>
    [[nodiscard]] Value<R> load_image(std::uint64_t offset) const {
        require_place<R>();
        static_assert(R::readable, "the register is write-only: it cannot be read");
        if constexpr (R::in_halves) {
            const auto half = [&](bool high) -> std::uint64_t {
                return swapped<R>(access().template load<std::uint32_t>(
                    offset + (high != R::big_endian ? 4 : 0)));
            };
            const std::uint64_t first = half(R::high_half_first);
            const std::uint64_t second = half(!R::high_half_first);
            return R::high_half_first ? first << 32 | second : second << 32 | first;
        } else {
            return swapped<R>(access().template load<typename R::Integer>(offset));
        }
    }

    template <AnyRegister R>
    void store_image(std::uint64_t offset, Value<R> image) const {
        require_place<R>();
        static_assert(R::writable, "the register is read-only: it cannot be written");
        const auto written =
            static_cast<typename R::Integer>((image.value() & ~R::reserved_zero) | R::reserved_one);
        if constexpr (R::in_halves) {
            const auto half = [&](bool high) {
                const auto value = static_cast<std::uint32_t>(high ? written >> 32 : written);
                access().store(offset + (high != R::big_endian ? 4 : 0), swapped<R>(value));
            };
            half(R::high_half_first);
            half(!R::high_half_first);
        } else {
            access().template store<typename R::Integer>(offset, swapped<R>(written));
        }
    }

    template <AnyRegister R, typename Change>
    void change(std::uint64_t offset, Change&& change_image) const {
        static_assert(R::readable,
                      "the register is write-only: it cannot be modified, only written");
        static_assert(R::writable, "the register is read-only: it cannot be modified");
        static_assert(!R::read_has_effects,
                      "reading the register has effects: it cannot be modified, only written");
        // A function that takes the image by value would change only its copy.
        static_assert(!std::invocable<Change, Value<R>>,
                      "the function changes a copy of the image: take it by reference");
        Value<R> image = Value<R>::without_effects(load_image<R>(offset));
        std::forward<Change>(change_image)(image);
        store_image<R>(offset, image);
    }

    template <AnyRegister R, typename Condition>
    [[nodiscard]] Result<Value<R>> poll(std::uint64_t offset, Condition& condition,
                                        Timeout timeout) const {
        for (const detail::Polling polling{timeout};; polling.pause()) {
            const bool last = polling.expired();
            const Value<R> image = load_image<R>(offset);
            if (auto accessed = access().status(); !accessed) return std::move(accessed).error();
            if (holds(image, condition)) return image;
            if (last)
                return detail::timed_out({register_name<R>(), access().offset_in_region(offset),
                                          sizeof(typename R::Integer), image.value(), timeout});
        }
    }

    template <AnyRegister R, typename Condition>
    [[nodiscard]] static bool holds(Value<R> image, Condition& condition) {
        using Given = std::remove_cvref_t<Condition>;
        if constexpr (detail::FieldSetting<Given>) {
            return image.template get<Given>() == condition.value();
        } else {
            return condition(image);
        }
    }
};

/// The registers of one block, or at an offset that is known at run time: see
/// `RegisterOperations::block` and `at`. With `Checked`, accesses are checked against the mapping.
template <typename Access, typename Block, bool Checked>
class BlockRegisters : public RegisterOperations<BlockRegisters<Access, Block, Checked>, Block> {
    using Operations = RegisterOperations<BlockRegisters<Access, Block, Checked>, Block>;

public:
    BlockRegisters(const Access& registers, std::uint64_t start) noexcept
        : registers_(registers), start_(start) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const {
        require_within(offset, sizeof(T));
        return registers_.template load<T>(start_ + offset);
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const {
        require_within(offset, sizeof(T));
        registers_.template store<T>(start_ + offset, value);
    }
    [[nodiscard]] Result<void> status() const { return registers_.status(); }
    [[nodiscard]] std::uint64_t offset_in_region(std::uint64_t offset) const noexcept {
        return registers_.offset_in_region(start_ + offset);
    }

    /// A block within this one. Refers to the same object as this block.
    template <BlockOfRegisters B>
    [[nodiscard]] BlockRegisters<Access, B, Checked> block(Index<B> index) const {
        Operations::template require_fixed<B>();
        return {registers_, inner_start(index.offset())};
    }
    template <BlockOfRegisters B>
    [[nodiscard]] BlockRegisters<Access, B, Checked> block() const {
        Operations::template require_fixed<B>();
        static_assert(B::count == 1, "there are several of the block: name one by its index");
        return {registers_, inner_start(B::offset)};
    }

private:
    /// A sum that wraps would pass for a place at the start of the mapping.
    [[nodiscard]] std::uint64_t inner_start(std::uint64_t offset) const noexcept {
        const std::uint64_t start = start_ + offset;
        return Checked && start < start_ ? ~std::uint64_t{0} : start;
    }

    void require_within([[maybe_unused]] std::uint64_t offset,
                        [[maybe_unused]] unsigned width) const {
        if constexpr (Checked && requires { registers_.size(); }) {
            const std::uint64_t place = start_ + offset, size = registers_.size();
            if (place < start_ || place % width != 0 || place >= size || size - place < width)
                [[unlikely]]
                detail::fail_offset(place, width, size);
        }
    }

    const Access& registers_;
    std::uint64_t start_;
};

}  // namespace openbar
