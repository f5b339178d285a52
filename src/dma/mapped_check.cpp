#include "dma/mapped_check.hpp"

#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace openbar::dma {

// mincore(2) fails with ENOMEM where a page of the range is not mapped; what else it reports, which
// pages are in memory, does not matter here.
Result<void> require_mapped(std::span<const std::byte> memory) {
    std::array<unsigned char, 4096> in_core;
    const auto first = reinterpret_cast<std::uintptr_t>(memory.data());
    const Range pages = pages_around({first, memory.size()});
    const std::uint64_t most = in_core.size() * page_size();
    for (std::uint64_t done = 0; done < pages.length; done += most) {
        const std::uint64_t length = std::min(most, pages.length - done);
        if (system_calls::mincore(reinterpret_cast<void*>(pages.offset + done), length,
                                  in_core.data()) == 0)
            continue;
        if (errno != ENOMEM) return system_failure(errno, "mincore");
        return failure(ErrorCode::invalid_argument,
                       "part of the memory is not mapped in this process",
                       "pass a span of memory that is there");
    }
    return {};
}

}  // namespace openbar::dma
