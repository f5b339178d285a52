/// What Windows has given one device: its ranges, its interrupts, the administrator's choices, and
/// what its configuration space says. It changes only while nobody touches the hardware.
#pragma once

#include "driver/core/configuration.hpp"
#include "driver/core/device.hpp"
#include "driver/core/regions.hpp"

#include <cstdint>

namespace openbar::driver {

enum class Phase : std::uint8_t { stopped, started, stop_pending, remove_pending, gone };

/// Whether the device can be touched at all. Kept twice, where both locks can see it.
struct Standing {
    Phase phase = Phase::stopped;
    bool powered = false;

    /// removed, asleep or paused where the hardware must not be touched.
    [[nodiscard]] Status check() const {
        if (phase == Phase::gone) return Status::removed;
        if (phase == Phase::stopped || !powered) return Status::asleep;
        return phase == Phase::stop_pending ? Status::paused : Status::ok;
    }
};

struct Hardware {
    Standing standing{};
    Resources resources{};
    Settings settings{};
    Configuration configuration{};
    Region regions[OPENBAR_MAX_REGIONS]{};
    bool can_disable_intx = false;  ///< by the bit of PCI 2.3
    bool resets_by_express = false;
    bool resets_by_features = false;
    std::uint32_t vector_count = 0;

    [[nodiscard]] bool has_messages() const { return resources.message_interrupts != 0; }
    [[nodiscard]] bool can_reset() const {
        if (!configuration.readable || configuration.header_type != 0) return false;
        return resets_by_express || resets_by_features;
    }
};

}  // namespace openbar::driver
