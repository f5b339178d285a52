/// A command of the program, as the file that implements it describes it.
///
/// To add one, write `cli/frobnicate.cpp`:
///
///     namespace openbar::cli {
///     namespace {
///     struct Arguments { DeviceAddress device; };
///     Result<ExitCode> frobnicate(const Arguments& arguments, Console& console) {
///         …
///         console.out.print("{}\n", …);
///         return ExitCode::done;
///     }
///     Run declare(CommandLine& line) {
///         auto arguments = std::make_shared<Arguments>();
///         add_device(line, arguments->device);
///         return [=](Console& console) { return frobnicate(*arguments, console); };
///     }
///     }  // namespace
///     constexpr Command frobnicate_command{
///         .name = "frobnicate", .summary = "…", .usage = "DEVICE", .description = "…",
///         .examples = "…", .declare = declare};
///     }  // namespace openbar::cli
///
/// then name it in `commands.hpp`, in the table of `program.cpp` and in `CMakeLists.txt`. Help,
/// exit codes, the reporting of errors and a reader that goes away are taken care of there.
#pragma once

#include "openbar/result.hpp"

#include "cli/support/output.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace openbar::cli {

class CommandLine;

enum class ExitCode : int { done = 0, failed = 1, wrong_usage = 2, timed_out = 3 };

/// What the last step of a command gave, as the command's own result.
[[nodiscard]] inline Result<ExitCode> done_or_error(Result<void> result) {
    if (!result) return std::move(result).error();
    return ExitCode::done;
}

/// What a command speaks to.
struct Console {
    Output& out;          ///< results
    Output& diagnostics;  ///< warnings, hints and progress
    bool json = false;    ///< --json: results as JSON, for programs
};

/// Does the work, after the command line was understood. An error is reported by the caller;
/// `timed_out` ends with ExitCode::timed_out, everything else with ExitCode::failed.
using Run = std::function<Result<ExitCode>(Console&)>;

struct Command {
    std::string_view name;
    std::string_view summary;  ///< one line, in the list of commands
    std::string_view usage;    ///< what comes after the name: "DEVICE REGION OFFSET"; a line a form
    std::string_view description;  ///< paragraphs, laid out
    std::string_view examples;     ///< command lines, each with what it does, laid out
    bool json = false;             ///< takes --json
    /// Adds its arguments to `line` and returns what is run once they have been read.
    Run (*declare)(CommandLine& line) = nullptr;
};

}  // namespace openbar::cli
