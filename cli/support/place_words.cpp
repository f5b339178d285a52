#include "cli/support/place_words.hpp"

#include "cli/support/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::cli {
namespace {

bool starts_like_number(const std::string& word) {
    return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

}  // namespace

PlaceWords place_words(const std::vector<std::string>& words, std::size_t values) {
    if (words.empty())
        throw WrongUsage("REGION", "is missing\n  hint: give a region and an offset, or a name");
    PlaceWords place;
    const auto region = parse_region(words.front());
    // A name is no number: then it was meant as REGION OFFSET.
    if (!region && words.size() > 1 && words.front().find('=') == std::string::npos &&
        starts_like_number(words[1]) && words.size() == 2 + values)
        throw WrongUsage("REGION", region.error().message());
    if (!region) {
        place.names = words;
        return place;
    }
    place.region = *region;
    if (words.size() == 1)
        throw WrongUsage("OFFSET", "is missing\n  hint: give an offset, or a register's name");
    place.names.assign(words.begin() + 1, words.end());
    if (!starts_like_number(words[1])) {
        if (words.size() == 2 + values && words[1].find('=') == std::string::npos)
            place.perhaps_offset = words[1];
        return place;
    }
    place.offset = words[1];
    place.names.erase(place.names.begin());
    if (place.names.size() < values) throw WrongUsage("VALUE", "is missing");
    if (place.names.size() > values)
        throw WrongUsage(place.names[values], "was not expected behind the offset");
    return place;
}

void refuse_misread_offset(const PlaceWords& place, const Error& error) {
    if (place.perhaps_offset.empty() || error.code != ErrorCode::not_found) return;
    const Error number = parse_number(place.perhaps_offset).error();
    throw WrongUsage("OFFSET", fmt::format("{}\n  hint: {}\n  as a register's name: {}",
                                           number.cause, number.hint, error.message()));
}

}  // namespace openbar::cli
