#include "openbar/diagnosis.hpp"

#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/json.hpp"
#include "cli/support/own_name.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace openbar::cli {
namespace {

struct DoctorArguments {
    std::optional<DeviceAddress> device;
};

std::string_view severity_word(Severity severity) {
    switch (severity) {
        case Severity::good: return "ok";
        case Severity::note: return "note";
        case Severity::warning: return "warning";
        case Severity::problem: return "problem";
    }
    return "";
}

Color color_of(Severity severity) {
    switch (severity) {
        case Severity::good: return Color::green;
        case Severity::note: return Color::cyan;
        case Severity::warning: return Color::yellow;
        case Severity::problem: return Color::red;
    }
    return Color::red;
}

void print(std::string_view title, const std::vector<Finding>& findings, Output& out) {
    out.print("{}\n", out.colored(Color::bold, title));
    for (const Finding& finding : findings) {
        const std::string word = fmt::format("{:<8}", severity_word(finding.severity));
        out.print("  {} {}: {}\n", out.colored(color_of(finding.severity), word), finding.subject,
                  finding.text);
        if (!finding.hint.empty()) out.print("           hint: {}\n", typeable(finding.hint));
    }
}

Json findings_json(const std::vector<Finding>& findings) {
    Json json = Json::array();
    for (const Finding& finding : findings)
        json.push_back({{"severity", severity_word(finding.severity)},
                        {"subject", finding.subject},
                        {"text", finding.text},
                        {"hint", typeable(finding.hint)}});
    return json;
}

Result<ExitCode> doctor(const DoctorArguments& arguments, Console& console) {
    const std::vector<Finding> machine = examine_machine();
    std::vector<Finding> device;
    if (arguments.device) device = examine_device(*arguments.device);

    if (console.json) {
        Json json{{"machine", findings_json(machine)}};
        if (arguments.device) {
            json["device"]["address"] = arguments.device->to_string();
            json["device"]["findings"] = findings_json(device);
        }
        print_json(console.out, json);
    } else {
        print("this machine", machine, console.out);
        if (arguments.device) print(arguments.device->to_string(), device, console.out);
    }
    const bool obstructed =
        std::ranges::find(device, Severity::problem, &Finding::severity) != device.end();
    return obstructed ? ExitCode::failed : ExitCode::done;
}

Run declare_doctor(CommandLine& line) {
    auto arguments = std::make_shared<DoctorArguments>();
    line.optional("DEVICE", "a device to examine, too", [arguments](const std::string& text) {
        arguments->device = value_or_throw("DEVICE", DeviceAddress::parse(text));
    });
    return [arguments](Console& console) { return doctor(*arguments, console); };
}

}  // namespace

constexpr Command doctor_command{
    .name = "doctor",
    .summary = "problems on this machine, and how to fix them",
    .usage = "[DEVICE] [--json]",
    .description =
        R"(Examines the machine: the user, sysfs, the IOMMU, the drivers of VFIO and UIO and their
nodes, the limit of locked memory, the kernel's lockdown, /dev/mem. With DEVICE, also examines that
device: its driver, its IOMMU group, the permissions of its nodes, its power state, its uses. At
last it opens the device, without an access to a register.

Each finding is ok, a note (one of several ways is not available), a warning, or a problem (it
prevents the use), with a hint how to fix it. The exit code is 1 if a problem prevents the use of
DEVICE.
)",
    .examples = R"(  openbar doctor
  openbar doctor 03:00.0
  openbar doctor 03:00.0 --json
)",
    .json = true,
    .declare = declare_doctor};

}  // namespace openbar::cli
