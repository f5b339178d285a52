/// Translations as text and as JSON.
#pragma once

#include "openbar/page_map.hpp"
#include "openbar/translation.hpp"

#include "cli/support/json.hpp"

namespace openbar::cli {

/// The address, each step of the walk, and the page at its end.
void print_steps(Output& out, const Translation& translation, const Paging& paging);
/// One line: "0xc0100000 0x100000 4 KiB kernel writable executable WB", or what stood in the way.
void print_brief(Output& out, const Translation& translation, const Paging& paging);
[[nodiscard]] Json to_json(const Translation& translation, const Paging& paging);

void print_page(Output& out, const ProcessPage& page);
[[nodiscard]] Json to_json(const ProcessPage& page);

}  // namespace openbar::cli
