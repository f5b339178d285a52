/// The seam between planned steps and the kernel, so that tests can put a stand-in kernel in
/// its place and make each step fail.
#pragma once

#include "openbar/binding.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace openbar::binding {

/// Does one step.
using StepRunner = std::function<Result<void>(const BindingStep&)>;
/// The driver that the function is bound to now.
using PresentDriver = std::function<std::string(const PciAddress&)>;

/// The hint where only the kernel's log knows more.
constexpr std::string_view ask_the_kernel = "sudo dmesg | tail may say why";

/// What is attempted, in the words of an error: "bind 0000:03:00.0 to vfio-pci".
[[nodiscard]] std::string describe(const BindingChange& change);
[[nodiscard]] std::string describe_bind(const PciAddress& address, std::string_view driver);
[[nodiscard]] std::string describe_unbind(const PciAddress& address);

/// Runs the steps of `change` in order and checks the outcome; when one fails, undoes.
[[nodiscard]] Result<void> run_steps(const BindingChange& change, const StepRunner& run,
                                     const PresentDriver& present_driver);

}  // namespace openbar::binding
