/// One open handle: who owns it, and what it owns.
#pragma once

#include "driver/core/locks.hpp"
#include "driver/core/object_table.hpp"

#include <atomic>
#include <cstdint>

namespace openbar::driver {

struct Session {
    Process owner = nullptr;     ///< referenced; does not change
    bool administrator = false;  ///< whoever opened it was one; does not change
    Session* next OPENBAR_GUARDED(tables) = nullptr;
    Session* next_owner OPENBAR_GUARDED(owners) = nullptr;
    bool owner_lives OPENBAR_GUARDED(tables) = false;  ///< and is in the list of owners
    ObjectTable objects OPENBAR_GUARDED(tables){};
    /// The last handle is closed or the owner is ending: no request is served any more. Set under
    /// Lock::tables, and read without it where a request only touches registers.
    std::atomic<bool> closed{false};
    bool awake OPENBAR_GUARDED(tables) = true;  ///< keeps the device in D0
    /// By a request for it, not only by what it owns.
    bool claimed OPENBAR_GUARDED(tables) = false;
    bool bus_master OPENBAR_GUARDED(tables) = false;
    std::uint32_t waits OPENBAR_GUARDED(waits) = 0;
};

}  // namespace openbar::driver
