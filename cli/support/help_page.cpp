#include "cli/support/help_page.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

namespace openbar::cli {
namespace {

constexpr std::size_t page_width = 88;
constexpr std::size_t description_column = 22;

/// The first space outside square brackets, which hold an option and its value together.
std::size_t end_of_word(std::string_view text) {
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '[') ++depth;
        if (text[at] == ']') --depth;
        if (text[at] == ' ' && depth <= 0) return at;
    }
    return text.size();
}

/// `text` broken at spaces, every line after the first indented to `text_column`.
std::string wrap(std::string_view text, std::size_t text_column) {
    std::string page;
    std::size_t column = text_column;
    while (!text.empty()) {
        const std::size_t end = end_of_word(text);
        const std::string_view word = text.substr(0, end);
        if (column > text_column && column + 1 + word.size() > page_width) {
            page += "\n" + std::string(text_column, ' ');
            column = text_column;
        } else if (column > text_column) {
            page += ' ';
            ++column;
        }
        page += word;
        column += word.size();
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return page;
}

std::string entry(std::string_view name, std::string_view text) {
    std::string line = fmt::format("  {}", name);
    if (line.size() + 2 > description_column)
        line += "\n" + std::string(description_column, ' ');
    else
        line.resize(description_column, ' ');
    return line + wrap(text, description_column) + "\n";
}

std::string option_name(const CLI::Option& option) {
    std::string name = option.get_name(false, true);
    for (std::size_t comma = name.find(','); comma != std::string::npos;
         comma = name.find(',', comma + 2))
        name.replace(comma, 1, ", ");
    if (const std::string type = option.get_option_text(); !type.empty()) name += " " + type;
    return name;
}

std::string arguments_of(const CLI::App& app, bool positional) {
    std::string text;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_positional() != positional) continue;
        text += entry(positional ? option->get_name(true) : option_name(*option),
                      option->get_description());
    }
    return text;
}

constexpr std::string_view conventions = R"(
DEVICE is one of
  03:00.0, 0000:03:00.0           a PCI function, by the best back end for its driver
  vfio:03:00.0 uio:… sysfs:… devmem:…
                                  the same, through that back end only
  pci:1234:11e8                   the only function with that vendor and device id
  sim:edu                         a simulated card inside the command
  vfio-user:/run/card.sock        a simulated card in another process
  mem:0xfed00000+0x1000           a range of physical addresses
  dt:/pl031@9010000               a device-tree peripheral
REGION is bar0 … bar5 (or 0 … 5), rom or config.
Numbers are decimal or 0x…, with an optional suffix k, M or G (2^10, 2^20, 2^30).
Exit codes: 0 success, 1 the operation failed, 2 wrong usage, 3 timed out.
Colors appear on terminals only; NO_COLOR in the environment turns them off.

'openbar COMMAND --help' describes a command, with examples.
)";

}  // namespace

std::string help_of_program(std::span<const Command* const> commands) {
    std::string page =
        "openbar: the registers, interrupts and configuration of your card, from a user program\n\n"
        "usage: openbar COMMAND [ARGUMENT]…\n       openbar help [COMMAND]\n"
        "       openbar --version\n\ncommands\n";
    for (const Command* command : commands)
        page += fmt::format("  {:<12}{}\n", command->name, command->summary);
    return page + std::string(conventions);
}

std::string usage_of(const Command& command) {
    const std::string start = fmt::format("usage: openbar {} ", command.name);
    std::string page = start;
    // Every form after the first begins a line, with the name at the same place.
    for (std::string_view rest = command.usage; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view form = rest.substr(0, end);
        if (page.size() > start.size()) {
            page += form.substr(0, start.size());
            form.remove_prefix(std::min(form.size(), start.size()));
        }
        page += wrap(form, start.size()) + "\n";
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return page;
}

std::string help_of_command(const Command& command, const CLI::App& app) {
    std::string page = fmt::format("openbar {}: {}\n\n{}\n{}", command.name, command.summary,
                                   usage_of(command), command.description);
    if (const std::string arguments = arguments_of(app, true); !arguments.empty())
        page += "\narguments\n" + arguments;
    page += "\noptions\n" + arguments_of(app, false);
    page += fmt::format("\nexamples\n{}\n", command.examples);
    page += "exit codes\n  0 done, 1 the operation failed, 2 wrong usage, 3 timed out\n";
    return page;
}

}  // namespace openbar::cli
