/// A value, or the `Error` that says why there is none.
///
///     openbar::Result<std::uint32_t> identification(const openbar::Device& device) {
///         OPENBAR_TRY(registers, device.registers(0));       // returns the error, if there is one
///         return registers.read<edu::Identification>().value();
///     }
///
///     auto id = identification(device);
///     if (!id) std::cerr << id.error() << "\n";                 // branch on the error,
///     std::cout << identification(device).value() << "\n";      // or let it throw
///
/// `value()`, `*` and `->` of a result that holds an error throw `openbar::Exception`. In code that
/// is compiled with -fno-exceptions they print the error and abort. Openbar itself throws nowhere
/// else, unless documented; if memory runs out, C++ throws `std::bad_alloc`.
///
/// `value()` and `*` of a temporary move the value out, so that no reference outlives it:
/// `for (auto& function : *openbar::list_pci_functions())` is safe. `->` on a temporary does not
/// compile: write `(*device.region(0)).size()`.
#pragma once

#include "openbar/error.hpp"

#include <concepts>
#include <exception>
#include <expected>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace openbar {

/// Thrown by `Result::value` and its like. `what()` is the error's whole message.
class Exception : public std::exception {
public:
    explicit Exception(Error error);
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
    [[nodiscard]] const Error& error() const noexcept { return error_; }

private:
    Error error_;
    std::string message_;
};

template <typename T>
class Result;

namespace detail {

[[noreturn]] void throw_exception(const Error& error);
[[noreturn]] void abort_with(const Error& error) noexcept;
/// `error()` of a result that holds a value: a mistake in the program, so it aborts.
[[noreturn]] void abort_without_error() noexcept;
/// Adds an attempt around the one that the error names already.
void add_attempt(Error& error, std::string attempted);

#if defined(__cpp_exceptions)
[[noreturn]] inline void fail(const Error& error) {
    throw_exception(error);
}
#else
[[noreturn]] inline void fail(const Error& error) {
    abort_with(error);
}
#endif

template <typename T>
inline constexpr bool is_result = false;
template <typename T>
inline constexpr bool is_result<Result<T>> = true;

/// The common part of all results: the error, and the attempt that it names.
template <typename T>
class ResultState {
public:
    using value_type = T;
    using error_type = Error;

    [[nodiscard]] bool has_value() const noexcept { return state_.has_value(); }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// The error. Precondition: there is one, else the program aborts.
    [[nodiscard]] Error& error() & noexcept { return checked().error(); }
    [[nodiscard]] const Error& error() const& noexcept {
        return const_cast<ResultState&>(*this).error();
    }
    [[nodiscard]] Error error() && noexcept { return std::move(checked()).error(); }

    /// Adds the attempted operation to an error. `words()` returns it, and is called only if there
    /// is an error:
    ///
    ///     openbar::Result<openbar::Registers> start(const openbar::Device& card) {
    ///         return card.registers(0).attempting([&] { return "start " + card.info().address; });
    ///     }
    ///
    /// An attempt that the error already names becomes part of the cause.
    template <typename Words>
    Result<T> attempting(Words&& words) && {
        if (!has_value()) [[unlikely]]
            add_attempt(state_.error(), std::forward<Words>(words)());
        return static_cast<Result<T>&&>(*this);
    }

protected:
    using State = std::expected<T, Error>;

    template <typename... Arguments>
    explicit ResultState(Arguments&&... arguments)
        : state_(std::forward<Arguments>(arguments)...) {}

    void require_value() const {
        if (!has_value()) [[unlikely]]
            fail(state_.error());
    }

    State state_;

private:
    State& checked() noexcept {
        if (has_value()) [[unlikely]]
            abort_without_error();
        return state_;
    }
};

}  // namespace detail

// GCC 12 and 13 warn of the value of a result that holds an error, which no path reads.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

/// A T, or an `Error`. Thread-safety: that of a plain value.
template <typename T>
class [[nodiscard]] Result : public detail::ResultState<T> {
    static_assert(!std::is_reference_v<T>, "a result holds a value: use a pointer");
    using Base = detail::ResultState<T>;

public:
    /// Success, with the value that T has by default.
    Result() requires std::default_initializable<T> : Base(std::in_place) {}
    /// Success, from any value that converts to T.
    template <typename From = T>
    requires(std::convertible_to<From, T> && !std::same_as<std::remove_cvref_t<From>, Error> &&
             !detail::is_result<std::remove_cvref_t<From>>) Result(From&& value)
        : Base(std::in_place, std::forward<From>(value)) {}
    /// Failure.
    Result(Error error) : Base(std::unexpect, std::move(error)) {}
    /// The result of another type whose value converts to T.
    template <typename From>
    requires(!std::same_as<From, T> && std::convertible_to<From, T>) Result(Result<From> other)
        : Result(other ? Result(T(*std::move(other))) : Result(std::move(other).error())) {}

    /// The value. Throws `Exception` if there is none. A temporary moves its value out.
    T& value() & {
        this->require_value();
        return *this->state_;
    }
    const T& value() const& {
        this->require_value();
        return *this->state_;
    }
    T value() && {
        this->require_value();
        return *std::move(this->state_);
    }

    /// `value()` in one character.
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T operator*() && { return std::move(*this).value(); }

    T* operator->() & { return &value(); }
    const T* operator->() const& { return &value(); }
    /// Refused: the pointer would dangle at the end of the expression. Write `(*result()).member`.
    void operator->() && = delete;
    void operator->() const&& = delete;

    template <typename Other>
    [[nodiscard]] T value_or(Other&& other) const& {
        return this->state_.value_or(std::forward<Other>(other));
    }
    template <typename Other>
    [[nodiscard]] T value_or(Other&& other) && {
        return std::move(this->state_).value_or(std::forward<Other>(other));
    }

    /// `next(value)`, which is a Result, if there is a value, else the error.
    template <typename Next>
    auto and_then(Next&& next) && {
        using Given = std::invoke_result_t<Next, T>;
        static_assert(detail::is_result<Given>, "and_then takes a function that returns a Result");
        if (!*this) return Given(std::move(*this).error());
        return std::forward<Next>(next)(*std::move(*this));
    }
    /// The result of `next(value)` if there is a value, else the error.
    template <typename Next>
    auto transform(Next&& next) && {
        using Given = std::invoke_result_t<Next, T>;
        static_assert(!detail::is_result<Given>,
                      "use and_then for a function that returns a Result");
        if (!*this) return Result<Given>(std::move(*this).error());
        if constexpr (std::is_void_v<Given>) {
            std::forward<Next>(next)(*std::move(*this));
            return Result<Given>();
        } else {
            return Result<Given>(std::forward<Next>(next)(*std::move(*this)));
        }
    }

    /// Whether there is a value, and it equals `other`.
    // Its first type is deduced so that g++ 12 rejects other types, such as iterators over results,
    // before it looks at the rest.
    template <typename Self, typename Other>
    requires(std::same_as<Self, Result> && !detail::is_result<Other> &&
             std::equality_comparable_with<T, Other>) friend bool
    operator==(const Self& result, const Other& other) {
        return result.has_value() && *result == other;
    }
};

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

/// Success, or an `Error`.
template <>
class [[nodiscard]] Result<void> : public detail::ResultState<void> {
    using Base = detail::ResultState<void>;

public:
    Result() : Base(std::in_place) {}
    Result(Error error) : Base(std::unexpect, std::move(error)) {}

    /// Throws `Exception` if it failed.
    void value() const { require_value(); }
    void operator*() const { require_value(); }

    /// `next()`, which is a Result, on success, else the error.
    template <typename Next>
    auto and_then(Next&& next) && {
        using Given = std::invoke_result_t<Next>;
        static_assert(detail::is_result<Given>, "and_then takes a function that returns a Result");
        if (!*this) return Given(std::move(*this).error());
        return std::forward<Next>(next)();
    }
};

/// Declares `name` as the value of an expression that gives a Result, or returns its error, moved,
/// from the function, which returns a Result itself. Of a Result<void> the name is of no use:
///
///     OPENBAR_TRY(bar0, device.registers(0));
///     OPENBAR_TRY(mastering, device.set_bus_master(true));
#define OPENBAR_TRY(name, ...)                              \
    auto openbar_result_of_##name = (__VA_ARGS__);          \
    if (!openbar_result_of_##name) [[unlikely]]             \
        return std::move(openbar_result_of_##name).error(); \
    [[maybe_unused]] auto name = ::openbar::detail::value_of(std::move(openbar_result_of_##name))

namespace detail {

/// For OPENBAR_TRY, which declares a name also of a Result<void>.
template <typename T>
T value_of(Result<T>&& result) {
    return *std::move(result);
}
inline std::monostate value_of(Result<void>&&) {
    return {};
}

}  // namespace detail
}  // namespace openbar
