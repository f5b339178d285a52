// DMA buffers and pinned memory.
#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"

#include <limits>

namespace openbar::c {
namespace {

/// 0 in an option stands for no limit.
std::uint64_t highest_from(std::uint64_t option) noexcept {
    return option != 0 ? option : std::numeric_limits<std::uint64_t>::max();
}

Result<void> allocate(openbar_device handle, std::uint64_t size, const openbar_dma_options* given,
                      openbar_memory* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(options, options_from(given));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    const DmaConstraints constraints{.alignment = options.alignment != 0 ? options.alignment : 1,
                                     .highest_address = highest_from(options.highest_address),
                                     .contiguous = options.scattered == 0};
    OPENBAR_TRY(buffer, opened->device.allocate_dma(size, constraints));
    *out = handles::add(std::make_shared<MemoryForDevice>(MemoryForDevice{std::move(buffer)}));
    return {};
}

Result<void> pin(openbar_device handle, void* memory, std::size_t size,
                 const openbar_pin_options* given, openbar_memory* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(options, options_from(given));
    OPENBAR_TRY(checked, check_pointer(memory, "the memory"));
    OPENBAR_TRY(checked_output, check_pointer(out, "the output pointer"));
    if (options.access > OPENBAR_DEVICE_READS_AND_WRITES)
        return failure(ErrorCode::invalid_argument,
                       fmt::format("invalid access {}", options.access),
                       "use OPENBAR_DEVICE_READS, _WRITES or _READS_AND_WRITES");
    PinOptions pin_options{.highest_address = highest_from(options.highest_address)};
    if (options.access != 0) pin_options.access = static_cast<DeviceAccess>(options.access);
    const std::span bytes(static_cast<std::byte*>(memory), size);
    OPENBAR_TRY(pinned, pin_options.access == DeviceAccess::read
                            ? opened->device.pin_read_only(bytes, pin_options)
                            : opened->device.pin(bytes, pin_options));
    *out = handles::add(std::make_shared<MemoryForDevice>(MemoryForDevice{std::move(pinned)}));
    return {};
}

Result<void> get_info(openbar_memory handle, openbar_memory_info* out) {
    OPENBAR_TRY(found, handles::find<MemoryForDevice>(handle));
    const DmaMemory& memory = found->get();
    return give(out, {0, static_cast<std::uint32_t>(memory.segments().size()), memory.span().data(),
                      memory.size(), memory.iova_of(0)});
}

Result<void> get_segment(openbar_memory handle, std::uint32_t position, openbar_segment* out) {
    OPENBAR_TRY(found, handles::find<MemoryForDevice>(handle));
    const auto& segments = found->get().segments();
    OPENBAR_TRY(checked, check_position(position, segments.size(), "segments"));
    return give_value(out, {segments[position].iova, segments[position].size});
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_allocate_dma(openbar_device device, uint64_t size,
                                  const openbar_dma_options* options, openbar_memory* memory) {
    return call("allocate a DMA buffer", [&] { return allocate(device, size, options, memory); });
}

openbar_code openbar_pin(openbar_device device, void* memory, size_t size,
                         const openbar_pin_options* options, openbar_memory* pinned) {
    return call("pin memory", [&] { return pin(device, memory, size, options, pinned); });
}

openbar_code openbar_memory_get_info(openbar_memory memory, openbar_memory_info* info) {
    return call("get the information of memory", [&] { return get_info(memory, info); });
}

openbar_code openbar_memory_get_segment(openbar_memory memory, uint32_t position,
                                        openbar_segment* segment) {
    return call("get a segment of memory", [&] { return get_segment(memory, position, segment); });
}
