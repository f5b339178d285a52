/// What the driver did against the kernel's rules, written down at once: a driver that breaks one
/// may not live to be asked.
///
///     complain("KeWaitForSingleObject", "called at IRQL", 2);
///
/// Into a file, a line each, because the last ones come when the driver is unloaded and nobody can
/// ask it any more.
#pragma once

#include <cstdint>

namespace openbar::hardware {

void complain(const char* routine, const char* what, long long number);
[[nodiscard]] std::uint32_t complaint_count();

/// A line that is no complaint: the checks at unload were made.
void note_unloaded();

}  // namespace openbar::hardware
