#include "demo/story.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace openbar::demo {

Story::Story(std::string_view heading) {
    fmt::print("\n{}\n", heading);
    std::fflush(stdout);
}

Story& Story::done(std::string_view name, std::string_view outcome, std::chrono::nanoseconds took) {
    fmt::print("  {:<12} {:<78} {:>8.2f} ms\n", name, outcome,
               std::chrono::duration<double, std::milli>(took).count());
    return *this;
}

Story& Story::step(std::string_view name, const std::function<Outcome()>& action) {
    if (failed_) return *this;
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = action();
    failed_ = !outcome;
    done(name, outcome.value_or("failed"), std::chrono::steady_clock::now() - start);
    if (!outcome) fmt::print(stderr, "\n{}\n", outcome.error().message());
    std::fflush(stdout);
    return *this;
}

std::string identity(const DeviceInfo& device) {
    return fmt::format("vendor {:04x}, device {:04x}, at {}", device.identity->vendor,
                       device.identity->device, device.address);
}

std::string way_of_access(const DeviceInfo& device, const Registers& registers) {
    if (registers.mapping() != nullptr) return "each access is one instruction";
    return device.backend == BackendKind::sim ? "each access is a call of the model"
                                              : "each access is a request to the kernel";
}

std::string binding(const DeviceInfo& device) {
    if (device.backend == BackendKind::sim)
        return "to nothing: the card is simulated, and this program's own";
    if (device.kernel_driver.empty()) return "to no driver: root reaches it through sysfs";
    return fmt::format("to {}, which hands it to one program", device.kernel_driver);
}

}  // namespace openbar::demo
