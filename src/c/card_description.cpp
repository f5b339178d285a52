#include "c/card_description.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::c {

Result<std::shared_ptr<CardDescription>> CardDescription::from(Description description) {
    const std::shared_ptr<CardDescription> card(new CardDescription(std::move(description)));
    bool complete = true;
    card->description_.for_each_register([&](const description::Place& place) {
        complete = card->registers_.size() < most_registers;
        if (complete) card->registers_.push_back(place);
        return complete;
    });
    if (complete) return card;
    return failure(ErrorCode::resource_exhausted,
                   fmt::format("the description has more than {} registers", most_registers));
}

std::uint32_t CardDescription::position_of(const description::Place& place) const noexcept {
    const auto found = std::ranges::find_if(registers_, [&](const description::Place& other) {
        return other.description() == place.description() && other.offset() == place.offset();
    });
    return static_cast<std::uint32_t>(found - registers_.begin());
}

const char* CardDescription::keep(std::string_view text) {
    const std::lock_guard lock(mutex_);
    auto found = texts_.find(text);
    if (found == texts_.end()) found = texts_.emplace(text).first;
    return found->c_str();
}

}  // namespace openbar::c
