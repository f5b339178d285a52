// Memory for the device: what makes sense is checked here, once for all back ends.
#include "base/failure.hpp"
#include "base/page.hpp"
#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>

namespace openbar {
namespace {

constexpr auto largest_object = static_cast<std::uint64_t>(PTRDIFF_MAX);

/// What is wrong with a request, `attempted` left open.
using Refusal = std::optional<Error>;

Refusal refuse(ErrorCode code, std::string cause, std::string hint = {}) {
    return failure(code, {}, std::move(cause), std::move(hint));
}

Refusal refuse_reach(std::uint64_t size, std::uint64_t highest) {
    if (size - 1 <= highest) return std::nullopt;
    return refuse(ErrorCode::out_of_range,
                  fmt::format("a device that reaches no higher than {:#x} cannot reach {:#x} bytes",
                              highest, size),
                  "ask for less");
}

Refusal refuse_allocation(std::uint64_t size, const DmaConstraints& constraints) {
    if (size == 0) return refuse(ErrorCode::invalid_argument, "its size is 0 bytes");
    if (size > largest_object - page_size())
        return refuse(ErrorCode::invalid_argument, "it is larger than an address space",
                      "ask for less");
    if (!std::has_single_bit(constraints.alignment))
        return refuse(
            ErrorCode::invalid_argument,
            fmt::format("the alignment {:#x} is not a power of two", constraints.alignment),
            fmt::format("use {:#x}",
                        std::bit_ceil(std::min<std::uint64_t>(constraints.alignment, 1ull << 62))));
    return refuse_reach(size, constraints.highest_address);
}

Refusal refuse_pin(std::span<const std::byte> memory, const PinOptions& options) {
    if (memory.empty()) return refuse(ErrorCode::invalid_argument, "the memory is empty");
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    if (address == 0 || memory.size() > largest_object || address > UINTPTR_MAX - memory.size() ||
        address + memory.size() > UINTPTR_MAX - page_size())
        return refuse(ErrorCode::out_of_range,
                      address == 0 ? "it starts at the null pointer" : "its end wraps round",
                      "pass a span of memory that is there");
    const auto access = static_cast<unsigned>(options.access);
    if (access == 0 || access > 3)
        return refuse(ErrorCode::invalid_argument,
                      "the device is to do nothing with it that there is",
                      "use DeviceAccess::read, write or read_write");
    return refuse_reach(memory.size(), options.highest_address);
}

/// For back ends. The words that tell all are made for errors only: they take longer than the
/// kernel takes to pin a page.
const std::string& brief_attempt() {
    static const std::string attempt = "give the device memory";
    return attempt;
}

Error failed_allocation(Error error, std::uint64_t size, const Device& device) {
    error.attempted =
        fmt::format("allocate {:#x} bytes of DMA memory for {}", size, device.info().address);
    return error;
}

Error failed_pin(Error error, std::span<const std::byte> memory, const Device& device) {
    error.attempted = fmt::format("pin {:#x} bytes at {} for {}", memory.size(),
                                  static_cast<const void*>(memory.data()), device.info().address);
    return error;
}

}  // namespace

Error detail::wrong_view(const ValuesAt& values, std::span<const std::byte> memory) {
    Error error{.attempted =
                    fmt::format("see {} values of {:#x} bytes at offset {:#x} of DMA memory",
                                values.count, values.size, values.offset)};
    const std::size_t left = memory.size() - std::min(values.offset, memory.size());
    if (values.count <= left / values.size && values.offset <= memory.size()) {
        error.code = ErrorCode::misaligned;
        error.cause =
            fmt::format("the address {} is not a multiple of their alignment, {} bytes",
                        static_cast<const void*>(memory.data() + values.offset), values.alignment);
        error.hint = "use another offset, or align the memory that is pinned";
        return error;
    }
    error.code = ErrorCode::out_of_range;
    error.cause = fmt::format("the memory has {:#x} bytes, which is enough for {} values there",
                              memory.size(), left / values.size);
    error.hint = "use fewer, or allocate more";
    return error;
}

Result<DeviceMemory> Backend::allocate_dma(std::uint64_t, const DmaConstraints&,
                                           const std::string& attempted) {
    return not_offered(info().capabilities.dma, attempted);
}

Result<DeviceMemory> Backend::pin(std::span<std::byte>, const PinOptions&,
                                  const std::string& attempted) {
    return not_offered(info().capabilities.dma, attempted);
}

Result<DmaBuffer> Device::allocate_dma(std::uint64_t size, DmaConstraints constraints) const {
    if (auto refusal = refuse_allocation(size, constraints))
        return failed_allocation(std::move(*refusal), size, *this);
    auto memory = backend_->allocate_dma(size, constraints, brief_attempt());
    if (!memory) return failed_allocation(std::move(memory).error(), size, *this);
    return DmaBuffer(memory->bytes, std::move(memory->segments), std::move(memory->owner));
}

Result<PinnedMemory> Device::pin(std::span<std::byte> memory, PinOptions options) const {
    if (auto refusal = refuse_pin(memory, options))
        return failed_pin(std::move(*refusal), memory, *this);
    auto pinned = backend_->pin(memory, options, brief_attempt());
    if (!pinned) return failed_pin(std::move(pinned).error(), memory, *this);
    return PinnedMemory(pinned->bytes, std::move(pinned->segments), std::move(pinned->owner));
}

Result<PinnedMemory> Device::pin_read_only(std::span<const std::byte> memory,
                                           PinOptions options) const {
    options.access = DeviceAccess::read;
    // Nothing writes through it: the device may only read.
    return pin({const_cast<std::byte*>(memory.data()), memory.size()}, options);
}

}  // namespace openbar
