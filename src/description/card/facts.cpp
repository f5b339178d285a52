#include "description/card/facts.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <algorithm>

namespace openbar::description::card {

void Failure::set(Place32 place, const std::string& words, std::string hint) {
    set(failure(ErrorCode::protocol, store_.words(place) + ": " + words, std::move(hint)));
}

void Failure::set(Error error) {
    if (!error_) error_ = std::move(error);
}

std::optional<std::uint64_t> number_of(const JsonValue& json) {
    if (json.kind == JsonValue::Kind::number) return json.number;
    if (json.kind == JsonValue::Kind::string) return parse_number(json.string);
    return std::nullopt;
}

Facts::Facts(Failure& failure, const JsonValue& json, std::string_view what)
    : failure_(failure), json_(json), what_(what) {
    if (json.kind != JsonValue::Kind::object) failure_.set(json.where, what_ + " is not an object");
}

const JsonValue* Facts::find(std::string_view name) {
    known_.push_back(name);
    return json_.member(name);
}

const JsonValue* Facts::find(std::string_view name, JsonValue::Kind kind) {
    const JsonValue* member = find(name);
    if (member == nullptr || member->kind == kind) return member;
    failure_.set(member->where, in_quotes(name) + " is not " + std::string(to_string(kind)));
    return nullptr;
}

bool Facts::take(std::string_view name, std::string& text) {
    const JsonValue* member = find(name, JsonValue::Kind::string);
    if (member != nullptr) text = member->string;
    return member != nullptr;
}

bool Facts::take(std::string_view name, std::uint64_t& number, Place32* place) {
    const JsonValue* member = find(name);
    if (member == nullptr) return false;
    const auto value = number_of(*member);
    if (!value) {
        failure_.set(member->where, in_quotes(name) + " is not a number such as 16 or \"0x10\"");
        return false;
    }
    number = *value;
    if (place != nullptr) *place = member->where;
    return true;
}

bool Facts::take(std::string_view name, bool& flag) {
    const JsonValue* member = find(name, JsonValue::Kind::boolean);
    if (member != nullptr) flag = member->boolean;
    return member != nullptr;
}

template <typename Enum>
bool Facts::take_named(std::string_view name, Enum& value, Place32* place,
                       std::optional<Enum> (*named)(std::string_view), std::string_view kind) {
    const JsonValue* member = find(name, JsonValue::Kind::string);
    if (member == nullptr) return false;
    const auto found = named(member->string);
    if (!found) {
        failure_.set(member->where, in_quotes(member->string) + " is not " + std::string(kind));
        return false;
    }
    value = *found;
    if (place != nullptr) *place = member->where;
    return true;
}

bool Facts::take(std::string_view name, Access& access, Place32* place) {
    return take_named<Access>(
        name, access, place, [](std::string_view text) { return access_named(text); },
        "an access such as read-only");
}
bool Facts::take(std::string_view name, ReadEffect& effect, Place32* place) {
    return take_named<ReadEffect>(
        name, effect, place, [](std::string_view text) { return read_effect_named(text); },
        "a read effect: none, clear, set or other");
}
bool Facts::take(std::string_view name, WriteEffect& effect, Place32* place) {
    return take_named<WriteEffect>(
        name, effect, place, [](std::string_view text) { return write_effect_named(text); },
        "a write effect such as one-to-clear");
}
bool Facts::take(std::string_view name, ByteOrder& order) {
    return take_named<ByteOrder>(
        name, order, nullptr, [](std::string_view text) { return byte_order_named(text); },
        "little or big");
}

void Facts::require(std::string_view name, bool there) {
    if (!there) failure_.set(json_.where, what_ + " without " + in_quotes(name));
}

void Facts::finish() {
    for (const auto& [name, value] : json_.members) {
        if (std::ranges::find(known_, name) != known_.end()) continue;
        if (name == "$schema" || name == "comment") continue;
        std::string names;
        for (const std::string_view known : known_)
            names += (names.empty() ? "" : ", ") + std::string(known);
        return failure_.set(value.where, what_ + " has no " + in_quotes(name), "known: " + names);
    }
}

}  // namespace openbar::description::card
