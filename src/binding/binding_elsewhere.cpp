// Where the system itself decides which driver a device has, by its installed INF files.
#include "openbar/binding.hpp"

#include "base/failure.hpp"

namespace openbar {
namespace {

Error not_here(const PciAddress& address) {
    return failure(ErrorCode::unsupported, "change the driver of " + address.to_string(),
                   "on Windows a device's driver is chosen by the installed INF files",
                   "install one for the device: openbar inf, docs/windows.md");
}

}  // namespace

std::vector<DeviceUse> uses_of(const PciAddress&) {
    return {};
}

Result<BindingChange> plan_bind(const PciAddress& address, std::string_view) {
    return not_here(address);
}

Result<BindingChange> plan_unbind(const PciAddress& address, AfterUnbind) {
    return not_here(address);
}

Result<void> carry_out(const BindingChange& change) {
    return not_here(change.address);
}

}  // namespace openbar
