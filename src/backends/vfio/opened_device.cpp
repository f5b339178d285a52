#include "backends/vfio/opened_device.hpp"

#include "backends/vfio/iommufd.hpp"
#include "base/failure.hpp"
#include "base/system_root.hpp"

#include <unistd.h>

#include <cerrno>

namespace openbar::vfio {

Error refused_device(int error, std::string_view call, const PciFunction& function,
                     bool with_token) {
    const bool is_virtual = function.virtual_function.has_value();
    if (error == EACCES && with_token)
        return failure(ErrorCode::permission_denied, "VFIO refuses this VF token",
                       "use the token that the physical function was opened with");
    if (error == EACCES)
        return failure(ErrorCode::permission_denied,
                       is_virtual ? "its physical function is bound to vfio-pci, so it needs a "
                                    "VF token"
                                  : "a virtual function of it is in use, so it needs a VF token",
                       "give the token of the physical function (OpenOptions::vf_token, "
                       "--vf-token)");
    if (with_token && error == EINVAL)
        return failure(ErrorCode::unsupported, "it needs no VF token, and VFIO refuses one",
                       "open it without a token");
    if (with_token && error == ENODEV)
        return failure(ErrorCode::unsupported, "the kernel knows no VF tokens",
                       "use Linux 5.7 or later");
    return system_failure(error, std::string(call), "see dmesg for the reason of vfio-pci");
}

Result<OpenedDevice> open_device(const PciFunction& function, const std::optional<VfToken>& token) {
    const bool has_groups = ::access(system_path("/dev/vfio/vfio").c_str(), F_OK) == 0;
    if (!has_groups && device_node(function.address)) return open_by_iommufd(function, token);
    return open_by_group(function, token);
}

}  // namespace openbar::vfio
