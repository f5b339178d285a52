#include "base/page.hpp"

#include <windows.h>

namespace openbar {

std::uint64_t page_size() noexcept {
    static const std::uint64_t size = [] {
        SYSTEM_INFO system{};
        GetSystemInfo(&system);
        return std::uint64_t{system.dwPageSize};
    }();
    return size;
}

}  // namespace openbar
