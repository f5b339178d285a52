/// What an expression of SystemRDL comes to.
#pragma once

#include "description/systemrdl/syntax.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openbar::description::systemrdl {

struct Value {
    enum class Kind : std::uint8_t {
        number,
        boolean,
        string,
        word,         ///< rw, woclr, compact: a value of a property's own type
        enumeration,  ///< an enum itself
        list,
        structure,
        other,  ///< a reference to an element or to its property
    };

    Kind kind = Kind::other;
    std::uint64_t number = 0;
    std::string_view text{};
    Place32 place = 0;
    const Enum* enumeration = nullptr;
    std::vector<Value> items{};
    std::vector<std::string_view> names{};

    [[nodiscard]] bool is_number() const noexcept {
        return kind == Kind::number || kind == Kind::boolean;
    }
    /// As a condition: of what is not a number nothing is known but that it is there.
    [[nodiscard]] bool truth() const noexcept { return is_number() ? number != 0 : true; }
};

}  // namespace openbar::description::systemrdl
