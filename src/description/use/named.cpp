// Registers, fields and assignments as people write them.
#include "openbar/described_registers.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/similar.hpp"

#include <algorithm>
#include <optional>

namespace openbar::description {
namespace {

bool is_pattern(std::string_view name) noexcept {
    return name.find_first_of("*?") != std::string_view::npos;
}

std::optional<Field> field_named(Register described, std::string_view name) {
    for (const Field field : described.fields())
        if (field.name() == name) return field;
    return std::nullopt;
}

/// Fields of registers that match a pattern: "RX[*].CTRL.ENABLE".
Result<Named> match_fields(const Description& card, std::string_view name, Error no_register) {
    const std::size_t point = name.rfind('.');
    if (point == std::string_view::npos) return no_register;
    auto places = card.match(name.substr(0, point));
    if (!places) return no_register;
    Named named{.places = {}, .fields = {}, .by_pattern = true};
    for (Place& place : *places)
        if (const auto field = field_named(place.description(), name.substr(point + 1))) {
            named.fields.push_back(*field);
            named.places.push_back(std::move(place));
        }
    if (named.places.empty()) return no_register;
    return named;
}

Result<Named> find_pattern(const Description& card, std::string_view name) {
    auto places = card.match(name);
    if (places) return Named{*std::move(places), {}, true};
    return match_fields(card, name, std::move(places).error());
}

Result<Named> find_one(const Description& card, std::string_view name) {
    auto place = card.find_register(name);
    auto field = card.find_field(name);
    if (place && field)
        return failure(ErrorCode::ambiguous,
                       in_quotes(name) + " may be register " + place->name() + " or a field of " +
                           field->place.name(),
                       "write more of the path in front");
    if (place) return Named{{*std::move(place)}, {}, false};
    if (field) return Named{{field->place}, {field->field}, false};
    // A field's error says more if its register is there.
    const bool of_register = place.error().code != ErrorCode::not_found ||
                             name.find('.') == std::string_view::npos ||
                             field.error().cause.starts_with("no register");
    return of_register ? std::move(place).error() : std::move(field).error();
}

/// One assignment, before it is planned.
struct Assignment {
    std::vector<Place> places;
    std::vector<std::vector<Setting>> settings;  ///< of each place; empty: the whole register
    std::uint64_t value = 0;
    bool over_reset = false;
};

Error not_assignment(std::string_view text) {
    return failure(ErrorCode::invalid_argument, in_quotes(text) + ": not an assignment",
                   "write NAME=VALUE, NAME.FIELD=VALUE or NAME:=FIELD=VALUE,FIELD=VALUE");
}

/// "SLU=1,SPEED=2" of one register.
Result<std::vector<Setting>> parse_settings(Register described, std::string_view text) {
    std::vector<Setting> settings;
    for (;;) {
        const std::size_t comma = text.find(',');
        const std::string_view item = text.substr(0, comma);
        const std::size_t equals = item.find('=');
        if (equals == std::string_view::npos) return not_assignment(item);
        const auto field = field_named(described, item.substr(0, equals));
        if (!field)
            return failure(
                ErrorCode::not_found,
                in_quotes(described.name()) + " has no field " + in_quotes(item.substr(0, equals)),
                similar_fields(described, item.substr(0, equals)));
        OPENBAR_TRY(value, parse_value(*field, item.substr(equals + 1)));
        settings.push_back({*field, value});
        if (comma == std::string_view::npos) return settings;
        text.remove_prefix(comma + 1);
    }
}

Result<Assignment> parse_assignment(const Description& card, std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return not_assignment(text);
    Assignment assignment;
    assignment.over_reset = text[equals - 1] == ':';
    const std::string_view name = text.substr(0, equals - (assignment.over_reset ? 1 : 0));
    const std::string_view right = text.substr(equals + 1);
    OPENBAR_TRY(named, find_named(card, name));
    assignment.places = std::move(named.places);
    if (assignment.over_reset) {
        if (!named.fields.empty())
            return failure(ErrorCode::invalid_argument, in_quotes(name) + " is a field",
                           "write REGISTER:=FIELD=VALUE");
        for (const Place& place : assignment.places) {
            OPENBAR_TRY(settings, parse_settings(place.description(), right));
            assignment.settings.push_back(std::move(settings));
        }
        return assignment;
    }
    for (const Field field : named.fields) {
        OPENBAR_TRY(value, parse_value(field, right));
        assignment.settings.push_back({{field, value}});
    }
    if (!named.fields.empty()) return assignment;
    const auto value = parse_number(right);
    if (!value)
        return failure(
            ErrorCode::invalid_argument, in_quotes(right) + ": not a number",
            "write it as 12 or 0x1f, or name a field: " + std::string(name) + ".FIELD=VALUE");
    assignment.value = *value;
    return assignment;
}

/// Fields of the same registers, written beside each other, share their accesses.
bool join(Assignment& before, Assignment& next) {
    const auto same_place = [](const Place& one, const Place& other) {
        return one.region() == other.region() && one.offset() == other.offset() &&
               one.description() == other.description();
    };
    if (before.over_reset || next.over_reset || before.settings.empty() || next.settings.empty() ||
        !std::ranges::equal(before.places, next.places, same_place))
        return false;
    for (std::size_t i = 0; i < before.settings.size(); ++i)
        before.settings[i].push_back(next.settings[i].front());
    return true;
}

}  // namespace

Result<Named> find_named(const Description& card, std::string_view name) {
    return is_pattern(name) ? find_pattern(card, name) : find_one(card, name);
}

Result<std::vector<Write>> parse_writes(const Description& card,
                                        const std::vector<std::string>& assignments,
                                        Effects effects) {
    std::vector<Assignment> all;
    for (const std::string& text : assignments) {
        OPENBAR_TRY(next, parse_assignment(card, text));
        if (all.empty() || !join(all.back(), next)) all.push_back(std::move(next));
    }
    std::vector<Write> writes;
    for (const Assignment& assignment : all)
        for (std::size_t i = 0; i < assignment.places.size(); ++i) {
            const Place& place = assignment.places[i];
            OPENBAR_TRY(write, assignment.settings.empty() ? plan_write(place, assignment.value)
                               : assignment.over_reset
                                   ? plan_over_reset(place, assignment.settings[i])
                                   : plan_modify(place, assignment.settings[i], effects));
            writes.push_back(std::move(write));
        }
    return writes;
}

}  // namespace openbar::description
