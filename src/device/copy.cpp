#include "openbar/copy.hpp"

#include "base/failure.hpp"
#include "device/block_access.hpp"

#include <fmt/format.h>

#include <bit>

namespace openbar {
namespace {

Result<void> check(const char* verb, const Mapping& mapping, std::uint64_t offset,
                   std::uint64_t size, unsigned width) {
    const auto attempted = [&] {
        return fmt::format("{} {:#x} bytes at offset {:#x} of a mapping", verb, size, offset);
    };
    if (width != 0 && (width > 8 || !std::has_single_bit(width)))
        return failure(ErrorCode::invalid_argument, attempted(),
                       fmt::format("no access is {} bytes wide", width), "use 0, 1, 2, 4 or 8");
    if (offset > mapping.size() || size > mapping.size() - offset)
        return failure(ErrorCode::out_of_range, attempted(),
                       fmt::format("the mapping has {:#x} bytes", mapping.size()));
    if (width != 0 && (offset % width != 0 || size % width != 0))
        return failure(ErrorCode::misaligned, attempted(),
                       fmt::format("offset and size must be multiples of the width, {}", width));
    return {};
}

}  // namespace

Result<void> copy_to_device(const Mapping& mapping, std::uint64_t offset,
                            std::span<const std::byte> source, CopyOptions options) {
    auto checked = check("write", mapping, offset, source.size(), options.width);
    if (checked)
        block_access::write(mapping.data() + offset, source, options.width, mapping.memory_type());
    return checked;
}

Result<void> copy_from_device(const Mapping& mapping, std::uint64_t offset,
                              std::span<std::byte> destination, CopyOptions options) {
    auto checked = check("read", mapping, offset, destination.size(), options.width);
    if (checked)
        block_access::read(mapping.data() + offset, destination, options.width,
                           mapping.memory_type());
    return checked;
}

Result<void> fill(const Mapping& mapping, std::uint64_t offset, std::uint64_t size, std::byte value,
                  CopyOptions options) {
    auto checked = check("fill", mapping, offset, size, options.width);
    if (checked)
        block_access::fill(mapping.data() + offset, static_cast<std::size_t>(size), value,
                           options.width, mapping.memory_type());
    return checked;
}

}  // namespace openbar
