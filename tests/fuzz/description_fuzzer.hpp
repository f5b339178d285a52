/// Any text as a description of one format: reading ends with a description or an error that says where,
/// and a description answers whatever it is asked.
#pragma once

#include "openbar/described_registers.hpp"
#include "openbar/description.hpp"
#include "openbar/generate.hpp"

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

/// Every register has one value, and takes every other.
class NoCard : public description::RegisterBus {
public:
    Result<std::uint64_t> load(std::uint64_t, unsigned) override { return 0x0123'4567'89ab'cdef; }
    Result<void> store(std::uint64_t, unsigned, std::uint64_t) override { return {}; }
};

/// Reads and writes the register and its fields, if that is allowed.
inline void use(const Description& card, const description::Place& place) {
    NoCard bus;
    (void)description::read(place, bus);
    (void)description::why_not_listed(place.description());
    (void)description::parse_writes(card, {place.name() + "=1"});
    for (const auto field : place.description().fields()) {
        (void)description::value_name(field, 1);
        const description::Setting one[] = {{field, 1}};
        for (const auto effects : {description::Effects::refuse, description::Effects::accept})
            if (const auto write = description::plan_modify(place, one, effects))
                (void)write->make(bus);
        (void)description::plan_over_reset(place, one);
    }
}

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
        if (visited < 4) use(*card, place);
        return ++visited < 64;
    });
    for (const auto region : card->regions())
        for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{4}, ~std::uint64_t{0}})
            (void)card->at(region, offset);
    (void)card->match("*");
    (void)card->match("?*.A*[1]");
    GenerateOptions options;
    for (const auto& problem : card->check()) {
        if (problem.text.empty()) std::abort();
        options.ignore.push_back(problem.kind);
    }
    for (const auto what :
         {Generated::cpp, Generated::c, Generated::svd, Generated::markdown, Generated::html})
        if (!generate(*card, what, options)) std::abort();
}

}  // namespace openbar::fuzzing
