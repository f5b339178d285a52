/// Names of a description as identifiers; `openbar/generate.hpp` documents the rules.
///
///     Scope scope("STATUS");
///     scope.take("RX[%s]");     // "RX"
///     scope.take("int");        // "int_"
///     scope.take("STATUS");     // "STATUS_": the name of the scope itself
///     scope.take("RX");         // "RX_2"
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace openbar::description {

/// Valid, but perhaps a keyword, and perhaps taken.
[[nodiscard]] std::string identifier(std::string_view name);
/// Keywords of C and C++, macros of their libraries and of Windows, and names of openbar's own.
[[nodiscard]] bool is_reserved_word(std::string_view name);

/// The names of one scope.
class Scope {
public:
    /// `around`: the name of the class whose scope it is.
    explicit Scope(std::string around = {}) : around_(std::move(around)), taken_{around_} {}
    [[nodiscard]] std::string take(std::string_view name);

private:
    std::string around_;
    std::set<std::string, std::less<>> taken_;
    std::map<std::string, unsigned> numbers_;  // the last one behind each name
};

[[nodiscard]] std::string lower_letters(std::string_view text);
[[nodiscard]] std::string upper_letters(std::string_view text);

}  // namespace openbar::description
