/// The card files that come with openbar, from share/cards, as part of the library.
#pragma once

#include <span>
#include <string_view>

namespace openbar::description {

struct BuiltInCard {
    std::string_view name;  ///< "edu.json"
    std::string_view text;
};

[[nodiscard]] std::span<const BuiltInCard> built_in_cards() noexcept;

}  // namespace openbar::description
