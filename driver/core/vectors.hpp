/// One vector, in three parts: who has it, who waits for it, and what its interrupt routine does.
#pragma once

#include "driver/core/kernel.hpp"
#include "driver/core/waits.hpp"

#include <cstdint>

namespace openbar::driver {

/// Under Lock::tables.
struct VectorOwnership {
    bool owned = false;        ///< by an object of some handle
    bool silenced = false;     ///< by registers
    std::uint32_t region = 0;  ///< of these
};

/// Under Lock::waits.
struct VectorWaits {
    bool masked = false;  ///< by request; not by the interrupt routine
    std::uint64_t count = 0;
    std::uint64_t status = 0;  ///< gathered, not yet told to a wait
    Nanoseconds newest = 0;
    WaitList waits{};
};

/// Under Lock::interrupt.
struct VectorArrivals {
    bool enabled = false;
    std::uint32_t fresh = 0;  ///< interrupts since `drain` last looked
    std::uint64_t fresh_status = 0;
    Nanoseconds time = 0;
};

/// How the interrupt routine silences a level-triggered line.
struct Silence {
    bool by_registers = false;  ///< else by the PCI 2.3 bits
    bool by_status = false;     ///< write back what was read
    bool shuts_off = false;     ///< the last write is known
    bool port = false;
    std::uint8_t width = 4;
    void* status_address = nullptr;  ///< in the region's kernel view, or
    void* silence_address = nullptr;
    void* shut_off_address = nullptr;
    std::uint64_t status_port = 0;  ///< a port
    std::uint64_t silence_port = 0;
    std::uint64_t shut_off_port = 0;
    std::uint64_t status_mask = 0;
    std::uint64_t value = 0;
    std::uint64_t shut_off_value = 0;
};

/// What the interrupt routine works with. Under Lock::interrupt.
struct Line {
    bool reachable = false;  ///< the routine may touch the hardware
    bool messages = false;
    bool is_edge = false;
    bool can_disable = false;  ///< by the bit of PCI 2.3
    bool readable = false;     ///< the configuration space
    bool wanted = false;       ///< its owner waits for it, and it has not fired since
    bool quiet = false;        ///< not now: the device goes to sleep or wakes up
    Silence silence{};
    std::uint32_t rounds = 0;    ///< calls of the routine since a deferred call ran
    std::uint32_t unserved = 0;  ///< since its owner asked for anything
    Nanoseconds last_storm = 0;  ///< 0: none
    Nanoseconds armed_from = 0;  ///< not before: too many storms
    std::uint32_t foreign = 0;   ///< calls in which it was not this device
    std::uint32_t count = 0;
    VectorArrivals* vectors = nullptr;
};

/// What of the vectors waits. Under Lock::waits.
struct Waiting {
    std::uint32_t count = 0;
    VectorWaits* vectors = nullptr;
};

}  // namespace openbar::driver
