// Regions, and request access to them.
#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"

namespace openbar::c {
namespace {

Result<Region> region_of(openbar_device handle, std::uint32_t index) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    return opened->device.region(index);
}

Result<void> get_region(openbar_device handle, std::uint32_t position, openbar_region_info* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    const auto& regions = opened->device.info().regions;
    OPENBAR_TRY(checked, check_position(position, regions.size(), "regions"));
    const RegionInfo& region = regions[position];
    openbar_region_info given{};
    given.index = region.index;
    given.name = region.name.c_str();
    given.not_mappable_because = region.not_mappable_because.c_str();
    given.size = region.size;
    given.physical_address = region.physical_address;
    given.kind = static_cast<std::uint32_t>(region.kind);
    given.readable = region.readable;
    given.writable = region.writable;
    given.prefetchable = region.prefetchable;
    given.is_64bit = region.is_64bit;
    given.mappable_count = static_cast<std::uint32_t>(region.mappable.size());
    return give(out, given);
}

Result<void> get_mappable(openbar_device handle, std::uint32_t index, std::uint32_t position,
                          openbar_range* out) {
    OPENBAR_TRY(region, region_of(handle, index));
    const auto& parts = region.info().mappable;
    OPENBAR_TRY(checked, check_position(position, parts.size(), "parts"));
    return give_value(out, {parts[position].offset, parts[position].length});
}

Result<void> read(openbar_device handle, std::uint32_t index, std::uint64_t offset,
                  std::uint32_t width, std::uint64_t* out) {
    OPENBAR_TRY(region, region_of(handle, index));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(value, region.read_width(offset, width));
    *out = value;
    return {};
}

Result<void> write(openbar_device handle, std::uint32_t index, std::uint64_t offset,
                   std::uint32_t width, std::uint64_t value) {
    OPENBAR_TRY(region, region_of(handle, index));
    if (width < 8 && value >> (8 * width) != 0)
        return failure(ErrorCode::invalid_argument,
                       fmt::format("the value {:#x} does not fit into {} bytes", value, width));
    return region.write_width(offset, width, value);
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_device_get_region(openbar_device device, uint32_t position,
                                       openbar_region_info* info) {
    return call("get a region of a device", [&] { return get_region(device, position, info); });
}

openbar_code openbar_region_get_mappable(openbar_device device, uint32_t index, uint32_t position,
                                         openbar_range* part) {
    return call("get a mappable part of a region",
                [&] { return get_mappable(device, index, position, part); });
}

openbar_code openbar_read(openbar_device device, uint32_t region, uint64_t offset, uint32_t width,
                          uint64_t* value) {
    return call("read a region", [&] { return read(device, region, offset, width, value); });
}

openbar_code openbar_write(openbar_device device, uint32_t region, uint64_t offset, uint32_t width,
                           uint64_t value) {
    return call("write a region", [&] { return write(device, region, offset, width, value); });
}

openbar_code openbar_read_block(openbar_device device, uint32_t region, uint64_t offset,
                                void* destination, size_t size, uint32_t width) {
    return call("read a block", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(handle, region_of(device, region));
        OPENBAR_TRY(checked, check_pointer(destination, "the destination"));
        return handle.read_block(offset, {static_cast<std::byte*>(destination), size}, width);
    });
}

openbar_code openbar_write_block(openbar_device device, uint32_t region, uint64_t offset,
                                 const void* source, size_t size, uint32_t width) {
    return call("write a block", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(handle, region_of(device, region));
        OPENBAR_TRY(checked, check_pointer(source, "the source"));
        return handle.write_block(offset, {static_cast<const std::byte*>(source), size}, width);
    });
}
