/// One access to a region after another, for whoever holds Lock::hardware_shared.
///
///     Access access(state);
///     if (Status status = access.prepare(region); status != Status::ok) return status;
///     Status status = access.read(region, offset, width, value);
///
/// Offsets and widths have been checked before (`check_access`). A region too large to stay mapped
/// is looked at through a window, which is gone with the Access.
#pragma once

#include "driver/core/state.hpp"

#include <cstdint>

namespace openbar::driver {

/// Whether one access, or with `length` > `width` a row of them, may be made. not_found, range,
/// alignment, unsupported (a width that this kernel or region has not), protected_bytes, asleep.
[[nodiscard]] Status check_access(Device::State& state, std::uint32_t region, std::uint64_t offset,
                                  unsigned width, std::uint64_t length, bool writing);

/// removed, asleep or paused where the hardware must not be touched. Under hardware_shared.
[[nodiscard]] Status check_reachable(const Device::State& state);

class Access {
public:
    explicit Access(Device::State& state) : state_(state) {}
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;
    ~Access() { close_window(); }

    /// Has the region's kernel view made, if it is to stay. no_memory.
    [[nodiscard]] Status prepare(Region& region);
    /// no_memory (the window), device (the bus did not do a configuration access).
    [[nodiscard]] Status read(const Region& region, std::uint64_t offset, unsigned width,
                              std::uint64_t& value);
    [[nodiscard]] Status write(const Region& region, std::uint64_t offset, unsigned width,
                               std::uint64_t value);

private:
    [[nodiscard]] Status locate(const Region& region, std::uint64_t offset, void*& address);
    void close_window();

    Device::State& state_;
    /// A bit for each region that has its view: it stays as long as hardware_shared is held.
    std::uint32_t prepared_ = 0;
    const Region* window_region_ = nullptr;
    std::uint64_t window_offset_ = 0;
    KernelView window_{};
};

}  // namespace openbar::driver
