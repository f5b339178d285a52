/// A register's image: the number that was read from it, or is to be written to it.
///
///     openbar::Value<edu::Status> status = registers.read<edu::Status>();
///     if (status.get<edu::Status::Computing>()) return 1;
///     status.set(edu::Status::InterruptWhenDone{true});
///     registers.write<edu::Status>(status);
///     std::cout << status << "\n";                      // prints 0x00000080 Computing=0 …
///
/// A plain value of the register's width: copying and changing it touches no device. A value can
/// be computed by the compiler. Thread-safety: that of a number.
#pragma once

#include "openbar/checked.hpp"
#include "openbar/register.hpp"

#include <bit>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace openbar {
namespace detail {

// Not constexpr: the compiler names it where a constant is refused.
inline void the_number_does_not_fit_the_register() {}

template <typename S>
inline constexpr bool is_clear = false;
template <typename F>
inline constexpr bool is_clear<Clear<F>> = true;

/// The field that a setting (a field with its value, or `clear<Field>`) is about.
template <typename S>
struct FieldOfSetting {
    using Type = S;
};
template <typename F>
struct FieldOfSetting<Clear<F>> {
    using Type = F;
};

template <typename S>
concept Setting = FieldSetting<S> || is_clear<S>;

/// Not wider than the register, so that the number always fits (a negative one as its two's
/// complement), or wider, so that it must be checked.
template <typename T, typename Word>
concept NumberFor = is_number<T> && sizeof(T) <= sizeof(Word);
template <typename T, typename Word>
concept WideNumberFor = std::is_integral_v<T> &&(sizeof(T) > sizeof(Word));

}  // namespace detail

template <AnyRegister R>
class Value {
public:
    using Register = R;
    using Integer = typename R::Integer;
    static constexpr std::int64_t lowest = 0;
    static constexpr std::uint64_t highest = std::numeric_limits<Integer>::max();

    /// All bits zero.
    constexpr Value() noexcept = default;

    /// The whole register as a number; implicit, so that `write<R>(10)` is one.
    template <detail::NumberFor<Integer> Number>
    constexpr Value(Number image) noexcept : image_(static_cast<Integer>(image)) {}
    /// A constant of a wider type, an int for a register of 16 bits for instance, is checked by the
    /// compiler. A number known at run time is `checked(n)`.
    template <detail::WideNumberFor<Integer> Constant>
    consteval Value(Constant image) : image_(static_cast<Integer>(image)) {
        if (!detail::lies_in(image, lowest, highest))
            detail::the_number_does_not_fit_the_register();
    }
    /// Throws `Exception` (out_of_range) if the number does not fit the register.
    template <std::integral Number>
    [[gnu::always_inline]] constexpr Value(Checked<Number> image)
        : image_(static_cast<Integer>(image.value)) {
        detail::require_fit<Value>(image.value);
    }

    template <AnyRegister Other>
    constexpr Value(Value<Other>) {
        static_assert(std::is_same_v<R, Other>, "the value is one of another register");
    }

    /// The reset value (zero if the register names none), with these fields set. Bits at which
    /// a one or a zero would clear or set something do nothing, unless they are named.
    template <detail::Setting... Settings>
    requires(sizeof...(Settings) > 0) constexpr explicit Value(Settings... settings) noexcept
        : image_(without_effects(R::reset_value).image_) {
        set(settings...);
    }

    /// The whole register as a number.
    [[nodiscard]] constexpr Integer value() const noexcept { return image_; }

    /// The field's value, shifted down to bit 0.
    template <typename F>
    [[nodiscard]] constexpr typename F::Type get() const noexcept {
        require_own_field<F>();
        static_assert((F::mask & R::write_only_bits) == 0,
                      "the field is write-only: it reads as a meaningless value");
        return F::decode(image_);
    }

    /// Sets the named fields, and no other bit: `set(Control::Divider{7}, Control::Enable{true})`,
    /// or `set(clear<Events::Overrun>)`.
    template <detail::Setting... Settings>
    constexpr Value& set(Settings... settings) noexcept {
        require_disjoint<Settings...>();
        (apply(settings), ...);
        return *this;
    }

    /// The image without the side effects of writing it: events are not cleared, and bits
    /// that a one sets are not set.
    [[nodiscard]] static constexpr Value without_effects(Value image) noexcept {
        constexpr Integer zeros = R::write_one_to_clear | R::write_one_to_set | R::write_only_bits;
        return static_cast<Integer>((image.image_ & ~zeros) | R::write_zero_to_clear);
    }

    [[nodiscard]] static constexpr detail::Limits limits() noexcept {
        return {detail::Limits::For::whole_register, register_name<R>(), lowest, highest};
    }

    friend constexpr bool operator==(Value, Value) noexcept = default;

private:
    template <typename... Settings>
    static constexpr void require_disjoint() noexcept {
        constexpr auto bits =
            (std::uint64_t{0} | ... | detail::FieldOfSetting<Settings>::Type::mask);
        constexpr auto count =
            (0 + ... + std::popcount(detail::FieldOfSetting<Settings>::Type::mask));
        static_assert(std::popcount(bits) == count, "two of the fields have a bit in common");
    }

    template <typename F>
    static constexpr void require_own_field() noexcept {
        static_assert(detail::FieldSetting<F>, "this is not a field of a register");
        static_assert(std::is_base_of_v<typename F::Owner, R>,
                      "the field belongs to another register");
        static_assert(std::is_same_v<typename F::Image, Integer>,
                      "the group that declares the field is of another width than the register");
        constexpr bool whole = whole_or_none(F::mask & R::write_one_to_clear, F::mask) &&
                               whole_or_none(F::mask & R::write_zero_to_clear, F::mask);
        static_assert(whole, "a write clears a part of the field and not the rest: split it");
        static_assert((F::mask & (R::reserved_zero | R::reserved_one)) == 0,
                      "the field covers bits that the register declares reserved");
    }
    static constexpr bool whole_or_none(std::uint64_t part, std::uint64_t mask) noexcept {
        return part == 0 || part == mask;
    }

    template <typename F>
    constexpr void apply(F field) noexcept {
        require_own_field<F>();
        static_assert(F::settable, "the field is read-only: it cannot be set");
        static_assert((F::mask & (R::write_one_to_clear | R::write_zero_to_clear)) == 0,
                      "a write clears the field: use clear<Field>");
        image_ = static_cast<Integer>((image_ & ~mask<F>) | field.bits());
    }
    template <typename F>
    constexpr void apply(Clear<F>) noexcept {
        require_own_field<F>();
        static_assert(F::settable, "the field is read-only: it cannot be cleared");
        static_assert((F::mask & R::write_one_to_set) == 0,
                      "a zero that is written to the field does nothing: it cannot be cleared");
        image_ = static_cast<Integer>((F::mask & R::write_one_to_clear) != 0 ? image_ | mask<F>
                                                                             : image_ & ~mask<F>);
    }

    template <typename F>
    static constexpr Integer mask = static_cast<Integer>(F::mask);

    Integer image_ = 0;
};

}  // namespace openbar
