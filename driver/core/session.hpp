/// One open handle: who owns it, and what it owns.
///
/// Everything here is under Lock::tables, but where a comment says otherwise.
#pragma once

#include "driver/core/kernel.hpp"
#include "driver/core/object_table.hpp"

#include <atomic>
#include <cstdint>

namespace openbar::driver {

struct Session {
    Process owner = nullptr;  ///< referenced; does not change
    Session* next = nullptr;
    ObjectTable objects{};
    /// The last handle is closed or the owner is ending: no request is served any more. Read
    /// without the lock where a request only touches registers.
    std::atomic<bool> closed{false};
    bool awake = true;     ///< keeps the device in D0
    bool claimed = false;  ///< by a request for it, not only by what it owns
    bool bus_master = false;
    std::uint32_t waits = 0;  ///< under Lock::waits
};

}  // namespace openbar::driver
