#include "backends/device_lock.hpp"

#include "backends/sysfs/attribute.hpp"
#include "base/failure.hpp"
#include "base/system_root.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <fstream>
#include <sstream>

namespace openbar {
namespace {

/// "process 1234 (ncat)", from /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 00:17:5678 0 EOF".
std::string holder_of(int descriptor) {
    struct stat file {};
    if (::fstat(descriptor, &file) != 0) return "another program";
    const std::string key =
        fmt::format("{:02x}:{:02x}:{}", major(file.st_dev), minor(file.st_dev), file.st_ino);
    std::ifstream locks(system_path("/proc/locks"));
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number, kind, advisory, access, process, inode;
        words >> number >> kind >> advisory >> access >> process >> inode;
        if (kind != "FLOCK" || inode != key) continue;
        const auto name =
            sysfs::read_text(fmt::format("{}/{}/comm", system_path("/proc"), process));
        return fmt::format("process {} ({})", process, name.value_or("gone"));
    }
    return "another program";
}

}  // namespace

Result<void> lock_device(int descriptor) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return {};
    const int error = errno;
    if (error != EWOULDBLOCK) return system_failure(error, "flock");
    return failure(ErrorCode::busy, fmt::format("{} has it open", holder_of(descriptor)),
                   "end that program, or open the device shared (OpenOptions::shared, --shared)");
}

}  // namespace openbar
