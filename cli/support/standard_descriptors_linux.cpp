#include "cli/support/standard_descriptors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace openbar::cli {

void occupy_closed_standard_descriptors() noexcept {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        // Input for writing only, output for reading only. The lowest free number is this one,
        // because those below are taken by now.
        const int refusing = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (::open("/dev/null", refusing) != descriptor) std::abort();
    }
}

}  // namespace openbar::cli
