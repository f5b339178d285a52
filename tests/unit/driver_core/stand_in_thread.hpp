/// What the stand-in kernel knows of the thread that calls it.
#pragma once

#include "stand_in_kernel.hpp"

#include <cstdint>
#include <vector>

namespace openbar::driver::test {

inline thread_local StandInProcess* current = nullptr;
inline thread_local std::vector<Lock> held;
/// Where the interrupt routine that runs on this thread puts the deferred calls it asks for.
inline thread_local std::vector<std::uint32_t>* deferred_here = nullptr;
/// Asked for while this thread was too busy to run them.
inline thread_local std::vector<std::uint32_t> deferred_later;
inline thread_local bool in_routine = false;

/// What this thread does for a process or the system that must not wait long. Of a process that
/// owns nothing: that must not wait at all.
enum class Urgency : std::uint8_t { none, exit_of_owner, exit_of_stranger, power };
inline thread_local Urgency urgency = Urgency::none;

class Urgent {
public:
    explicit Urgent(Urgency kind) : before_(urgency) { urgency = kind; }
    ~Urgent() { urgency = before_; }
    Urgent(const Urgent&) = delete;
    Urgent& operator=(const Urgent&) = delete;

private:
    Urgency before_;
};

[[nodiscard]] inline bool holds(Lock lock) {
    for (Lock other : held)
        if (other == lock) return true;
    return false;
}

[[nodiscard]] inline bool holds_spin_lock() {
    return holds(Lock::owners) || holds(Lock::waits) || holds(Lock::interrupt);
}

/// A kernel address from here on says which physical byte it shows.
inline constexpr std::uint64_t kernel_base = 0xffff'8000'0000'0000;

}  // namespace openbar::driver::test
