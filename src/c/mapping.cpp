// Mappings, and copies of blocks to and from them.
#include "openbar/copy.hpp"

#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"

namespace openbar::c {
namespace {

static_assert(static_cast<int>(MemoryType::write_combining) == OPENBAR_WRITE_COMBINING);
static_assert(static_cast<int>(MemoryType::emulated) == OPENBAR_EMULATED);

Result<MemoryType> memory_type_from(std::uint32_t number) {
    if (number == OPENBAR_UNCACHED) return MemoryType::uncached;
    if (number == OPENBAR_WRITE_COMBINING) return MemoryType::write_combining;
    return failure(ErrorCode::invalid_argument,
                   fmt::format("{} is not a memory type to ask for", number),
                   "use OPENBAR_UNCACHED or OPENBAR_WRITE_COMBINING");
}

Result<void> map(openbar_device handle, std::uint32_t region, const openbar_map_options* given,
                 openbar_mapping* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(options, options_from(given));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    OPENBAR_TRY(type, memory_type_from(options.memory_type));
    OPENBAR_TRY(mapping, opened->device.map(region, {.offset = options.offset,
                                                     .length = options.length,
                                                     .memory_type = type,
                                                     .writable = options.read_only == 0}));
    *out = handles::add(std::make_shared<MappedPart>(MappedPart{std::move(mapping)}));
    return {};
}

Result<void> get_info(openbar_mapping handle, openbar_mapping_info* out) {
    OPENBAR_TRY(part, handles::find<MappedPart>(handle));
    const Mapping& mapping = part->mapping;
    return give(out,
                {0, static_cast<std::uint32_t>(mapping.memory_type()),
                 const_cast<std::byte*>(mapping.data()), mapping.size(), mapping.region_offset()});
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_map(openbar_device device, uint32_t region, const openbar_map_options* options,
                         openbar_mapping* mapping) {
    return call("map a region", [&] { return map(device, region, options, mapping); });
}

openbar_code openbar_mapping_get_info(openbar_mapping mapping, openbar_mapping_info* info) {
    return call("get the information of a mapping", [&] { return get_info(mapping, info); });
}

openbar_code openbar_mapping_status(openbar_mapping mapping) {
    return call("get the status of a mapping", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(part, handles::find<MappedPart>(mapping));
        return part->mapping.status();
    });
}

openbar_code openbar_copy_to_device(openbar_mapping mapping, uint64_t offset, const void* source,
                                    size_t size, uint32_t width) {
    return call("copy to a mapping", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(part, handles::find<MappedPart>(mapping));
        OPENBAR_TRY(checked, check_pointer(source, "the source"));
        return openbar::copy_to_device(part->mapping, offset,
                                       {static_cast<const std::byte*>(source), size}, {width});
    });
}

openbar_code openbar_copy_from_device(openbar_mapping mapping, uint64_t offset, void* destination,
                                      size_t size, uint32_t width) {
    return call("copy from a mapping", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(part, handles::find<MappedPart>(mapping));
        OPENBAR_TRY(checked, check_pointer(destination, "the destination"));
        return openbar::copy_from_device(part->mapping, offset,
                                         {static_cast<std::byte*>(destination), size}, {width});
    });
}

openbar_code openbar_fill(openbar_mapping mapping, uint64_t offset, uint64_t size, uint8_t value,
                          uint32_t width) {
    return call("fill a mapping", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(part, handles::find<MappedPart>(mapping));
        return openbar::fill(part->mapping, offset, size, std::byte{value}, {width});
    });
}
