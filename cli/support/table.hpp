/// Columns that line up.
///
///     Table table({"address", "ids", "name"});
///     table.add({"0000:00:04.0", "1234:11e8", "edu"});
///     table.print(console.out);
#pragma once

#include "cli/support/output.hpp"

#include <string>
#include <vector>

namespace openbar::cli {

class Table {
public:
    explicit Table(std::vector<std::string> titles);
    void add(std::vector<std::string> cells);
    /// With titles; the last column as long as it is.
    void print(Output& out, std::string_view indentation = "") const;

private:
    std::vector<std::vector<std::string>> rows_;
};

/// How many columns of a terminal `text` takes: its UTF-8 characters.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;

}  // namespace openbar::cli
