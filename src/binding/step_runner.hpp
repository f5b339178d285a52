/// The seam between planned steps and the kernel, so that tests can put a kernel of their own in
/// its place and make each step fail.
#pragma once

#include "openbar/binding.hpp"

#include <functional>

namespace openbar::binding {

/// Does one step.
using StepRunner = std::function<Result<void>(const BindingStep&)>;
/// The driver that the function is bound to now.
using PresentDriver = std::function<std::string(const PciAddress&)>;

/// Runs the steps of `change` in order and checks the outcome; when one fails, undoes.
[[nodiscard]] Result<void> run_steps(const BindingChange& change, const StepRunner& run,
                                     const PresentDriver& present_driver);

}  // namespace openbar::binding
