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
[[nodiscard]] Status check_access(const Device::State& state, std::uint32_t region,
                                  std::uint64_t offset, unsigned width, std::uint64_t length,
                                  bool writing) OPENBAR_NEEDS_SHARED(hardware);

class Access {
public:
    explicit Access(Device::State& state) : state_(state) {}
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;
    ~Access() { close_window(); }

    /// Has the region's kernel view made, if it is to stay. no_memory.
    [[nodiscard]] Status prepare(std::uint32_t region) OPENBAR_NEEDS_SHARED(hardware);
    /// no_memory (the window), device (the bus did not do a configuration access).
    [[nodiscard]] Status read(std::uint32_t region, std::uint64_t offset, unsigned width,
                              std::uint64_t& value) OPENBAR_NEEDS_SHARED(hardware);
    [[nodiscard]] Status write(std::uint32_t region, std::uint64_t offset, unsigned width,
                               std::uint64_t value) OPENBAR_NEEDS_SHARED(hardware);

private:
    [[nodiscard]] Status locate(std::uint32_t number, std::uint64_t offset, void*& address)
        OPENBAR_NEEDS_SHARED(hardware);
    void close_window();

    Device::State& state_;
    KernelView views_[OPENBAR_MAX_REGIONS]{};  ///< they stay as long as hardware_shared is held
    std::uint32_t window_region_ = OPENBAR_MAX_REGIONS;
    std::uint64_t window_offset_ = 0;
    KernelView window_{};
};

}  // namespace openbar::driver
