/// What somebody probably meant who wrote something that does not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace openbar::cli {

/// ", did you mean 'read'?" with the most similar of `known`; empty where none is similar.
[[nodiscard]] std::string did_you_mean(std::string_view written,
                                       std::span<const std::string_view> known);

}  // namespace openbar::cli
