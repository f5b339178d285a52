#include "openbar/region.hpp"

#include "base/failure.hpp"
#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <cstring>

namespace openbar {

Result<void> Backend::read_block(const RegionInfo& region, std::uint64_t offset,
                                 std::span<std::byte> destination, unsigned width) {
    for (std::size_t at = 0; at < destination.size(); at += width) {
        const auto value = read(region, offset + at, width);
        if (!value) return value.error();
        std::memcpy(destination.data() + at, &*value, width);  // little-endian, as every host here
    }
    return {};
}

Result<void> Backend::write_block(const RegionInfo& region, std::uint64_t offset,
                                  std::span<const std::byte> source, unsigned width) {
    for (std::size_t at = 0; at < source.size(); at += width) {
        std::uint64_t value = 0;
        std::memcpy(&value, source.data() + at, width);
        if (auto written = write(region, offset + at, width, value); !written) return written;
    }
    return {};
}

Result<std::uint64_t> Region::read_width(std::uint64_t offset, unsigned width) const {
    if (auto fault = refuse_access("read", *info_, backend_->info(), {offset, width}, width))
        return std::move(*fault);
    return backend_->read(*info_, offset, width);
}

Result<void> Region::write_width(std::uint64_t offset, unsigned width, std::uint64_t value) const {
    if (auto fault = refuse_access("write", *info_, backend_->info(), {offset, width}, width))
        return std::move(*fault);
    return backend_->write(*info_, offset, width, value);
}

Result<void> Region::read_block(std::uint64_t offset, std::span<std::byte> destination,
                                unsigned width) const {
    const Range whole{offset, destination.size()};
    if (auto fault = refuse_access("read", *info_, backend_->info(), whole, width))
        return std::move(*fault);
    return backend_->read_block(*info_, offset, destination, width);
}

Result<void> Region::write_block(std::uint64_t offset, std::span<const std::byte> source,
                                 unsigned width) const {
    const Range whole{offset, source.size()};
    if (auto fault = refuse_access("write", *info_, backend_->info(), whole, width))
        return std::move(*fault);
    return backend_->write_block(*info_, offset, source, width);
}

}  // namespace openbar
