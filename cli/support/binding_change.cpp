#include "cli/support/binding_change.hpp"

#include "cli/support/json.hpp"
#include "cli/support/stop_request.hpp"

namespace openbar::cli {
namespace {

Json describe(const BindingChange& change, bool dry_run) {
    Json json;
    json["address"] = change.address.to_string();
    json["driver_before"] = change.driver_before;
    json["driver_after"] = change.driver_after;
    json["carried_out"] = !dry_run;
    json["steps"] = Json::array();
    for (const BindingStep& step : change.steps)
        json["steps"].push_back(
            {{"file", step.file}, {"text", step.text}, {"command", step.command()}});
    json["warnings"] = change.warnings;
    return json;
}

}  // namespace

void add_dry_run(CommandLine& line, bool& dry_run) {
    line.flag("--dry-run", dry_run, "print the steps as shell commands, and change nothing");
}

Result<ExitCode> apply(const BindingChange& change, bool dry_run, Console& console) {
    for (const std::string& warning : change.warnings)
        console.diagnostics.print("openbar: {}\n", warning);
    if (!dry_run) {
        const StopRequest not_in_the_middle;  // Ctrl-C waits until the steps are done or undone
        if (auto done = carry_out(change); !done) return std::move(done).error();
    }
    if (console.json)
        print_json(console.out, describe(change, dry_run));
    else if (dry_run)
        for (const BindingStep& step : change.steps) console.out.print("{}\n", step.command());
    if (change.steps.empty() && !console.json)
        console.diagnostics.print("{} is already bound as requested\n", change.address.to_string());
    return ExitCode::done;
}

}  // namespace openbar::cli
