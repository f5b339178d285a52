#include "openbar/generate.hpp"

#include "cli/commands.hpp"
#include "cli/support/card_argument.hpp"
#include "cli/support/output_file.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace openbar::cli {
namespace {

struct GenerateArguments {
    Generated what = Generated::cpp;
    std::string card;
    std::string output{};
    GenerateOptions options{};
};

Result<ExitCode> generate(const GenerateArguments& arguments, Console& console) {
    OPENBAR_TRY(card, read_card(arguments.card));
    OPENBAR_TRY(text, openbar::generate(card, arguments.what, arguments.options));
    if (arguments.output.empty()) {
        console.out.use_binary_mode();
        console.out.write(text);
        return ExitCode::done;
    }
    OPENBAR_TRY(file, OutputFile::create(arguments.output));
    OPENBAR_TRY(written, file.write(text));
    return done_or_error(file.commit());
}

Generated parse_language(const std::string& word) {
    if (const auto what = generated_named(word)) return *what;
    throw WrongUsage("LANGUAGE", fmt::format("'{}' is unknown\n  hint: use c++, c, svd, markdown "
                                             "or html",
                                             word));
}

description::Problem::Kind parse_problem(const std::string& word) {
    using Kind = description::Problem::Kind;
    std::string known;
    for (const Kind kind : {Kind::malformed, Kind::unresolved, Kind::overlap, Kind::outside,
                            Kind::stride, Kind::enumeration, Kind::duplicate, Kind::doubtful}) {
        if (word == to_string(kind)) return kind;
        known += (known.empty() ? "" : ", ") + std::string(to_string(kind));
    }
    throw WrongUsage("--ignore",
                     fmt::format("'{}' is no kind of mistake\n  hint: use {}", word, known));
}

Run declare_generate(CommandLine& line) {
    auto arguments = std::make_shared<GenerateArguments>();
    line.required("LANGUAGE", "c++, c, svd, markdown or html",
                  [arguments](const std::string& word) { arguments->what = parse_language(word); });
    add_card(line, arguments->card);
    line.option("--name", "NAME",
                "the C++ namespace, or the prefix of names in C (the card's name)",
                [arguments](const std::string& word) { arguments->options.name = word; });
    line.option(
        "--ignore", "KIND,…", "generate although there are mistakes of these kinds",
        [arguments](const std::string& word) {
            for (std::size_t at = 0; at <= word.size();) {
                const std::size_t end = std::min(word.find(',', at), word.size());
                arguments->options.ignore.push_back(parse_problem(word.substr(at, end - at)));
                at = end + 1;
            }
        });
    line.option("--output", "FILE", "write to this file",
                [arguments](const std::string& word) { arguments->output = word; });
    return [arguments](Console& console) { return generate(*arguments, console); };
}

}  // namespace

constexpr Command generate_command{
    .name = "generate",
    .summary = "C++, C, SVD or a reference page from described registers",
    .usage = "c++|c|svd|markdown|html CARD [--name NAME] [--ignore KIND,…] [--output FILE]",
    .description =
        R"(Prints a C++ header with openbar's register types; a C header with macros and inline
functions; the description as CMSIS-SVD; or a reference page in Markdown or HTML. The same
description gives the same text. Offsets count from the start of the region, whose address the
program learns when it runs.

A description with mistakes is refused; 'openbar registers --check' lists them, with the kinds that
--ignore takes. Names that are no valid names, that are keywords, or that occur twice are changed;
docs/register-descriptions.md has the rules.
)",
    .examples = R"(  openbar generate c++ edu --output edu.hpp
  openbar generate html 8086:100e --output 82540em.html
  openbar generate c card.svd --ignore overlap,duplicate
)",
    .declare = declare_generate};

}  // namespace openbar::cli
