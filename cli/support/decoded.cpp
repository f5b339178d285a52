#include "cli/support/decoded.hpp"

#include "base/region_name.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::cli {

std::string bits_text(description::Field field) {
    return field.width() == 1 ? fmt::format("{}", field.low())
                              : fmt::format("{}:{}", field.high(), field.low());
}

std::string value_text(description::Register described, std::uint64_t value) {
    return fmt::format("0x{:0{}x}", value, (described.width() + 3) / 4);
}

std::string field_text(description::Field field, std::uint64_t value) {
    const std::string number =
        field.width() == 1 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
    const std::string_view name = description::value_name(field, value);
    return name.empty() ? number : fmt::format("{} {}", number, name);
}

void LeftOut::add(const description::Place& place, std::string why) {
    items_.push_back({place.name(), std::move(why)});
}

void LeftOut::report(Console& console) const {
    std::vector<std::string> reasons;
    for (const Item& item : items_)
        if (std::ranges::find(reasons, item.why) == reasons.end()) reasons.push_back(item.why);
    for (const std::string& reason : reasons) {
        std::string names;
        for (const Item& item : items_)
            if (item.why == reason) names += (names.empty() ? "" : ", ") + item.name;
        console.diagnostics.print("not read, because {}: {}\n", reason, with_controls_shown(names));
    }
}

Json LeftOut::json() const {
    Json list = Json::array();
    for (const Item& item : items_) list.push_back({{"name", item.name}, {"why", item.why}});
    return list;
}

Result<void> DecodedOutput::read(const description::Place& place,
                                 const std::optional<description::Field>& only) {
    OPENBAR_TRY(bus, device_.bus(place, Direction::read));
    OPENBAR_TRY(value, description::read(place, bus));
    show(place, value, only);
    return {};
}

void DecodedOutput::show(const description::Place& place, std::uint64_t value,
                         const std::optional<description::Field>& only) {
    if (console_.json)
        registers_.push_back(describe(place, value, only));
    else
        print(place, value, only);
}

void DecodedOutput::print(const description::Place& place, std::uint64_t value,
                          const std::optional<description::Field>& only) {
    Output& out = console_.out;
    const description::Register described = place.description();
    if (only) {
        out.print("{}.{} {}\n", with_controls_shown(place.name()),
                  with_controls_shown(only->name()),
                  with_controls_shown(field_text(*only, description::value_of(*only, value))));
        return;
    }
    const std::string where = with_offsets_ ? fmt::format("{:#06x} ", place.offset()) : "";
    out.print("{}{} {}\n", where, out.colored(Color::bold, with_controls_shown(place.name())),
              value_text(described, value));
    std::size_t bits = 0;
    std::size_t names = 0;
    for (const description::Field field : described.fields()) {
        bits = std::max(bits, bits_text(field).size());
        names = std::max(names, field.name().size());
    }
    for (const description::Field field : described.fields())
        out.print("  {:<{}}  {:<{}}  {}\n", bits_text(field), bits,
                  with_controls_shown(field.name()), names,
                  description::readable(field.access())
                      ? with_controls_shown(field_text(field, description::value_of(field, value)))
                      : "write-only");
}

Json DecodedOutput::describe(const description::Place& place, std::uint64_t value,
                             const std::optional<description::Field>& only) const {
    const description::Register described = place.description();
    Json json{{"name", place.name()}};
    if (const auto region = device_.region_of(place.region()))
        json["region"] = region_name(*region);
    json["offset"] = place.offset();
    json["width"] = described.width();
    json["value"] = value_text(described, value);
    json["fields"] = Json::array();
    for (const description::Field field : described.fields()) {
        if ((only && *only != field) || !description::readable(field.access())) continue;
        const std::uint64_t part = description::value_of(field, value);
        Json item{{"name", field.name()},
                  {"bits", bits_text(field)},
                  {"value", fmt::format("{:#x}", part)}};
        if (const auto name = description::value_name(field, part); !name.empty())
            item["value_name"] = name;
        json["fields"].push_back(std::move(item));
    }
    return json;
}

void DecodedOutput::finish() {
    if (!console_.json) return left_out_.report(console_);
    print_json(console_.out, {{"device", device_.device().info().address},
                              {"registers", registers_},
                              {"left_out", left_out_.json()}});
}

}  // namespace openbar::cli
