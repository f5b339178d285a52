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

/// A kernel address from here on says which physical byte it shows.
inline constexpr std::uint64_t kernel_base = 0xffff'8000'0000'0000;

}  // namespace openbar::driver::test
