// One register as a data sheet explains it.
#include "cli/support/decoded.hpp"
#include "cli/support/register_list.hpp"
#include "cli/support/table.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace openbar::cli {
namespace {

constexpr std::size_t picture_width = 78;

/// One cell of the picture: a field, or bits without one.
struct Cell {
    std::string bits;
    std::string name;

    [[nodiscard]] std::size_t width() const {
        return std::max(columns_of(bits), columns_of(name)) + 2;
    }
};

std::string range_text(unsigned high, unsigned low) {
    return high == low ? fmt::format("{}", high) : fmt::format("{}:{}", high, low);
}

/// From the highest bit down. A field that overlaps one before it is not in the picture.
std::vector<Cell> cells_of(description::Register described) {
    std::vector<description::Field> fields;
    for (const description::Field field : described.fields()) fields.push_back(field);
    std::ranges::sort(fields, [](description::Field one, description::Field other) {
        return one.high() != other.high() ? one.high() > other.high() : one.index() < other.index();
    });
    std::vector<Cell> cells;
    unsigned next = described.width();  // bits from there up are drawn
    for (const description::Field field : fields) {
        if (field.high() >= next) continue;
        if (field.high() + 1 < next) cells.push_back({range_text(next - 1, field.high() + 1), "-"});
        cells.push_back({bits_text(field), with_controls_shown(field.name())});
        next = field.low();
    }
    if (next > 0) cells.push_back({range_text(next - 1, 0), "-"});
    return cells;
}

std::string centred(std::string_view text, std::size_t width) {
    const std::size_t rest = width - columns_of(text);
    return std::string(rest / 2, ' ') + std::string(text) + std::string(rest - rest / 2, ' ');
}

void print_cells(std::span<const Cell> cells, Output& out) {
    std::string bits = " ";
    std::string edge = "+";
    std::string names = "|";
    for (const Cell& cell : cells) {
        bits += centred(cell.bits, cell.width()) + " ";
        names += centred(cell.name, cell.width()) + "|";
        edge += std::string(cell.width(), '-') + "+";
    }
    bits.erase(bits.find_last_not_of(' ') + 1);
    out.print("  {}\n  {}\n  {}\n  {}\n", bits, edge, names, edge);
}

/// Rows of cells that fit the page, the highest bits first.
void print_picture(description::Register described, Output& out) {
    const std::vector<Cell> cells = cells_of(described);
    std::size_t first = 0;
    std::size_t width = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > first && width + cells[i].width() + 1 > picture_width) {
            print_cells(std::span(cells).subspan(first, i - first), out);
            first = i;
            width = 0;
        }
        width += cells[i].width() + 1;
    }
    print_cells(std::span(cells).subspan(first), out);
}

template <typename Described>
std::string properties_of(Described described) {
    std::string text(to_string(described.access()));
    if (described.read_effect() != description::ReadEffect::none)
        text += fmt::format(", reading: {}", to_string(described.read_effect()));
    if (described.write_effect() != description::WriteEffect::none)
        text += fmt::format(", writing: {}", to_string(described.write_effect()));
    return text;
}

std::string reset_of(description::Register described, description::Field field) {
    const std::uint64_t mask = description::mask_of(field);
    if (!described.reset() || (described.reset_mask() & mask) != mask || mask == 0) return "-";
    return field_text(field, description::value_of(field, *described.reset()));
}

void print_values(description::Field field, Output& out) {
    for (const description::Enumeration enumeration : field.enumerations()) {
        const std::string_view use = enumeration.for_reading() && enumeration.for_writing() ? ""
                                     : enumeration.for_reading() ? ", read"
                                                                 : ", written";
        out.print("\n  values of {}{}\n", with_controls_shown(field.name()), use);
        for (const description::Value value : enumeration.values()) {
            std::string text = fmt::format(
                "    {:<6} {}  {}",
                value.is_default() ? "others" : fmt::format("{:#x}", value.value()),
                with_controls_shown(value.name()), with_controls_shown(value.documentation()));
            text.erase(text.find_last_not_of(' ') + 1);
            out.print("{}\n", text);
        }
    }
}

}  // namespace

void print_register(const description::Place& place, Output& out) {
    const description::Register described = place.description();
    out.print("{}", out.colored(Color::bold, with_controls_shown(place.name())));
    if (!described.title().empty()) out.print("  {}", with_controls_shown(described.title()));
    out.print("\n{}{:#06x}, {} bits, {}",
              place.region().name().empty() ? "" : std::string(place.region().name()) + " + ",
              place.offset(), described.width(), properties_of(described));
    if (described.reset()) out.print(", reset {}", value_text(described, *described.reset()));
    out.write("\n");
    if (!described.target().empty())
        out.print("writing it changes {}\n", with_controls_shown(described.target()));
    out.print("described in {}\n",
              fmt::format("{}:{}", described.location().file, described.location().line));
    if (const std::string text = described.documentation(); !text.empty())
        out.print("\n{}\n", with_controls_shown(text));
    out.write("\n");
    print_picture(described, out);
    if (described.fields().empty()) return;
    Table table({"bits", "field", "access", "reset", "description"});
    for (const description::Field field : described.fields())
        table.add({bits_text(field), with_controls_shown(field.name()), properties_of(field),
                   reset_of(described, field), with_controls_shown(field.documentation())});
    out.write("\n");
    table.print(out, "  ");
    for (const description::Field field : described.fields()) print_values(field, out);
}

}  // namespace openbar::cli
