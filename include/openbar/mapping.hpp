/// A mapping: a region, or part of it, in this process's address space.
///
///     auto card = openbar::Device::open("0000:00:04.0").value();
///     auto registers = card.map(0).value();                    // all of BAR 0
///     registers.store<std::uint32_t>(0x08, 10);                // one 32-bit store, nothing else
///     while (registers.load<std::uint32_t>(0x20) & 1) {}
///     auto id = registers.read<edu::Identification>();         // by name: see register.hpp
///
/// A mapped access never crosses a virtual call: it is one load or store instruction of exactly
/// the width asked for, the same that a raw volatile pointer gives.
#pragma once

#include "openbar/region.hpp"
#include "openbar/register_access.hpp"
#include "openbar/volatile_access.hpp"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace openbar {

struct MappingLoss;

/// Which part of a region to map, and how.
struct MapOptions {
    std::uint64_t offset = 0;  ///< bytes from the region's start; any multiple of 8
    std::uint64_t length = 0;  ///< bytes; 0: to the region's end
    /// What is asked for; `Mapping::memory_type` tells what was granted. Asking for
    /// write-combining is granted only where the kernel offers it for this region.
    MemoryType memory_type = MemoryType::uncached;
    /// False: a store is a fault of the program's. On Windows the mapping can be written all the
    /// same: its memory is shared by the driver, which maps for reading and writing only.
    bool writable = true;
};

/// Move-only. Its destructor unmaps; it keeps its device open, so that it may outlive the Device
/// object that it came from.
///
/// Thread-safety: loads and stores from several threads are as atomic as the bus makes one access
/// of that width; openbar adds nothing.
///
/// **Taken away.** A device can go, or stop answering, while it is mapped:
///
///   - vfio: while decoding is off (by the command register) or the function is in D3, the kernel
///     takes the pages away and answers an access with SIGBUS. openbar handles that signal for its
///     mappings: it says so on standard error, once, puts a page of ones in place of the touched
///     one, and from then on `status` tells `removed`. That page is the process's own: it reads as
///     a bus that nobody answers on, until the program stores something there, which reaches nobody
///     and is read back. Map anew when the device answers again. An orderly removal ends the
///     program's waits for interrupts (`Interrupt::wait`), and waits until the program has closed
///     the device. Source: drivers/vfio/pci/vfio_pci_core.c, vfio_pci_mmap_fault and
///     vfio_pci_core_request.
///   - sysfs and uio: the kernel leaves the mapping, also when it has removed the function (seen
///     with Linux 6.1, by `remove` and by a slot's unplugging). Where nobody answers on the bus any
///     more, loads give all ones (zeros on QEMU's) and stores go nowhere; if another device is
///     given the addresses, the mapping reaches that. `Region` tells `removed`.
///   - devmem and dt: the same, and nothing tells.
///   - vfio_user: a server that ends leaves its memory to whoever has mapped it. One that cuts its
///     file short is as vfio above.
///   - windows: on surprise removal, and before the machine sleeps, the driver unmaps. A touch is
///     an access violation, which openbar does not handle: it ends the program, unless that catches
///     it (`__try`). Something else of the program's may lie at the same addresses later, so drop
///     the Mapping when a request tells `removed` or `disabled`. What needs an answer instead, at
///     any moment, uses `Region`.
///
/// For SIGBUS the first mapping of a process installs a handler. A program that installs its own
/// later passes on what is not its own; 1,024 mappings are looked after at one time.
class Mapping : public RegisterOperations<Mapping> {
public:
    Mapping(Mapping&& other) noexcept
        : base_(std::exchange(other.base_, nullptr)),
          size_(std::exchange(other.size_, 0)),
          offset_(other.offset_),
          memory_type_(other.memory_type_),
          owner_(std::move(other.owner_)),
          loss_(std::exchange(other.loss_, nullptr)) {}
    Mapping& operator=(Mapping&& other) noexcept {
        base_ = std::exchange(other.base_, nullptr);
        size_ = std::exchange(other.size_, 0);
        offset_ = other.offset_;
        memory_type_ = other.memory_type_;
        owner_ = std::move(other.owner_);
        loss_ = std::exchange(other.loss_, nullptr);
        return *this;
    }

    /// One load of exactly T's width at `offset` bytes from the start of the mapping.
    /// Precondition, asserted in debug builds only: offset is a multiple of sizeof(T) and
    /// offset + sizeof(T) <= size(). For offsets that come from outside the program use `Region`.
    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const noexcept {
        assert(contains(offset, sizeof(T)));
        return volatile_load<T>(base_ + offset);
    }
    /// One store, likewise. Never reads.
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const noexcept {
        assert(contains(offset, sizeof(T)));
        volatile_store<T>(base_ + offset, value);
    }

    /// The start of the mapping, for code that brings its own accesses.
    [[nodiscard]] volatile std::byte* data() const noexcept { return base_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }  ///< bytes
    /// Where in the region the mapping starts, in bytes.
    [[nodiscard]] std::uint64_t region_offset() const noexcept { return offset_; }
    /// Where in the region an offset of this mapping lies, for messages.
    [[nodiscard]] std::uint64_t offset_in_region(std::uint64_t offset) const noexcept {
        return offset_ + offset;
    }
    /// What was granted, which may differ from what was asked for; `unknown` where the kernel
    /// does not tell.
    [[nodiscard]] MemoryType memory_type() const noexcept { return memory_type_; }

    /// Error: removed, once an access has met SIGBUS (vfio, vfio_user: see "Taken away" above), and
    /// then for good; with what `wait_until` gives up. The other back ends have no way to know, and
    /// tell success: a register that must not be all ones is what their programs look at.
    [[nodiscard]] Result<void> status() const;

private:
    friend class Device;
    Mapping(std::byte* base, std::uint64_t size, std::uint64_t offset, MemoryType type,
            std::shared_ptr<const void> owner, const MappingLoss* loss) noexcept
        : base_(base),
          size_(size),
          offset_(offset),
          memory_type_(type),
          owner_(std::move(owner)),
          loss_(loss) {}

    [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t width) const noexcept {
        return offset % width == 0 && offset <= size_ && size_ - offset >= width;
    }

    volatile std::byte* base_;  // first: an access needs nothing else
    std::uint64_t size_;
    std::uint64_t offset_;
    MemoryType memory_type_;
    std::shared_ptr<const void> owner_;  // unmaps, then lets the device go
    const MappingLoss* loss_;            // the owner's; null where nothing can tell
};

}  // namespace openbar
