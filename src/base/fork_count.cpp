#include "base/fork_count.hpp"

#ifndef _WIN32
#include <pthread.h>
#endif

namespace openbar {

std::atomic<unsigned> detail::forks = 0;

unsigned fork_count() noexcept {
#ifndef _WIN32
    static const bool counts = [] {
        ::pthread_atfork(nullptr, nullptr,
                         [] { detail::forks.fetch_add(1, std::memory_order_relaxed); });
        return true;
    }();
    static_cast<void>(counts);
#endif
    return forks_so_far();
}

}  // namespace openbar
