#include "openbar/described_registers.hpp"

#include "base/failure.hpp"
#include "cli/commands.hpp"
#include "cli/support/card_argument.hpp"
#include "cli/support/register_list.hpp"
#include "cli/support/text.hpp"

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace openbar::cli {
namespace {

struct RegistersArguments {
    std::string card;
    std::vector<std::string> names{};
    std::string search{};
    bool check = false;
    bool only_names = false;
};

Json problem_json(const description::Problem& problem) {
    return {{"kind", to_string(problem.kind)},
            {"error", problem.error},
            {"file", problem.location.file},
            {"line", problem.location.line},
            {"text", problem.text},
            {"hint", problem.hint}};
}

Result<ExitCode> check_card(const Description& card, Console& console) {
    std::size_t errors = 0;
    const auto problems = card.check();
    Json list = Json::array();
    for (const description::Problem& problem : problems) {
        if (problem.error) ++errors;
        if (console.json) {
            list.push_back(problem_json(problem));
            continue;
        }
        std::ostringstream text;
        text << problem;
        console.out.print("{}\n", with_controls_shown(text.str()));
    }
    if (console.json) print_json(console.out, list);
    const auto counts = card.counts();
    if (!console.json)
        console.out.print(
            "{}: {} blocks, {} registers, {} fields, {} values; {} errors, {} warnings\n",
            to_string(card.format()), counts.blocks, counts.registers, counts.fields, counts.values,
            errors, problems.size() - errors);
    return errors == 0 ? ExitCode::done : ExitCode::failed;
}

/// For the shell's completion: the names of registers and fields, one a line.
void print_names(const Description& card, Output& out) {
    card.for_each_register([&](const description::Place& place) {
        out.print("{}\n", with_controls_shown(place.name()));
        for (const description::Field field : place.description().fields())
            out.print("{}.{}\n", with_controls_shown(place.name()),
                      with_controls_shown(field.name()));
        return !out.closed();
    });
}

/// Registers by names and patterns.
Result<ExitCode> explain(const Description& card, const std::vector<std::string>& names,
                         Console& console) {
    std::vector<description::Place> places;
    for (const std::string& name : names) {
        OPENBAR_TRY(named, description::find_named(card, name));
        places.insert(places.end(), named.places.begin(), named.places.end());
    }
    if (console.json) {
        Json list = Json::array();
        for (const description::Place& place : places) list.push_back(register_json(place));
        print_json(console.out, list);
    } else if (places.size() == 1) {
        print_register(places.front(), console.out);
    } else {
        print_register_list(card, {.places = &places}, console.out);
    }
    return ExitCode::done;
}

Result<ExitCode> registers(const RegistersArguments& arguments, Console& console) {
    OPENBAR_TRY(card, read_card(arguments.card));
    if (arguments.check) return check_card(card, console);
    if (!arguments.names.empty()) return explain(card, arguments.names, console);
    if (arguments.only_names)
        print_names(card, console.out);
    else if (console.json)
        print_json(console.out, register_list_json(card, {.search = arguments.search}));
    else
        print_register_list(card, {.search = arguments.search}, console.out);
    return ExitCode::done;
}

Run declare_registers(CommandLine& line) {
    auto arguments = std::make_shared<RegistersArguments>();
    add_card(line, arguments->card);
    line.words("NAME", "registers, or patterns such as 'RX[3].*'",
               [arguments](const std::vector<std::string>& given) { arguments->names = given; });
    line.option("--search", "TEXT", "list registers with this text in name, fields or description",
                [arguments](const std::string& word) { arguments->search = word; });
    line.flag("--check", arguments->check, "list the mistakes of the description");
    line.flag("--names", arguments->only_names, "print only the names, of fields as well");
    line.check([arguments] {
        const int ways = (arguments->names.empty() ? 0 : 1) + (arguments->search.empty() ? 0 : 1) +
                         (arguments->check ? 1 : 0) + (arguments->only_names ? 1 : 0);
        if (ways > 1)
            throw WrongUsage("CARD", "NAME, --search, --check and --names do not go together");
    });
    return [arguments](Console& console) { return registers(*arguments, console); };
}

}  // namespace

constexpr Command registers_command{
    .name = "registers",
    .summary = "list, search, explain and check described registers",
    .usage =
        "CARD [NAME...] [--json]\n"
        "       openbar registers CARD [--search TEXT | --names] [--json]\n"
        "       openbar registers --check CARD [--json]",
    .description =
        R"(Reads a description and lists its registers; with one NAME explains that register as a data
sheet does, with a picture of its bits. CARD is a description file, PCI ids, the name of a card that
comes with openbar or lies in a configuration folder, or a device. No register is accessed.

--check lists overlaps, fields outside of their register, array elements larger than their stride,
enumerated values that do not fit, and duplicate names, each with file and line. The exit code is 1
if one of them is an error.
)",
    .examples = R"(  openbar registers edu                        all registers of a card
  openbar registers edu STATUS                 one of them, explained
  openbar registers 00:05.0 --search checksum  of a device's card
  openbar registers --check card.svd
)",
    .json = true,
    .declare = declare_registers};

}  // namespace openbar::cli
