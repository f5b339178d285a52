/// Goes on with the value of a Result, or passes its error on: what `std::expected::transform` and
/// `and_then` do, which libstdc++ 12 does not have yet.
///
///     return then(window(region), [&](std::byte* base) { return load_width(base, width); });
#pragma once

#include "openbar/result.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace openbar {

template <typename T, typename Next>
auto then(Result<T> result, Next next) {
    if constexpr (detail::is_result<std::invoke_result_t<Next, T>>) {
        return std::move(result).and_then(std::move(next));
    } else {
        return std::move(result).transform(std::move(next));
    }
}

}  // namespace openbar
