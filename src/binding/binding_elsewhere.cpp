// Where the system itself decides which driver a device has, by its installed INF files.
#include "openbar/binding.hpp"

#include "base/failure.hpp"
#include "binding/step_runner.hpp"

namespace openbar {
namespace {

Error not_here() {
    return failure(ErrorCode::unsupported,
                   "on Windows a device's driver is chosen by the installed INF files",
                   "install one for the device: openbar inf, docs/windows.md");
}

}  // namespace

std::vector<DeviceUse> uses_of(const PciAddress&) {
    return {};
}

Result<BindingChange> plan_bind(const PciAddress& address, std::string_view driver, Lasting) {
    return Result<BindingChange>(not_here()).attempting([&] {
        return binding::describe_bind(address, driver);
    });
}

Result<BindingChange> plan_unbind(const PciAddress& address, AfterUnbind, Lasting) {
    return Result<BindingChange>(not_here()).attempting([&] {
        return binding::describe_unbind(address);
    });
}

Result<void> carry_out(const BindingChange& change) {
    return Result<void>(not_here()).attempting([&] { return binding::describe(change); });
}

}  // namespace openbar
