#include "cli/support/suggestion.hpp"

#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace openbar::cli {
namespace {

/// How many letters to insert, remove or change to get from one to the other (Levenshtein).
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t diagonal = row[0]++;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t changed =
                diagonal + (lower_case(one[i]) == lower_case(other[j]) ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view written, std::span<const std::string_view> known) {
    const auto nearest = std::ranges::min_element(
        known, {}, [&](std::string_view candidate) { return distance(written, candidate); });
    if (nearest == known.end()) return {};
    // Two letters the wrong way round are two changes.
    const std::size_t tolerated =
        written.size() < 4 ? 1 : std::max<std::size_t>(2, written.size() / 3);
    const bool begins = written.size() >= 2 && nearest->starts_with(written);
    if (distance(written, *nearest) > tolerated && !begins) return {};
    return fmt::format(", did you mean '{}'?", *nearest);
}

}  // namespace openbar::cli
