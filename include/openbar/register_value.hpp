/// A register's image: the number that was read from it, or is to be written to it.
///
///     openbar::Value<edu::Status> status = registers.read<edu::Status>();
///     if (status.get<edu::Status::Computing>()) return;
///     status.set<edu::Status::InterruptWhenDone>();
///     registers.write(edu::Status{}, status);
///
/// Where the compiler does not know the type of the image yet (in a template, or in a lambda that
/// takes `auto&`), C++ wants `status.template get<…>()`. Passing the field as a value says the
/// same and reads better: `status.get(edu::Status::Computing{})`.
///
/// A plain value of the register's width: copying and changing it touches no device. A value can
/// be computed by the compiler.
#pragma once

#include "openbar/register.hpp"

#include <cassert>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace openbar {

template <AnyRegister R>
class Value;

namespace detail {

/// A function that takes the image by value would change its copy, and nothing would be said.
template <AnyRegister R, typename Change>
constexpr void require_reference() noexcept {
    static_assert(!std::invocable<Change, Value<R>>,
                  "the function changes a copy of the image: take it by reference, as auto&");
}

/// A function that builds the image of R, as against the number itself.
template <typename Build, typename R>
concept BuildsImage =
    !std::convertible_to<Build, typename R::Integer> && std::invocable<Build, Value<R>&>;

}  // namespace detail

template <AnyRegister R>
class Value {
public:
    using Register = R;
    using Integer = typename R::Integer;

    /// All bits zero.
    constexpr Value() noexcept = default;
    /// The whole register as a number; implicit, so that `write<R>(10)` is one.
    constexpr Value(Integer image) noexcept : image_(image) {}
    /// What `build(image)` makes of the reset value (zero where the register names none):
    /// `write<R>([](auto& r) { r.set(R::Enable{}); })`.
    template <detail::BuildsImage<R> Build>
    constexpr Value(Build&& build) : image_(R::reset_value) {
        detail::require_reference<R, Build>();
        std::forward<Build>(build)(*this);
    }

    /// The whole register as a number.
    [[nodiscard]] constexpr Integer value() const noexcept { return image_; }

    /// The field's value, shifted down to bit 0.
    template <typename F>
    [[nodiscard]] constexpr typename F::Type get() const noexcept {
        require_own_field<F>();
        static_assert((F::mask & R::write_only_bits) == 0,
                      "the field is write-only: what is read there means nothing");
        return static_cast<typename F::Type>((image_ & mask<F>) >> F::low);
    }

    /// Sets the field, and no other bit. Precondition: the value fits the field. Debug builds
    /// assert it; release builds drop the excess bits, so that neighbouring fields never change.
    template <typename F>
    constexpr Value& set(std::type_identity_t<typename F::Type> value) noexcept {
        require_settable<F>();
        assert(static_cast<std::uint64_t>(value) <= F::maximum && "the value does not fit");
        image_ = static_cast<Integer>(
            (image_ & ~mask<F>) |
            ((static_cast<Integer>(value) & static_cast<Integer>(F::maximum)) << F::low));
        return *this;
    }

    /// Sets the field to a constant, which the compiler checks: `set<Control::Divider, 200>()`.
    template <typename F, auto Constant>
    constexpr Value& set() noexcept {
        static_assert(!std::is_enum_v<typename F::Type> ||
                          std::same_as<typename F::Type, std::remove_cv_t<decltype(Constant)>>,
                      "the constant is not of the field's enumeration");
        static_assert(static_cast<std::uint64_t>(Constant) <= F::maximum,
                      "the constant does not fit the field");
        return set<F>(static_cast<typename F::Type>(Constant));
    }

    /// Sets a flag.
    template <typename F>
    constexpr Value& set() noexcept {
        static_assert(std::same_as<typename F::Type, bool>,
                      "set without a value is for flags: say what to set the field to");
        require_settable<F>();
        image_ = static_cast<Integer>(image_ | mask<F>);
        return *this;
    }

    /// Makes the field zero in the device: by writing zeros, or, where the register is
    /// write-1-to-clear, by writing ones.
    template <typename F>
    constexpr Value& clear() noexcept {
        require_own_field<F>();
        static_assert(F::settable, "the field is read-only: it cannot be cleared");
        if constexpr ((F::mask & R::write_one_to_clear) != 0) {
            image_ = static_cast<Integer>(image_ | mask<F>);
        } else {
            image_ = static_cast<Integer>(image_ & ~mask<F>);
        }
        return *this;
    }

    /// The same, with the field passed as a value.
    template <typename F>
    [[nodiscard]] constexpr typename F::Type get(F) const noexcept {
        return get<F>();
    }
    template <typename F>
    constexpr Value& set(F, std::type_identity_t<typename F::Type> value) noexcept {
        return set<F>(value);
    }
    template <typename F>
    constexpr Value& set(F) noexcept {
        return set<F>();
    }
    template <typename F>
    constexpr Value& clear(F) noexcept {
        return clear<F>();
    }

    friend constexpr bool operator==(Value, Value) noexcept = default;

private:
    template <typename F>
    static constexpr Integer mask = static_cast<Integer>(F::mask);

    template <typename F>
    static constexpr void require_own_field() noexcept {
        static_assert(std::derived_from<R, typename F::Owner>,
                      "the field belongs to another register");
        constexpr auto one_to_clear = F::mask & R::write_one_to_clear;
        static_assert(one_to_clear == 0 || one_to_clear == F::mask,
                      "the field is write-1-to-clear in part: split it");
        static_assert((F::mask & (R::reserved_zero | R::reserved_one)) == 0,
                      "the field covers bits that the register declares reserved");
    }

    template <typename F>
    static constexpr void require_settable() noexcept {
        require_own_field<F>();
        static_assert(F::settable, "the field is read-only: it cannot be set");
        static_assert((F::mask & R::write_one_to_clear) == 0,
                      "the field is write-1-to-clear: say clear, which writes the ones");
    }

    Integer image_ = 0;
};

}  // namespace openbar
