/// A story told step by step: what is done, what came of it, and how long it took.
#pragma once

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

    /// Prints a step that has been done, and took so long.
    Story& done(std::string_view name, std::string_view outcome, std::chrono::nanoseconds took);
    /// Does one step and prints it. After a step that failed, the later ones are not done.
    Story& step(std::string_view name, const std::function<Outcome()>& action);
    [[nodiscard]] bool succeeded() const noexcept { return !failed_; }

private:
    bool failed_ = false;
};

/// A card, and how long it took to open it.
struct OpenedCard {
    Device device;
    std::chrono::nanoseconds took;
};
/// "vendor 1234, device 11e8, at sim:edu"
[[nodiscard]] std::string identity(const DeviceInfo& device);
/// "each access is one instruction", or how else the accesses of these registers travel.
[[nodiscard]] std::string way_of_access(const DeviceInfo& device, const Registers& registers);
/// "to vfio-pci, …", or that a simulated card is bound to nothing.
[[nodiscard]] std::string binding(const DeviceInfo& device);

/// The two stories; each works its card and lets it go. False where a step failed.
[[nodiscard]] bool tell_edu(OpenedCard card);
[[nodiscard]] bool tell_ethernet(OpenedCard card);

}  // namespace openbar::demo
