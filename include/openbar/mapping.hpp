/// A mapping: a region, or part of it, in this process's address space.
///
///     auto card = openbar::Device::open("0000:00:04.0").value();
///     auto registers = card.map(0).value();                    // all of BAR 0
///     registers.store<std::uint32_t>(0x08, 10);                // one 32-bit store, nothing else
///     while (registers.load<std::uint32_t>(0x20) & 1) {}
///     auto id = registers.read<edu::Identification>();         // by name: see register.hpp
///
/// A mapped access makes no virtual call. It is one load or store instruction of exactly the
/// requested width, the same as through a raw volatile pointer.
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
    /// A request: `Mapping::memory_type` returns the granted type. Write-combining is granted only
    /// if the kernel offers it for this region.
    MemoryType memory_type = MemoryType::uncached;
    /// False: a store faults. Ignored on Windows, where the driver maps for reading and writing
    /// only.
    bool writable = true;
};

/// Move-only. The destructor unmaps. It keeps its device open and may outlive the Device object.
///
/// Thread-safety: any number of threads may access at once. Each access is as atomic as one access
/// of that width on the bus.
///
/// An access after the device has gone away:
///
/// | back end | access | `status()` |
/// | --- | --- | --- |
/// | vfio | reads as all ones; a store reaches no device and is read back | `removed` |
/// | vfio_user | as before; if the server has truncated its file, as vfio | the same |
/// | sim, vfio_user: registers | all ones, and a store is lost, until mapped again | `removed` |
/// | sysfs, uio, devmem, dt | all ones (zeros on QEMU), or the next device there | success |
/// | windows | access violation, which `__try` can catch | success |
///
/// - vfio: a device has also gone while its decoding is off or it is in D3. Map it again when it
///   answers again. Such an access raises SIGBUS. The first mapping of a process installs a
///   handler, which prints one line to standard error and covers 1,024 mappings at a time. A
///   program that installs its own handler later must pass on the signals of others.
/// - registers of simulated cards: each access traps (SIGSEGV) and becomes one access of the card,
///   see `MemoryType::emulated`. System calls fail with EFAULT on such a pointer. A program that
///   installs its own SIGSEGV handler after the first mapping must pass on the signals of others.
/// - windows: the driver unmaps on surprise removal and before sleep. The program's own memory may
///   get the addresses later, so destroy the Mapping when a request returns `removed` or
///   `disabled`. A program that needs an error in every case uses `Region`.
///
/// docs/how-it-works.md, "When a device goes away", has the details and the sources.
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

    /// One load of exactly T's width, `offset` bytes from the start of the mapping.
    /// Precondition, asserted in debug builds only: offset is a multiple of sizeof(T) and
    /// offset + sizeof(T) <= size(). For untrusted offsets use `Region`, which checks them.
    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const noexcept {
        assert(contains(offset, sizeof(T)));
        return volatile_load<T>(base_ + offset);
    }
    /// One store, with the same precondition. Never reads.
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const noexcept {
        assert(contains(offset, sizeof(T)));
        volatile_store<T>(base_ + offset, value);
    }

    /// The start of the mapping, for code that makes its own accesses.
    [[nodiscard]] volatile std::byte* data() const noexcept { return base_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }  ///< bytes
    /// Where the mapping starts in the region, in bytes.
    [[nodiscard]] std::uint64_t region_offset() const noexcept { return offset_; }
    /// The offset in the region of an offset in this mapping, for messages.
    [[nodiscard]] std::uint64_t offset_in_region(std::uint64_t offset) const noexcept {
        return offset_ + offset;
    }
    /// The granted type, which may differ from the requested one; `unknown` if the kernel does not
    /// report it.
    [[nodiscard]] MemoryType memory_type() const noexcept { return memory_type_; }

    /// Error: removed, after an access has raised SIGBUS (see above). `wait_until` then returns
    /// this error. Only vfio and vfio_user detect it; with other back ends, check a register that
    /// is never all ones.
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
