/// A story told step by step: what is done, what came of it, and how long it took.
#pragma once

#include "openbar/any_registers.hpp"
#include "openbar/openbar.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace openbar::demo {

/// What a step says happened, or why it could not.
using Outcome = Result<std::string>;

class Story {
public:
    /// Prints the heading.
    explicit Story(std::string_view heading);

    /// Does one step and prints it. After a step that failed, the later ones are not done.
    Story& step(std::string_view name, const std::function<Outcome()>& action);
    [[nodiscard]] bool succeeded() const noexcept { return !failed_; }

private:
    bool failed_ = false;
};

/// "each access is one instruction", or how else the accesses of these registers travel.
[[nodiscard]] std::string way_of_access(const DeviceInfo& device, const AnyRegisters& registers);
/// "to vfio-pci, …", or that a simulated card is bound to nothing.
[[nodiscard]] std::string binding(const DeviceInfo& device);
/// Mapped where that can be, else mediated.
[[nodiscard]] Result<AnyRegisters> registers_of(const Device& device, RegionIndex bar);

/// The two stories; each works its card and lets it go. False where a step failed.
[[nodiscard]] bool tell_edu(Device device);
[[nodiscard]] bool tell_ethernet(Device device);

}  // namespace openbar::demo
