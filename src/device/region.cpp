#include "openbar/region.hpp"

#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <cstring>

namespace openbar {
namespace {

/// Where in a block an element failed.
std::string describe_element(std::uint64_t offset) {
    return fmt::format("at {:#x}", offset);
}

}  // namespace

Result<void> Backend::read_block(const RegionInfo& region, std::uint64_t offset,
                                 std::span<std::byte> destination, unsigned width) {
    for (std::size_t at = 0; at < destination.size(); at += width) {
        OPENBAR_TRY(value, read(region, offset + at, width).attempting([&] {
            return describe_element(offset + at);
        }));
        std::memcpy(destination.data() + at, &value, width);  // little-endian, as every host here
    }
    return {};
}

Result<void> Backend::write_block(const RegionInfo& region, std::uint64_t offset,
                                  std::span<const std::byte> source, unsigned width) {
    for (std::size_t at = 0; at < source.size(); at += width) {
        std::uint64_t value = 0;
        std::memcpy(&value, source.data() + at, width);
        OPENBAR_TRY(written, write(region, offset + at, width, value).attempting([&] {
            return describe_element(offset + at);
        }));
    }
    return {};
}

Result<std::uint64_t> Region::read_width(std::uint64_t offset, unsigned width) const {
    const Range part{offset, width};
    return check_access(Direction::read, *info_, part, width)
        .and_then([&] { return backend_->read(*info_, offset, width); })
        .attempting(
            [&] { return describe_access(Direction::read, part, *info_, backend_->info()); });
}

Result<void> Region::write_width(std::uint64_t offset, unsigned width, std::uint64_t value) const {
    const Range part{offset, width};
    return check_access(Direction::write, *info_, part, width)
        .and_then([&] { return backend_->write(*info_, offset, width, value); })
        .attempting(
            [&] { return describe_access(Direction::write, part, *info_, backend_->info()); });
}

Result<void> Region::read_block(std::uint64_t offset, std::span<std::byte> destination,
                                unsigned width) const {
    const Range part{offset, destination.size()};
    return check_access(Direction::read, *info_, part, width)
        .and_then([&] { return backend_->read_block(*info_, offset, destination, width); })
        .attempting(
            [&] { return describe_access(Direction::read, part, *info_, backend_->info()); });
}

Result<void> Region::write_block(std::uint64_t offset, std::span<const std::byte> source,
                                 unsigned width) const {
    const Range part{offset, source.size()};
    return check_access(Direction::write, *info_, part, width)
        .and_then([&] { return backend_->write_block(*info_, offset, source, width); })
        .attempting(
            [&] { return describe_access(Direction::write, part, *info_, backend_->info()); });
}

}  // namespace openbar
