#include "cli/support/table.hpp"

#include <algorithm>

namespace openbar::cli {

std::size_t columns_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

Table::Table(std::vector<std::string> titles) {
    rows_.push_back(std::move(titles));
}

void Table::add(std::vector<std::string> cells) {
    rows_.push_back(std::move(cells));
}

void Table::print(Output& out, std::string_view indentation) const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_)
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], columns_of(row[column]));
    for (std::size_t line = 0; line < rows_.size(); ++line) {
        std::string text(indentation);
        const auto& row = rows_[line];
        for (std::size_t column = 0; column < row.size(); ++column) {
            text += row[column];
            if (column + 1 < row.size())
                text += std::string(widths[column] - columns_of(row[column]) + 2, ' ');
        }
        while (text.ends_with(' ')) text.pop_back();
        out.print("{}\n", line == 0 ? out.colored(Color::bold, text) : text);
    }
}

}  // namespace openbar::cli
