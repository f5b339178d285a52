/// Copies blocks of bytes to and from a mapping, for the memory of a device.
///
///     auto card = openbar::Device::open("0000:00:04.0").value();
///     auto memory = card.map(2, {.memory_type = openbar::MemoryType::write_combining}).value();
///     std::vector<std::byte> frame(1500), table(256);
///     openbar::copy_to_device(memory, 0x1000, frame).value();           // as wide as it goes
///     openbar::copy_to_device(memory, 0x2000, table, {.width = 4}).value();    // 32 bits each
///     openbar::fill(memory, 0, 0x1000, std::byte{0}).value();
///
/// Do not use `memcpy`: it may access bytes twice, unaligned and backwards. That is slow in
/// uncached memory and faults in ARM's device memory.
///
/// The granted memory type (`Mapping::memory_type`) determines the accesses:
///   - uncached and unknown: aligned loads or stores of 8 bytes, narrower ones at the ends of the
///     block; each byte once, by rising address;
///   - write-combining: streaming stores and, on processors with SSE4.1, streaming loads of 16
///     bytes. The processor merges them into bursts; their order at the device is undefined. Other
///     processors: as uncached;
///   - cached (simulated cards): an ordinary copy.
/// With a `width`, every access has exactly that width, each byte once, by rising address, for
/// every memory type. Register blocks need this.
///
/// Each copy to the device and each fill ends with a fence: its stores leave the write-combining
/// buffers before any later store of this thread. They have reached the device when a later read
/// from the device returns (docs/memory-order.md).
///
/// Errors of all functions: invalid_argument (a width other than 0, 1, 2, 4 and 8); out_of_range,
/// also if a sum wraps; misaligned (offset or size is not a multiple of the width). After an error
/// nothing has been accessed. Thread-safety: that of the mapping's accesses.
#pragma once

#include "openbar/mapping.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace openbar {

struct CopyOptions {
    unsigned width = 0;  ///< bytes of each access: 1, 2, 4 or 8; 0: the widest legal ones
};

/// Writes `source` to the mapping from `offset` (bytes) on.
[[nodiscard]] Result<void> copy_to_device(const Mapping& mapping, std::uint64_t offset,
                                          std::span<const std::byte> source,
                                          CopyOptions options = {});

/// Reads `destination.size()` bytes from `offset` on.
[[nodiscard]] Result<void> copy_from_device(const Mapping& mapping, std::uint64_t offset,
                                            std::span<std::byte> destination,
                                            CopyOptions options = {});

/// Writes `value` to `size` bytes from `offset` on.
[[nodiscard]] Result<void> fill(const Mapping& mapping, std::uint64_t offset, std::uint64_t size,
                                std::byte value, CopyOptions options = {});

}  // namespace openbar
