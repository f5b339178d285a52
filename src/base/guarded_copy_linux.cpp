#include "base/guarded_copy.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace openbar {
namespace {

template <typename Call>
int by_kernel(Call call, std::span<std::byte> ours, std::span<std::byte> theirs) {
    while (!ours.empty()) {
        const iovec local{ours.data(), ours.size()};
        const iovec remote{theirs.data(), theirs.size()};
        const ssize_t done = call(::getpid(), &local, 1, &remote, 1, 0);
        if (done <= 0) return done == 0 ? EFAULT : errno;
        ours = ours.subspan(static_cast<std::size_t>(done));
        theirs = theirs.subspan(static_cast<std::size_t>(done));
    }
    return 0;
}

/// Kernels without the calls, and sandboxes that forbid them: the plain copy has to do.
bool not_to_be_had(int error) {
    return error == ENOSYS || error == EPERM;
}

}  // namespace

int guarded_read(std::span<std::byte> ours, std::span<std::byte> theirs) {
    const int error = by_kernel(::process_vm_readv, ours, theirs);
    if (!not_to_be_had(error)) return error;
    std::memcpy(ours.data(), theirs.data(), ours.size());
    return 0;
}

int guarded_write(std::span<std::byte> theirs, std::span<std::byte> ours) {
    const int error = by_kernel(::process_vm_writev, ours, theirs);
    if (!not_to_be_had(error)) return error;
    std::memcpy(theirs.data(), ours.data(), ours.size());
    return 0;
}

}  // namespace openbar
