#include "cli/ioctl/send.hpp"

#include <fmt/format.h>

namespace openbar::cli {

Result<ControlAnswer> send_control(ControlRequest request) {
    return Error{ErrorCode::unsupported,
                 fmt::format("send {:#010x} to {}", request.code, request.path),
                 "control codes are Windows': this system has no DeviceIoControl",
                 "run openbar.exe on Windows; decode and encode work everywhere"};
}

}  // namespace openbar::cli
