#include "openbar/copy.hpp"

#include "base/failure.hpp"
#include "base/range.hpp"
#include "device/block_access.hpp"

#include <fmt/format.h>

#include <bit>

namespace openbar {
namespace {

Result<void> check(const Mapping& mapping, Range part, unsigned width) {
    if (width != 0 && (width > 8 || !std::has_single_bit(width)))
        return failure(ErrorCode::invalid_argument, fmt::format("invalid width {}", width),
                       "use 0, 1, 2, 4 or 8");
    if (!lies_within(part, mapping.size()))
        return failure(ErrorCode::out_of_range,
                       fmt::format("the mapping has {:#x} bytes", mapping.size()));
    if (width != 0 && (part.offset % width != 0 || part.length % width != 0))
        return failure(ErrorCode::misaligned,
                       fmt::format("offset or size is not a multiple of the width, {}", width));
    return {};
}

std::string describe(std::string_view verb, Range part) {
    return fmt::format("{} {:#x} bytes at offset {:#x} of a mapping", verb, part.length,
                       part.offset);
}

}  // namespace

Result<void> copy_to_device(const Mapping& mapping, std::uint64_t offset,
                            std::span<const std::byte> source, CopyOptions options) {
    const Range part{offset, source.size()};
    OPENBAR_TRY(checked, check(mapping, part, options.width).attempting([&] {
        return describe("write", part);
    }));
    block_access::write(mapping.data() + offset, source, options.width, mapping.memory_type());
    return {};
}

Result<void> copy_from_device(const Mapping& mapping, std::uint64_t offset,
                              std::span<std::byte> destination, CopyOptions options) {
    const Range part{offset, destination.size()};
    OPENBAR_TRY(checked, check(mapping, part, options.width).attempting([&] {
        return describe("read", part);
    }));
    block_access::read(mapping.data() + offset, destination, options.width, mapping.memory_type());
    return {};
}

Result<void> fill(const Mapping& mapping, std::uint64_t offset, std::uint64_t size, std::byte value,
                  CopyOptions options) {
    const Range part{offset, size};
    OPENBAR_TRY(checked, check(mapping, part, options.width).attempting([&] {
        return describe("fill", part);
    }));
    block_access::fill(mapping.data() + offset, static_cast<std::size_t>(size), value,
                       options.width, mapping.memory_type());
    return {};
}

}  // namespace openbar
