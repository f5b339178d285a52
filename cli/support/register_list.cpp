#include "cli/support/register_list.hpp"

#include "cli/support/decoded.hpp"
#include "cli/support/table.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace openbar::cli {
namespace {

bool contains(std::string_view text, const std::string& wanted) {
    return lower_case(text).find(wanted) != std::string::npos;
}

bool is_wanted(const description::Place& place, const std::string& wanted) {
    const description::Register described = place.description();
    if (wanted.empty() || contains(place.name(), wanted) || contains(described.title(), wanted) ||
        contains(described.documentation(), wanted))
        return true;
    for (const description::Field field : described.fields())
        if (contains(field.name(), wanted) || contains(field.documentation(), wanted)) return true;
    return false;
}

std::string first_line(std::string text) {
    text = text.substr(0, text.find('\n'));
    if (const std::size_t end = text.find(". "); end != std::string::npos) text.resize(end + 1);
    return with_controls_shown(text);
}

std::string reset_text(description::Register described) {
    return described.reset() ? value_text(described, *described.reset()) : "-";
}

}  // namespace

void for_each_row(const Description& card, const RegisterFilter& filter,
                  const std::function<bool(const RegisterRow&)>& visit) {
    const std::string wanted = lower_case(filter.search);
    std::optional<RegisterRow> row;
    const auto take = [&](const description::Place& place) {
        if (row && row->place.description() == place.description() &&
            row->place.region() == place.region() && !place.description().dimensions().empty() &&
            place.offset() != row->place.offset()) {
            row->last = place.name();
            return true;
        }
        if (!is_wanted(place, wanted)) return true;
        if (row && !visit(*row)) return false;
        row.emplace(RegisterRow{place, {}});
        return true;
    };
    if (filter.places == nullptr) {
        card.for_each_register(take);
    } else {
        for (const description::Place& place : *filter.places)
            if (!take(place)) return;
    }
    if (row) visit(*row);
}

void print_register_list(const Description& card, const RegisterFilter& filter, Output& out) {
    Table table({"register", "region", "offset", "bits", "access", "reset", "description"});
    for_each_row(card, filter, [&](const RegisterRow& row) {
        const description::Register described = row.place.description();
        const std::string name =
            row.last.empty() ? row.place.name() : row.place.name() + " … " + row.last;
        table.add({with_controls_shown(name), std::string(row.place.region().name()),
                   fmt::format("{:#06x}", row.place.offset()), fmt::format("{}", described.width()),
                   std::string(to_string(described.access())), reset_text(described),
                   first_line(described.documentation())});
        return !out.closed();
    });
    table.print(out);
}

Json register_list_json(const Description& card, const RegisterFilter& filter) {
    Json list = Json::array();
    for_each_row(card, filter, [&](const RegisterRow& row) {
        Json json = register_json(row.place);
        if (!row.last.empty()) json["last"] = row.last;
        list.push_back(std::move(json));
        return true;
    });
    return list;
}

Json register_json(const description::Place& place) {
    const description::Register described = place.description();
    Json json{{"name", place.name()},
              {"region", place.region().name()},
              {"offset", place.offset()},
              {"width", described.width()},
              {"access", to_string(described.access())},
              {"read_effect", to_string(described.read_effect())},
              {"write_effect", to_string(described.write_effect())},
              {"volatile", described.is_volatile()}};
    if (described.reset()) {
        json["reset"] = value_text(described, *described.reset());
        json["reset_mask"] = value_text(described, described.reset_mask());
    }
    if (!described.target().empty()) json["target"] = described.target();
    json["documentation"] = described.documentation();
    json["fields"] = Json::array();
    for (const description::Field field : described.fields()) {
        Json item{{"name", field.name()},
                  {"bits", bits_text(field)},
                  {"access", to_string(field.access())},
                  {"read_effect", to_string(field.read_effect())},
                  {"write_effect", to_string(field.write_effect())},
                  {"documentation", field.documentation()}};
        item["values"] = Json::array();
        for (const description::Enumeration enumeration : field.enumerations())
            for (const description::Value value : enumeration.values())
                item["values"].push_back({{"name", value.name()},
                                          {"value", fmt::format("{:#x}", value.value())},
                                          {"documentation", value.documentation()}});
        json["fields"].push_back(std::move(item));
    }
    return json;
}

}  // namespace openbar::cli
