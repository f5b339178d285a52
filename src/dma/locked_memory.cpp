#include "dma/locked_memory.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

namespace openbar::dma {

Error locked_memory_failure(std::uint64_t size) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return failure(ErrorCode::resource_exhausted,
                       fmt::format("the system has no {:#x} bytes of memory to lock", size),
                       "ask for less, or free memory");
    return failure(
        ErrorCode::resource_exhausted,
        fmt::format("with these {:#x} bytes the program would lock more than the {:#x} that it "
                    "may (RLIMIT_MEMLOCK), or the system has no memory left",
                    size, limit.rlim_cur),
        "raise the limit: ulimit -l unlimited as root, a line \"USER - memlock unlimited\" in "
        "/etc/security/limits.conf, or LimitMEMLOCK=infinity of the service");
}

}  // namespace openbar::dma
