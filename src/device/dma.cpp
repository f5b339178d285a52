// Memory for the device: what makes sense is checked here, once for all back ends.
#include "base/failure.hpp"
#include "base/page.hpp"
#include "base/then.hpp"
#include "device/backend.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <optional>

namespace openbar {
namespace {

constexpr auto largest_object = static_cast<std::uint64_t>(PTRDIFF_MAX);

std::optional<Error> refuse_reach(const std::string& attempted, std::uint64_t size,
                                  std::uint64_t highest) {
    if (size - 1 <= highest) return std::nullopt;
    return failure(
               ErrorCode::out_of_range, attempted,
               fmt::format("a device that reaches no higher than {:#x} cannot reach {:#x} bytes",
                           highest, size),
               "ask for less")
        .error();
}

std::optional<Error> refuse_allocation(const std::string& attempted, std::uint64_t size,
                                       const DmaConstraints& constraints) {
    if (size == 0)
        return failure(ErrorCode::invalid_argument, attempted, "its size is 0 bytes").error();
    if (size > largest_object - page_size())
        return failure(ErrorCode::invalid_argument, attempted, "it is larger than an address space",
                       "ask for less")
            .error();
    if (!std::has_single_bit(constraints.alignment))
        return failure(
                   ErrorCode::invalid_argument, attempted,
                   fmt::format("the alignment {:#x} is not a power of two", constraints.alignment),
                   fmt::format("use {:#x}", std::bit_ceil(std::min<std::uint64_t>(
                                                constraints.alignment, 1ull << 62))))
            .error();
    return refuse_reach(attempted, size, constraints.highest_address);
}

std::optional<Error> refuse_pin(const std::string& attempted, std::span<const std::byte> memory,
                                const PinOptions& options) {
    if (memory.empty())
        return failure(ErrorCode::invalid_argument, attempted, "the memory is empty").error();
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    if (address == 0 || memory.size() > largest_object || address > UINTPTR_MAX - memory.size() ||
        address + memory.size() > UINTPTR_MAX - page_size())
        return failure(ErrorCode::out_of_range, attempted,
                       address == 0 ? "it starts at the null pointer" : "its end wraps round",
                       "pass a span of memory that is there")
            .error();
    const auto access = static_cast<unsigned>(options.access);
    if (access == 0 || access > 3)
        return failure(ErrorCode::invalid_argument, attempted,
                       "the device is to do nothing with it that there is",
                       "use DeviceAccess::read, write or read_write")
            .error();
    return refuse_reach(attempted, memory.size(), options.highest_address);
}

std::string describe_pin(std::span<const std::byte> memory, const DeviceInfo& device) {
    return fmt::format("pin {:#x} bytes at {} for {}", memory.size(),
                       static_cast<const void*>(memory.data()), device.address);
}

}  // namespace

Result<DeviceMemory> Backend::allocate_dma(std::uint64_t, const DmaConstraints&,
                                           const std::string& attempted) {
    return failure(ErrorCode::unsupported, attempted, info().capabilities.dma.why_not);
}

Result<DeviceMemory> Backend::pin(std::span<std::byte>, const PinOptions&,
                                  const std::string& attempted) {
    return failure(ErrorCode::unsupported, attempted, info().capabilities.dma.why_not);
}

Result<DmaBuffer> Device::allocate_dma(std::uint64_t size, DmaConstraints constraints) const {
    const std::string attempted =
        fmt::format("allocate {:#x} bytes of DMA memory for {}", size, info().address);
    if (auto fault = refuse_allocation(attempted, size, constraints))
        return std::unexpected(std::move(*fault));
    return then(backend_->allocate_dma(size, constraints, attempted), [](DeviceMemory memory) {
        return DmaBuffer(memory.bytes, std::move(memory.segments), std::move(memory.owner));
    });
}

Result<PinnedMemory> Device::pin(std::span<std::byte> memory, PinOptions options) const {
    const std::string attempted = describe_pin(memory, info());
    if (auto fault = refuse_pin(attempted, memory, options))
        return std::unexpected(std::move(*fault));
    return then(backend_->pin(memory, options, attempted), [](DeviceMemory pinned) {
        return PinnedMemory(pinned.bytes, std::move(pinned.segments), std::move(pinned.owner));
    });
}

Result<PinnedMemory> Device::pin_read_only(std::span<const std::byte> memory,
                                           PinOptions options) const {
    options.access = DeviceAccess::read;
    // Nothing writes through it: the device may only read.
    return pin({const_cast<std::byte*>(memory.data()), memory.size()}, options);
}

}  // namespace openbar
