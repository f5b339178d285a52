/// What a test program asked, what it expected and what it got, as a table or as JSON.
///
///     Report report;
///     report.add("get size", "", "4 bytes: 7", describe(got));
///     report.print(as_json);
///     return report.exit_code();          // 0 where all is as expected, 1 otherwise
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace openbar::samples {

class Report {
public:
    void add(std::string request, std::string sent, std::string expected, std::string got) {
        rows_.push_back({std::move(request), std::move(sent), std::move(expected), std::move(got)});
    }

    void print(bool as_json) const { as_json ? print_json() : print_table(); }

    [[nodiscard]] int exit_code() const {
        return !rows_.empty() && std::ranges::all_of(rows_, matches) ? 0 : 1;
    }

private:
    using Row = std::array<std::string, 4>;
    static constexpr std::array<const char*, 4> headings = {"request", "sent", "expected", "got"};

    static bool matches(const Row& row) { return row[2] == row[3]; }

    void print_table() const {
        std::array<std::size_t, 4> widths{};
        for (std::size_t column = 0; column < widths.size(); ++column) {
            widths[column] = std::string(headings[column]).size();
            for (const Row& row : rows_)
                widths[column] = std::max(widths[column], row[column].size());
        }
        print_line("", {headings[0], headings[1], headings[2], headings[3]}, widths);
        for (const Row& row : rows_) print_line(matches(row) ? "ok  " : "BAD ", row, widths);
    }

    static void print_line(const char* mark, const Row& row,
                           const std::array<std::size_t, 4>& widths) {
        std::string line = mark;
        line.resize(4, ' ');
        for (std::size_t column = 0; column < row.size(); ++column) {
            line += row[column];
            if (column + 1 < row.size()) line.append(widths[column] - row[column].size() + 2, ' ');
        }
        std::puts(line.c_str());
    }

    void print_json() const {
        std::string text = "[";
        for (const Row& row : rows_) {
            text += text.size() > 1 ? ",\n {" : "\n {";
            for (std::size_t column = 0; column < row.size(); ++column)
                text += quoted(headings[column]) + ": " + quoted(row[column]) + ", ";
            text += std::string("\"as_expected\": ") + (matches(row) ? "true" : "false") + "}";
        }
        std::puts((text + "\n]").c_str());
    }

    static std::string quoted(const std::string& text) {
        std::string result = "\"";
        for (const char letter : text) {
            const auto code = static_cast<unsigned char>(letter);
            if (letter == '"' || letter == '\\') {
                result += '\\';
                result += letter;
            } else if (code < 0x20 || code == 0x7f) {  // what is above is UTF-8, as it is
                std::array<char, 8> escaped{};
                std::snprintf(escaped.data(), escaped.size(), "\\u%04x", code);
                result += escaped.data();
            } else {
                result += letter;
            }
        }
        return result + '"';
    }

    std::vector<Row> rows_;
};

}  // namespace openbar::samples
