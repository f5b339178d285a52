// Registers and fields by name.
#include "openbar/description.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/search.hpp"
#include "description/similar.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace openbar {
namespace {

using namespace description;

constexpr std::size_t most_matches = 1'000'000;
/// As many registers of one name are told apart by a field.
constexpr std::size_t most_of_one_name = 4096;

Error bad_name(std::string_view name) {
    return failure(ErrorCode::invalid_argument, in_quotes(name) + ": not a name",
                   "names are paths such as UART0.RX[3].CTRL");
}

/// For a search that gave up without a match.
Error too_long(std::string_view name) {
    return failure(ErrorCode::resource_exhausted,
                   in_quotes(name) + " fits too many registers, or takes too long to look for",
                   "write more of the path, or indices in place of *");
}

/// Those whose whole path was given, if there are any.
void keep_whole(std::vector<Match>& matches) {
    const auto whole = [](const Match& match) { return match.whole; };
    if (std::ranges::any_of(matches, whole))
        std::erase_if(matches, [&](const Match& match) { return !whole(match); });
}

Error ambiguous(std::string_view name, const std::vector<Match>& matches) {
    constexpr std::size_t listed = 4;
    std::string names;
    for (std::size_t i = 0; i < std::min(matches.size(), listed); ++i)
        names += (i == 0 ? "" : ", ") + matches[i].place.name();
    if (matches.size() > listed) names += ", …";
    return failure(ErrorCode::ambiguous, in_quotes(name) + " may be " + names,
                   "write more of the path in front");
}

}  // namespace

Result<Place> Description::find_register(std::string_view name) const {
    auto parts = split_path(name);
    if (parts.empty()) return bad_name(name);
    const std::string_view last = parts.back();
    Search search(*model_, std::move(parts), false, most_of_one_name);
    search.run();
    auto& matches = search.matches();
    keep_whole(matches);
    if (matches.empty() && search.gave_up()) return too_long(name);
    if (matches.empty())
        return failure(ErrorCode::not_found, "no register " + in_quotes(name),
                       similar_registers(*model_, last));
    if (matches.size() > 1) return ambiguous(name, matches);
    return std::move(matches.front().place);
}

Result<FieldPlace> Description::find_field(std::string_view name) const {
    auto parts = split_path(name);
    if (parts.size() < 2) return bad_name(name);
    const std::string_view field_name = parts.back();
    parts.pop_back();
    const std::string_view register_name = parts.back();
    Search search(*model_, std::move(parts), false, most_of_one_name);
    search.run();
    auto& matches = search.matches();
    keep_whole(matches);
    if (matches.empty() && search.gave_up()) return too_long(name);
    if (matches.empty())
        return failure(
            ErrorCode::not_found,
            "no register " + in_quotes(name.substr(0, name.size() - field_name.size() - 1)),
            similar_registers(*model_, register_name));
    const auto field_of = [&](const Match& match) -> std::optional<Field> {
        for (const Field field : match.place.description().fields())
            if (field.name() == field_name) return field;
        return std::nullopt;
    };
    const Register first = matches.front().place.description();
    std::erase_if(matches, [&](const Match& match) { return !field_of(match); });
    if (matches.empty())
        return failure(ErrorCode::not_found,
                       in_quotes(first.name()) + " has no field " + in_quotes(field_name),
                       similar_fields(first, field_name));
    if (matches.size() > 1) return ambiguous(name, matches);
    return FieldPlace{matches.front().place, *field_of(matches.front())};
}

Result<std::vector<Place>> Description::match(std::string_view pattern) const {
    auto parts = split_path(pattern);
    if (parts.empty()) return bad_name(pattern);
    const std::string_view last = parts.back();
    Search search(*model_, std::move(parts), true, most_matches);
    search.run();
    if (search.gave_up()) return too_long(pattern);
    if (search.matches().empty())
        return failure(ErrorCode::not_found, "no register fits " + in_quotes(pattern),
                       similar_registers(*model_, last));
    std::vector<Place> places;
    for (Match& match : search.matches()) places.push_back(std::move(match.place));
    return places;
}

}  // namespace openbar
