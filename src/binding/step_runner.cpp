#include "binding/step_runner.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

namespace openbar {

std::string BindingStep::command() const {
    if (text.empty()) return "rm " + file;
    if (text == "\n") return fmt::format("echo > {}", file);
    if (text.find_first_of(" '\n") == std::string::npos)
        return fmt::format("echo {} > {}", text, file);
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return fmt::format("printf %s {}' > {}", quoted, file);
}

namespace binding {
namespace {

/// Takes back the first `count` steps; returns what could not be taken back.
std::string undo(const BindingChange& change, std::size_t count, const StepRunner& run) {
    std::string left;
    while (count-- > 0)
        if (auto undone = run(change.undo[count]); !undone)
            left += fmt::format("; could not undo by '{}' ({})", change.undo[count].command(),
                                undone.error().cause);
    return left.empty() ? "; everything is as it was before" : left;
}

}  // namespace

std::string describe(const BindingChange& change) {
    return change.driver_after.empty() ? describe_unbind(change.address)
                                       : describe_bind(change.address, change.driver_after);
}

std::string describe_bind(const PciAddress& address, std::string_view driver) {
    return fmt::format("bind {} to {}", address.to_string(), driver);
}

std::string describe_unbind(const PciAddress& address) {
    return fmt::format("unbind {}", address.to_string());
}

Result<void> run_steps(const BindingChange& change, const StepRunner& run,
                       const PresentDriver& present_driver) {
    for (std::size_t done = 0; done < change.steps.size(); ++done) {
        auto ran = run(change.steps[done]);
        if (ran) continue;
        Error error = std::move(ran).error();
        error.cause = fmt::format("'{}' failed: {}{}", change.steps[done].command(), error.cause,
                                  undo(change, done, run));
        return error;
    }
    if (change.steps.empty() || change.driver_after.empty()) return {};
    const std::string driver = present_driver(change.address);
    if (driver == change.driver_after) return {};
    return failure(
        ErrorCode::io,
        fmt::format("the kernel reported success, and yet the driver is {}{}",
                    driver.empty() ? "none" : driver, undo(change, change.steps.size(), run)),
        std::string(ask_the_kernel));
}

}  // namespace binding
}  // namespace openbar
