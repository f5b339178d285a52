/// What the suite asks of the system itself.
#pragma once

#include "openbar/interrupt.hpp"

#include <chrono>
#include <cstddef>
#include <span>

namespace openbar::conformance {

/// Of this process: file descriptors, or handles.
[[nodiscard]] std::size_t open_descriptors();

/// Whether it is, or becomes so in time.
[[nodiscard]] bool is_signalled(Interrupt::NativeHandle handle, std::chrono::milliseconds timeout);

/// Whole pages of ordinary memory; `take_away` leaves a hole, `free_pages` frees what is left.
[[nodiscard]] std::span<std::byte> allocate_pages(std::size_t size);
void take_away(std::span<std::byte> part);
void free_pages(std::span<std::byte> all);

}  // namespace openbar::conformance
