#include "dma/mapped_check.hpp"

#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace openbar::dma {
namespace {

#ifndef MADV_POPULATE_READ  // linux/mman.h since Linux 5.14
constexpr int MADV_POPULATE_READ = 22;
constexpr int MADV_POPULATE_WRITE = 23;
#endif

bool may(DeviceAccess access, DeviceAccess wanted) {
    return (static_cast<unsigned>(access) & static_cast<unsigned>(wanted)) != 0;
}

/// By the list of this process's mappings, whose addresses rise: proc(5).
Result<void> check_mappings(Range pages, DeviceAccess access) {
    std::ifstream maps("/proc/self/maps");
    std::uint64_t checked = pages.offset;
    for (std::string line; checked < pages.offset + pages.length && std::getline(maps, line);) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        char rights[5] = "";
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, rights) != 3)
            continue;
        if (end <= checked) continue;
        if (begin > checked) break;
        if (may(access, DeviceAccess::read) && rights[0] != 'r')
            return failure(ErrorCode::invalid_argument,
                           fmt::format("this process may not read the memory at {:#x}", checked),
                           "pass readable memory");
        if (may(access, DeviceAccess::write) && rights[1] != 'w')
            return failure(ErrorCode::invalid_argument,
                           fmt::format("this process may not write the memory at {:#x}", checked),
                           "pass writable memory, or use pin_read_only");
        checked = end;
    }
    if (checked >= pages.offset + pages.length) return {};
    return failure(ErrorCode::invalid_argument,
                   fmt::format("the memory at {:#x} is not mapped in this process", checked),
                   "pass a span of memory that is there");
}

}  // namespace

Result<void> require_access(std::span<const std::byte> memory, DeviceAccess access) {
    const auto first = reinterpret_cast<std::uintptr_t>(memory.data());
    const Range pages = pages_around({first, memory.size()});
    const int advice = may(access, DeviceAccess::write) ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
    // Memory without read access cannot have write access on the processors that openbar runs on.
    if (system_calls::madvise(reinterpret_cast<void*>(pages.offset), pages.length, advice) == 0)
        return {};
    // Older kernels do not know the advice, and the memory of other devices is not brought in.
    return check_mappings(pages, access);
}

}  // namespace openbar::dma
