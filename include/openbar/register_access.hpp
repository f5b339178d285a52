/// Reading and writing registers by name, whatever carries the accesses.
///
///     void bring_up(const openbar::RegisterAccess auto& registers) {
///         registers.modify(edu::Status{}, [](auto& s) { s.set(edu::Status::InterruptWhenDone{});
///         }); registers.write(edu::Factorial{}, 10);
///     }
///
/// works through a `Mapping` (plain loads and stores), `MediatedRegisters` (requests to the kernel
/// or the simulated card), `AnyRegisters` (either, known at run time), `PlainRegisters` (an
/// address that the program has from elsewhere), and whatever else derives from
/// `RegisterOperations`, a test's fake card for instance.
///
/// The register is named in either of two ways, which mean the same:
///
///     registers.read<edu::Status>()        where the type of `registers` is known
///     registers.read(edu::Status{})        everywhere; in a template the first would have to be
///                                          spelt registers.template read<edu::Status>()
///
/// and one of an array in three:
///
///     registers.read<Entry>(i)             i asserted in debug builds
///     registers.read(element<Entry>(i))    the same
///     registers.read(element<Entry, 3>())  3 checked by the compiler
///
/// Each `read` is one load, each `write` one store, each `modify` one load and then one store, of
/// exactly the register's width and in program order among themselves.
///
/// Errors: an access that fails makes no fuss, as on a bus: it reads as all ones. `status()` tells
/// the first failure; that of a Mapping, what the kernel has told of it.
///
/// Thread-safety: that of the access itself. `modify` is a load and a store, never atomic.
#pragma once

#include "openbar/register.hpp"
#include "openbar/register_name.hpp"
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

template <typename Access>
class RegisterOperations;

/// What register code is written over. `load` and `store` are one access of the width of T.
template <typename A>
concept RegisterAccess =
    std::derived_from<std::remove_cv_t<A>, RegisterOperations<std::remove_cv_t<A>>> &&
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

template <typename Access>
class BlockRegisters;

namespace detail {

/// The register that a place names, and the offset of that place.
template <typename Place>
struct PlaceOf;
template <SingleRegister R>
struct PlaceOf<R> {
    using Register = R;
    static constexpr std::uint64_t offset(R) noexcept { return R::offset; }
};
template <ArrayRegister R>
struct PlaceOf<Element<R>> {
    using Register = R;
    static constexpr std::uint64_t offset(Element<R> place) noexcept { return place.offset; }
};

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

}  // namespace detail

/// Something that can be passed for a register: `R{}`, or an element of an array.
template <typename P>
concept RegisterPlace = requires {
    typename detail::PlaceOf<P>::Register;
};

template <RegisterPlace P>
using RegisterAt = typename detail::PlaceOf<P>::Register;

/// The operations, given to every access by deriving from this with its own type:
///
///     class FakeCard : public openbar::RegisterOperations<FakeCard> {
///     public:
///         template <openbar::AccessWidth T> T load(std::uint64_t offset) const;
///         template <openbar::AccessWidth T> void store(std::uint64_t offset, T value) const;
///     };
template <typename Access>
class RegisterOperations {
public:
    /// Reads the register: one load.
    template <RegisterPlace P>
    [[nodiscard]] Value<RegisterAt<P>> read(P place) const {
        return load_image<RegisterAt<P>>(offset(place));
    }
    template <SingleRegister R>
    [[nodiscard]] Value<R> read() const {
        return read(R{});
    }
    template <ArrayRegister R>
    [[nodiscard]] Value<R> read(std::size_t index) const {
        return read(element<R>(index));
    }

    /// Writes the register: one store, and no load. `image` is a number, a Value, or a function
    /// that builds one: `write<R>([](auto& r) { r.set(R::Enable{}); })`. Bits that the register
    /// declares reserved are written as declared.
    template <RegisterPlace P>
    void write(P place, std::type_identity_t<Value<RegisterAt<P>>> image) const {
        store_image<RegisterAt<P>>(offset(place), image);
    }
    template <SingleRegister R>
    void write(Value<R> image) const {
        write(R{}, image);
    }
    template <ArrayRegister R>
    void write(std::size_t index, Value<R> image) const {
        write(element<R>(index), image);
    }

    /// Reads the register, lets `change(Value<R>&)` change the image, and writes it: one load, one
    /// store. What `change` leaves alone is written as it was read, except for write-1-to-clear
    /// and write-only bits, which become zero, and declared reserved bits.
    template <RegisterPlace P, std::invocable<Value<RegisterAt<P>>&> Change>
    void modify(P place, Change&& change) const {
        using R = RegisterAt<P>;
        static_assert(R::readable,
                      "the register is write-only: it cannot be modified, only written");
        static_assert(R::writable, "the register is read-only: it cannot be modified");
        detail::require_reference<R, Change>();
        constexpr auto not_written_back = R::write_one_to_clear | R::write_only_bits;
        const auto place_offset = offset(place);
        Value<R> image = static_cast<typename R::Integer>(load_image<R>(place_offset).value() &
                                                          ~not_written_back);
        std::forward<Change>(change)(image);
        store_image<R>(place_offset, image);
    }
    template <SingleRegister R, std::invocable<Value<R>&> Change>
    void modify(Change&& change) const {
        modify(R{}, std::forward<Change>(change));
    }
    template <ArrayRegister R, std::invocable<Value<R>&> Change>
    void modify(std::size_t index, Change&& change) const {
        modify(element<R>(index), std::forward<Change>(change));
    }

    /// Reads the register until `satisfied(Value<R>)` is true, and returns that image. Polls
    /// without a pause for the first 50 µs; after that it sleeps between polls for a tenth of the
    /// time waited so far, 1 ms at most (Windows rounds a sleep up, to 16 ms at worst).
    /// The register is read at least once, also with a timeout of 0 or less, and once after the
    /// deadline. Timeouts of 292 years and more never end (see `timeout.hpp`).
    /// Errors: timed_out, naming the register, its offset and its last value; the failure of
    /// `status()` where accesses fail.
    template <RegisterPlace P, std::predicate<Value<RegisterAt<P>>> Satisfied>
    [[nodiscard]] Result<Value<RegisterAt<P>>> wait_until(P place, Satisfied&& satisfied,
                                                          Timeout timeout) const {
        using R = RegisterAt<P>;
        for (const detail::Polling polling{timeout};; polling.pause()) {
            const bool last = polling.expired();
            const Value<R> image = read(place);
            if (auto failed = access().status(); !failed) {
                return std::move(failed).error();
            }
            if (satisfied(image)) return image;
            if (last) {
                return detail::timed_out({register_name<R>(),
                                          access().offset_in_region(offset(place)),
                                          sizeof(typename R::Integer), image.value(), timeout});
            }
        }
    }
    template <SingleRegister R, std::predicate<Value<R>> Satisfied>
    [[nodiscard]] Result<Value<R>> wait_until(Satisfied&& satisfied, Timeout timeout) const {
        return wait_until(R{}, std::forward<Satisfied>(satisfied), timeout);
    }
    template <ArrayRegister R, std::predicate<Value<R>> Satisfied>
    [[nodiscard]] Result<Value<R>> wait_until(std::size_t index, Satisfied&& satisfied,
                                              Timeout timeout) const {
        return wait_until(element<R>(index), std::forward<Satisfied>(satisfied), timeout);
    }

    /// The registers of one block, at offsets from the block's start. Refers to this object, which
    /// must outlive it. Precondition, asserted in debug builds: index < Block::count.
    template <BlockOfRegisters Block>
    [[nodiscard]] BlockRegisters<Access> block(std::size_t index = 0) const noexcept {
        return {access(), detail::offset_of<Block>(index)};
    }

    /// The first failure of an access, if there was one. An access that cannot fail leaves it so.
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

private:
    [[nodiscard]] const Access& access() const noexcept {
        return static_cast<const Access&>(*this);
    }

    template <RegisterPlace P>
    [[nodiscard]] static constexpr std::uint64_t offset(P place) noexcept {
        return detail::PlaceOf<P>::offset(place);
    }

    // Between the order of bytes on the bus and the processor's, which is little-endian.
    template <AnyRegister R>
    [[nodiscard]] static constexpr typename R::Integer swapped(typename R::Integer image) noexcept {
        return R::big_endian ? std::byteswap(image) : image;
    }

    template <AnyRegister R>
    [[nodiscard]] Value<R> load_image(std::uint64_t offset) const {
        static_assert(R::readable, "the register is write-only: it cannot be read");
        return swapped<R>(access().template load<typename R::Integer>(offset));
    }

    template <AnyRegister R>
    void store_image(std::uint64_t offset, Value<R> image) const {
        static_assert(R::writable, "the register is read-only: it cannot be written");
        const auto written =
            static_cast<typename R::Integer>((image.value() & ~R::reserved_zero) | R::reserved_one);
        access().template store<typename R::Integer>(offset, swapped<R>(written));
    }
};

/// The registers of one block of a card that has several: see `RegisterOperations::block`.
template <typename Access>
class BlockRegisters : public RegisterOperations<BlockRegisters<Access>> {
public:
    BlockRegisters(const Access& registers, std::uint64_t start) noexcept
        : registers_(registers), start_(start) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const {
        return registers_.template load<T>(start_ + offset);
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const {
        registers_.template store<T>(start_ + offset, value);
    }
    [[nodiscard]] Result<void> status() const { return registers_.status(); }
    [[nodiscard]] std::uint64_t offset_in_region(std::uint64_t offset) const noexcept {
        return registers_.offset_in_region(start_ + offset);
    }

private:
    const Access& registers_;
    std::uint64_t start_;
};

}  // namespace openbar
