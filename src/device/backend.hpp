/// What a back end has to provide: the one virtual interface of the library.
///
/// It is crossed for opening, mapping, interrupts, DMA and request access; never for an access
/// through a mapping. Requests arrive checked (see `device.cpp` and `region.cpp`): the region
/// exists, offset and width lie within it and are aligned. A back end checks only what it alone
/// can know. Its errors leave out what was attempted, which the public operation adds.
#pragma once

#include "openbar/device.hpp"

#include "device/wait_source.hpp"
#include "dma/device_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace openbar {

/// What `Backend::map` gives: memory, and the object whose end unmaps it.
struct MappedMemory {
    std::byte* base = nullptr;
    MemoryType granted = MemoryType::unknown;
    std::shared_ptr<const void> owner;
    const MappingLoss* loss = nullptr;  ///< lives as long as the owner; null where nothing can tell
};

/// One enabled vector; its destructor disables it. It keeps its back end.
class InterruptSource : public WaitSource {
public:
    virtual InterruptKind kind() const noexcept = 0;
    virtual std::uint32_t vector() const noexcept = 0;
    virtual Result<void> mask() = 0;
    virtual Result<void> unmask() = 0;
    virtual Result<void> trigger() = 0;
    virtual Interrupt::NativeHandle native_handle() const noexcept = 0;
};

/// A subscription to the events of a device. It keeps its back end.
class EventSource : public WaitSource {
public:
    /// Takes the next one, after a wait has found that there is one.
    virtual DeviceEvent next() = 0;
    virtual Result<void> trigger(DeviceEvent event) = 0;
    virtual Interrupt::NativeHandle native_handle() const noexcept = 0;
};

class Backend : public std::enable_shared_from_this<Backend> {
public:
    virtual ~Backend() = default;

    virtual const DeviceInfo& info() const noexcept = 0;

    virtual Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                                       unsigned width) = 0;
    virtual Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                               std::uint64_t value) = 0;

    /// Elements of `width` bytes in rising order, until one fails. Without an override: one
    /// `read` or `write` each.
    virtual Result<void> read_block(const RegionInfo& region, std::uint64_t offset,
                                    std::span<std::byte> destination, unsigned width);
    virtual Result<void> write_block(const RegionInfo& region, std::uint64_t offset,
                                     std::span<const std::byte> source, unsigned width);

    /// Runs checked steps in order, until one fails. Without an override: one `read` or `write` each.
    virtual Result<void> run(std::span<const RegisterStep> steps, std::span<std::uint64_t> values);

    /// `part` lies within one of the region's mappable areas, and need not be page-aligned.
    virtual Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                                     bool writable) = 0;

    /// `index` is below the count that `info().vectors` gives for `kind`.
    virtual Result<std::unique_ptr<InterruptSource>> enable(InterruptKind kind,
                                                            std::uint32_t index) = 0;

    /// Without an override: `unsupported`, with the reason that `info().capabilities` gives.
    virtual Result<std::unique_ptr<EventSource>> events();

    /// Without an override: `unsupported`, as above.
    virtual Result<DeviceMemory> allocate_dma(std::uint64_t size,
                                              const DmaConstraints& constraints);
    /// `memory` need not be aligned to anything.
    virtual Result<DeviceMemory> pin(std::span<std::byte> memory, const PinOptions& options);

    virtual Result<void> set_bus_master(bool enabled) = 0;
    virtual Result<void> reset() = 0;
    /// Without an override: `unsupported`.
    virtual Result<void> reset_bus();

protected:
    /// "step 2 (read 4 bytes at 0x10 of bar0)"
    [[nodiscard]] static std::string describe_step(std::span<const RegisterStep> steps,
                                                   std::size_t index);
    /// One step of a program, and what it read. Its error names it.
    [[nodiscard]] Result<std::uint64_t> run_step(std::span<const RegisterStep> steps,
                                                 std::size_t index);

private:
    [[nodiscard]] Result<std::uint64_t> run_one(const RegisterStep& step);
};

}  // namespace openbar
