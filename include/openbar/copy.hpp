/// Blocks of bytes to and from a mapping: for a device's memory, where single registers are not
/// what matters.
///
///     auto card = openbar::Device::open("0000:00:04.0").value();
///     auto memory = card.map(2, {.memory_type = openbar::MemoryType::write_combining}).value();
///     std::vector<std::byte> frame(1500), table(256);
///     openbar::copy_to_device(memory, 0x1000, frame).value();           // as wide as it goes
///     openbar::copy_to_device(memory, 0x2000, table, {.width = 4}).value();    // 32 bits each
///     openbar::fill(memory, 0, 0x1000, std::byte{0}).value();
///
/// `memcpy` must not do this: it may read and write bytes twice, at odd addresses and backwards,
/// which uncached memory answers slowly, and ARM's device memory with a fault.
///
/// Which accesses are made is decided by the granted memory type (`Mapping::memory_type`):
///   - uncached, and unknown: aligned loads or stores of 8 bytes, narrower ones where the block
///     starts or ends between; each byte once, by rising address;
///   - write-combining: streaming stores and, on processors with SSE4.1, streaming loads of 16
///     bytes, which the processor gathers into whole bursts, in no order that the device could
///     rely on; elsewhere as uncached;
///   - cached (simulated cards): an ordinary copy.
/// With a `width`, accesses are of exactly that width, each byte once, by rising address, whatever
/// the memory type: what a register block demands.
///
/// Every copy to the device and every fill ends with a fence, so that what was written leaves the
/// processor's write-combining buffers before anything that this thread stores later does. When
/// the *device* has it, only a read from the device tells (docs/memory-order.md).
///
/// Errors of all: invalid_argument (a width other than 0, 1, 2, 4 and 8); out_of_range (also for
/// sums that wrap); misaligned (offset or size is no multiple of the width). Nothing has been
/// accessed then. Thread-safety: as of the mapping's own accesses.
#pragma once

#include "openbar/mapping.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace openbar {

struct CopyOptions {
    unsigned width = 0;  ///< bytes of each access: 1, 2, 4 or 8; 0: as wide as is legal
};

/// Writes `source` to the mapping from `offset` (bytes) on.
[[nodiscard]] Result<void> copy_to_device(const Mapping& mapping, std::uint64_t offset,
                                          std::span<const std::byte> source,
                                          CopyOptions options = {});

/// Reads as many bytes as `destination` has, from `offset` on.
[[nodiscard]] Result<void> copy_from_device(const Mapping& mapping, std::uint64_t offset,
                                            std::span<std::byte> destination,
                                            CopyOptions options = {});

/// Writes `value` to `size` bytes from `offset` on.
[[nodiscard]] Result<void> fill(const Mapping& mapping, std::uint64_t offset, std::uint64_t size,
                                std::byte value, CopyOptions options = {});

}  // namespace openbar
