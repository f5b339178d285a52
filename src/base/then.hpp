/// Goes on with the value of a Result, or passes its error on: what `std::expected::transform` and
/// `and_then` do, which libstdc++ 12 does not have yet.
///
///     return then(window(region), [&](std::byte* base) { return load_width(base, width); });
#pragma once

#include "openbar/error.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace openbar {

template <typename T, typename Next>
auto then(Result<T> result, Next next) {
    using Given = std::invoke_result_t<Next, T>;
    if constexpr (requires { typename Given::unexpected_type; }) {
        if (!result) return Given(std::unexpected(std::move(result).error()));
        return next(*std::move(result));
    } else if constexpr (std::is_void_v<Given>) {
        if (!result) return Result<void>(std::unexpected(std::move(result).error()));
        next(*std::move(result));
        return Result<void>();
    } else {
        if (!result) return Result<Given>(std::unexpected(std::move(result).error()));
        return Result<Given>(next(*std::move(result)));
    }
}

}  // namespace openbar
