#include "backends/windows/bus_memory.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::windows {
namespace {

Error too_high(std::uint64_t last, std::uint64_t highest) {
    return failure(ErrorCode::resource_exhausted,
                   fmt::format("the system gave it bus addresses up to {:#x}, and the device "
                               "reaches {:#x}; on Windows nobody can choose them",
                               last, highest));
}

Result<DeviceMemory> allocate(const DriverHandle& driver, std::uint64_t size,
                              const std::shared_ptr<const Backend>& keeps) {
    auto asked = prepared<openbar_allocate_dma>();
    asked.length = size;
    openbar_dma given{};
    if (const SystemError error = driver.call(OPENBAR_IOCTL_ALLOCATE_DMA, asked, given))
        return request_failure(error);
    auto owner =
        std::make_shared<const DriverObject>(keeps, driver, OPENBAR_IOCTL_FREE_DMA, given.object);
    return DeviceMemory{{reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(given.address)),
                         static_cast<std::size_t>(size)},
                        {{given.iova, size}},
                        std::move(owner)};
}

Result<std::vector<DmaSegment>> segments_of(const DriverHandle& driver, const openbar_dma& pinned) {
    std::vector<DmaSegment> segments;
    while (segments.size() < pinned.segment_count) {
        auto asked = prepared<openbar_dma_query>();
        asked.object = pinned.object;
        asked.first = static_cast<std::uint32_t>(segments.size());
        openbar_dma_segments answer{};
        if (const SystemError error = driver.call(OPENBAR_IOCTL_DMA_SEGMENTS, asked, answer))
            return request_failure(error);
        if (answer.count == 0 || answer.count > OPENBAR_MAX_SEGMENTS)
            return failure(ErrorCode::protocol,
                           fmt::format("the driver lists {} segments at once", answer.count));
        for (std::uint32_t index = 0; index < answer.count; ++index)
            segments.push_back({answer.segments[index].offset, answer.segments[index].length});
    }
    return segments;
}

}  // namespace

Result<DeviceMemory> allocate_bus_memory(const DriverHandle& driver, std::uint64_t size,
                                         const DmaConstraints& constraints,
                                         std::shared_ptr<const Backend> keeps) {
    OPENBAR_TRY(memory, allocate(driver, size, keeps));
    const std::uint64_t alignment = constraints.alignment;
    if (memory.segments.front().iova % alignment != 0) {
        // It is one run of addresses, so that an aligned part of a longer one will do.
        memory.owner.reset();
        if (size > UINT64_MAX - alignment)
            return failure(ErrorCode::resource_exhausted,
                           fmt::format("no memory is aligned to {:#x}", alignment));
        OPENBAR_TRY(longer, allocate(driver, size + alignment - 1, keeps));
        memory = std::move(longer);
        const std::uint64_t start = memory.segments.front().iova;
        const std::uint64_t skipped = (alignment - start % alignment) % alignment;
        memory.bytes =
            memory.bytes.subspan(static_cast<std::size_t>(skipped), static_cast<std::size_t>(size));
        memory.segments.front() = {start + skipped, size};
    }
    const std::uint64_t last = memory.segments.front().iova + (size - 1);
    if (last > constraints.highest_address) return too_high(last, constraints.highest_address);
    return memory;
}

Result<DeviceMemory> pin_memory(const DriverHandle& driver, std::span<std::byte> memory,
                                const PinOptions& options, std::shared_ptr<const Backend> keeps) {
    auto asked = prepared<openbar_pin>();
    asked.address = reinterpret_cast<std::uintptr_t>(memory.data());
    asked.length = memory.size();
    asked.device_writes = options.access == DeviceAccess::read ? 0 : 1;
    openbar_dma pinned{};
    if (const SystemError error = driver.call(OPENBAR_IOCTL_PIN_MEMORY, asked, pinned))
        return request_failure(error);
    auto owner = std::make_shared<const DriverObject>(std::move(keeps), driver,
                                                      OPENBAR_IOCTL_FREE_DMA, pinned.object);
    OPENBAR_TRY(segments, segments_of(driver, pinned));
    for (const DmaSegment& segment : segments)
        if (segment.iova + (segment.size - 1) > options.highest_address)
            return too_high(segment.iova + (segment.size - 1), options.highest_address);
    return DeviceMemory{memory, std::move(segments), std::move(owner)};
}

}  // namespace openbar::windows
