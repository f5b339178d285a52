#include "base/page.hpp"

#include <unistd.h>

namespace openbar {

std::uint64_t page_size() noexcept {
    static const auto size = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

}  // namespace openbar
