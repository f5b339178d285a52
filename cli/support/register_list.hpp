/// The registers of a description as a table, and one of them as a data sheet explains it. No
/// device is accessed.
///
///     print_register_list(card, {.search = "status"}, console.out);
///     print_register(card.find_register("STATUS").value(), console.out);
#pragma once

#include "openbar/description.hpp"

#include "cli/support/json.hpp"
#include "cli/support/output.hpp"

#include <functional>
#include <string>
#include <vector>

namespace openbar::cli {

/// Which registers a list has.
struct RegisterFilter {
    std::string search{};  ///< in names, titles and texts, without regard to case; empty: all
    const std::vector<description::Place>* places = nullptr;  ///< only these
};

/// A register, or neighbouring elements of one array: "RX[0] … RX[3]".
struct RegisterRow {
    description::Place place;
    std::string last;  ///< the last element's name; empty for one register
};

/// Calls `visit` with each row, until it returns false.
void for_each_row(const Description& card, const RegisterFilter& filter,
                  const std::function<bool(const RegisterRow&)>& visit);

void print_register_list(const Description& card, const RegisterFilter& filter, Output& out);
[[nodiscard]] Json register_list_json(const Description& card, const RegisterFilter& filter);

/// Its facts, a picture of its bits, its fields and their values.
void print_register(const description::Place& place, Output& out);
[[nodiscard]] Json register_json(const description::Place& place);

}  // namespace openbar::cli
