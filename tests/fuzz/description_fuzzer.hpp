/// Any text as a description of one format: reading ends with a description or an error that says where,
/// and a description answers whatever it is asked.
#pragma once

#include "openbar/description.hpp"

#include "cards/built_in_cards.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace openbar::description {

std::span<const BuiltInCard> built_in_cards() noexcept {
    return {};
}

}  // namespace openbar::description

namespace openbar::fuzzing {

inline void describe(const std::uint8_t* data, std::size_t size, description::Format format,
                     const char* name) {
    const auto card = Description::parse(std::string(reinterpret_cast<const char*>(data), size),
                                         name, {.format = format});
    if (!card) {
        if (card.error().cause.empty() || card.error().attempted.empty()) std::abort();
        return;
    }
    std::size_t visited = 0;
    card->for_each_register([&](const description::Place& place) {
        const auto found = card->find_register(place.name());
        if (!found && found.error().code == ErrorCode::not_found && visited < 4 &&
            place.name().find_first_of("*?") == std::string::npos &&
            place.name().find("..") == std::string::npos && !place.name().starts_with('.') &&
            !place.name().ends_with('.') &&
            place.description().name().find('.') == std::string::npos &&
            place.region().block().blocks().empty())
            std::abort();  // a register has the name that it says it has
        for (const auto field : place.description().fields())
            if (field.width() == 0) std::abort();
        (void)place.description().location(description::Fact::access);
        (void)place.description().documentation();
        return ++visited < 64;
    });
    for (const auto region : card->regions())
        for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{4}, ~std::uint64_t{0}})
            (void)card->at(region, offset);
    (void)card->match("*");
    (void)card->match("?*.A*[1]");
    for (const auto& problem : card->check())
        if (problem.text.empty()) std::abort();
}

}  // namespace openbar::fuzzing
