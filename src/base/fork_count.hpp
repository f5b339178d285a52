/// How many forks lie between this process and the program's first: a child inherits what its
/// parent made, without the threads that work it.
///
///     const unsigned made_in_ = fork_count();
///     … if (fork_count() != made_in_) return;      // a child's copy
///
/// Unlike getpid() it costs no system call. A child that comes of a bare clone() is not counted.
#pragma once

#include <atomic>

namespace openbar {

namespace detail {
extern std::atomic<unsigned> forks;
}

/// Counts from the first call on.
[[nodiscard]] unsigned fork_count() noexcept;

/// The same once somebody has called `fork_count`.
[[nodiscard]] inline unsigned forks_so_far() noexcept {
    return detail::forks.load(std::memory_order_relaxed);
}

}  // namespace openbar
