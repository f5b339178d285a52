#include "cli/program.hpp"

#include "cli/commands.hpp"
#include "cli/support/command_line.hpp"
#include "cli/support/help_page.hpp"
#include "cli/support/own_name.hpp"
#include "cli/support/suggestion.hpp"
#include "cli/support/text.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <vector>

namespace openbar::cli {
namespace {

constexpr std::array commands{
    &list_command,   &info_command,      &read_command,      &write_command,
    &dump_command,   &wait_command,      &registers_command, &generate_command,
    &config_command, &irq_command,       &dma_command,       &bind_command,
    &unbind_command, &doctor_command,    &inf_command,       &ioctl_command,
#ifndef _WIN32
#ifndef OPENBAR_WITHOUT_SIMULATOR
    &sim_command,
#endif
    &tree_command,   &translate_command,  // device trees and the kernel's page map
#endif
};

const Command* find_command(std::string_view name) {
    const auto found = std::ranges::find(commands, name, &Command::name);
    return found == commands.end() ? nullptr : *found;
}

ExitCode unknown_command(std::string_view name, Output& diagnostics) {
    std::vector<std::string_view> names;
    for (const Command* command : commands) names.push_back(command->name);
    diagnostics.print("openbar: there is no command '{}'{}\n  openbar --help lists the commands\n",
                      with_controls_shown(name), did_you_mean(name, names));
    return ExitCode::wrong_usage;
}

/// The option that `error` complains about may be a misspelt one.
std::string similar_option(const CLI::App& app, std::span<const std::string> arguments) {
    std::vector<std::string> known;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    const std::vector<std::string_view> views(known.begin(), known.end());
    for (const std::string& argument : arguments) {
        const std::string name = argument.substr(0, argument.find('='));
        if (name.starts_with("--") && std::ranges::find(known, name) == known.end())
            return did_you_mean(name, views);
    }
    return {};
}

ExitCode report(const Error& error, Output& diagnostics) {
    diagnostics.print("{} {}\n", diagnostics.colored(Color::red, "openbar:"),
                      with_controls_shown(typeable(error.message())));
    return error.code == ErrorCode::timed_out ? ExitCode::timed_out : ExitCode::failed;
}

ExitCode wrong_usage(const Command& command, std::string_view words, Output& diagnostics) {
    diagnostics.print("openbar {}: {}\n{}", command.name, with_controls_shown(words),
                      usage_of(command));
    return ExitCode::wrong_usage;
}

/// An exception that nobody catches would end the program before destructors run.
Result<ExitCode> run_with_nothing_thrown(const Command& command, const Run& run, Console& console) {
    const std::string attempted = fmt::format("run openbar {}", command.name);
    try {
        return run(console);
    } catch (const WrongUsage& error) {  // what only the device could show
        return wrong_usage(command, error.what(), console.diagnostics);
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::resource_exhausted, attempted, "not enough memory"};
    } catch (const std::exception& error) {
        return Error{ErrorCode::io, attempted, error.what()};
    }
}

/// CLI11's messages mention C++ types.
std::string mismatch_text(std::string_view words, std::span<const std::string> arguments) {
    const std::string_view name = words.substr(0, words.find(':'));
    const auto times = std::ranges::count_if(arguments, [&](std::string_view argument) {
        return argument.substr(0, argument.find('=')) == name;
    });
    if (times > 1) return fmt::format("{}: given {} times\n  hint: give it once", name, times);
    return fmt::format("{}: too few values follow it", name);
}

ExitCode run_command(const Command& command, std::span<const std::string> arguments, Output& out,
                     Output& diagnostics) {
    CLI::App app;
    app.allow_windows_style_options(false);
    app.set_help_flag("-h,--help", "this text");
    Console console{out, diagnostics};
    if (command.json) app.add_flag("--json", console.json, "print JSON, for programs");
    CommandLine line(app, console.json);
    const Run run = command.declare(line);
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
        out.write(help_of_command(command, app));
        return ExitCode::done;
    } catch (const CLI::ExtrasError& error) {
        diagnostics.print("openbar {}: {}{}\n  openbar {} --help lists the options\n", command.name,
                          with_controls_shown(error.what()), similar_option(app, arguments),
                          command.name);
        return ExitCode::wrong_usage;
    } catch (const CLI::ArgumentMismatch& error) {
        return wrong_usage(command, mismatch_text(error.what(), arguments), diagnostics);
    } catch (const std::runtime_error& error) {  // CLI11's own, and WrongUsage
        return wrong_usage(command, error.what(), diagnostics);
    }
    const Result<ExitCode> result = run_with_nothing_thrown(command, run, console);
    return result ? *result : report(result.error(), diagnostics);
}

ExitCode too_many(std::string_view word, std::string_view rule, Output& diagnostics) {
    diagnostics.print("openbar: '{}' is too much: {}\n", with_controls_shown(word), rule);
    return ExitCode::wrong_usage;
}

ExitCode help(std::span<const std::string> topics, Output& out, Output& diagnostics) {
    constexpr std::array<std::string_view, 4> of_the_program{"help", "--help", "-h", "--version"};
    if (topics.empty() ||
        std::ranges::find(of_the_program, topics.front()) != of_the_program.end()) {
        out.write(help_of_program(commands));
        return ExitCode::done;
    }
    if (topics.size() > 1)
        return too_many(topics[1], "openbar help takes one command", diagnostics);
    const Command* command = find_command(topics.front());
    if (command == nullptr) return unknown_command(topics.front(), diagnostics);
    const std::array<std::string, 1> wants_help{"--help"};
    return run_command(*command, wants_help, out, diagnostics);
}

ExitCode dispatch(std::span<const std::string> arguments, Output& out, Output& diagnostics) {
    if (arguments.empty()) {
        diagnostics.write(help_of_program(commands));
        return ExitCode::wrong_usage;
    }
    const std::string& first = arguments.front();
    const auto rest = arguments.subspan(1);
    if (first == "help" || first == "--help" || first == "-h") return help(rest, out, diagnostics);
    if (first == "--version" && !rest.empty())
        return too_many(rest.front(), "--version takes nothing behind it", diagnostics);
    if (first == "--version") {
        out.write("openbar " OPENBAR_VERSION "\n");
        return ExitCode::done;
    }
    const Command* command = find_command(first);
    return command != nullptr ? run_command(*command, rest, out, diagnostics)
                              : unknown_command(first, diagnostics);
}

}  // namespace

ExitCode run_program(std::span<const std::string> arguments, Output& out, Output& diagnostics) {
    const ExitCode code = dispatch(arguments, out, diagnostics);
    const Result<void> flushed = out.flush();
    static_cast<void>(diagnostics.flush());
    if (!flushed && code == ExitCode::done) return report(flushed.error(), diagnostics);
    return code;
}

}  // namespace openbar::cli
