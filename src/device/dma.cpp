// Memory for the device: what makes sense is checked here, once for all back ends.
#include "base/failure.hpp"
#include "base/page.hpp"
#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>

namespace openbar {
namespace {

constexpr auto largest_object = static_cast<std::uint64_t>(PTRDIFF_MAX);

Result<void> check_reach(std::uint64_t size, std::uint64_t highest) {
    if (size - 1 <= highest) return {};
    return failure(
        ErrorCode::out_of_range,
        fmt::format("a device that reaches no higher than {:#x} cannot reach {:#x} bytes", highest,
                    size),
        "ask for less");
}

Result<void> check_allocation(std::uint64_t size, const DmaConstraints& constraints) {
    if (size == 0) return failure(ErrorCode::invalid_argument, "its size is 0 bytes");
    if (size > largest_object - page_size())
        return failure(ErrorCode::invalid_argument, "it is larger than an address space",
                       "ask for less");
    if (!std::has_single_bit(constraints.alignment))
        return failure(
            ErrorCode::invalid_argument,
            fmt::format("the alignment {:#x} is not a power of two", constraints.alignment),
            fmt::format("use {:#x}",
                        std::bit_ceil(std::min<std::uint64_t>(constraints.alignment, 1ull << 62))));
    return check_reach(size, constraints.highest_address);
}

Result<void> check_pin(std::span<const std::byte> memory, const PinOptions& options) {
    if (memory.empty()) return failure(ErrorCode::invalid_argument, "the memory is empty");
    const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
    if (address == 0 || memory.size() > largest_object || address > UINTPTR_MAX - memory.size() ||
        address + memory.size() > UINTPTR_MAX - page_size())
        return failure(ErrorCode::out_of_range,
                       address == 0 ? "it starts at the null pointer" : "its end wraps round",
                       "pass a span of memory that is there");
    const auto access = static_cast<unsigned>(options.access);
    if (access == 0 || access > 3)
        return failure(ErrorCode::invalid_argument, fmt::format("invalid access {}", access),
                       "use DeviceAccess::read, write or read_write");
    return check_reach(memory.size(), options.highest_address);
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

Result<DeviceMemory> Backend::allocate_dma(std::uint64_t, const DmaConstraints&) {
    return not_offered(info().capabilities.dma);
}

Result<DeviceMemory> Backend::pin(std::span<std::byte>, const PinOptions&) {
    return not_offered(info().capabilities.dma);
}

Result<DmaBuffer> Device::allocate_dma(std::uint64_t size, DmaConstraints constraints) const {
    return check_allocation(size, constraints)
        .and_then([&] { return backend_->allocate_dma(size, constraints); })
        .transform([](DeviceMemory memory) {
            return DmaBuffer(memory.bytes, std::move(memory.segments), std::move(memory.owner));
        })
        .attempting([&] {
            return fmt::format("allocate {:#x} bytes of DMA memory for {}", size, info().address);
        });
}

Result<PinnedMemory> Device::pin(std::span<std::byte> memory, PinOptions options) const {
    return check_pin(memory, options)
        .and_then([&] { return backend_->pin(memory, options); })
        .transform([](DeviceMemory pinned) {
            return PinnedMemory(pinned.bytes, std::move(pinned.segments), std::move(pinned.owner));
        })
        .attempting([&] {
            return fmt::format("pin {:#x} bytes at {} for {}", memory.size(),
                               static_cast<const void*>(memory.data()), info().address);
        });
}

Result<PinnedMemory> Device::pin_read_only(std::span<const std::byte> memory,
                                           PinOptions options) const {
    options.access = DeviceAccess::read;
    // Nothing writes through it: the device may only read.
    return pin({const_cast<std::byte*>(memory.data()), memory.size()}, options);
}

Result<PinnedMemory> Device::pin_peer(const Mapping& peer, PinOptions options) const {
    if (peer.memory_type() == MemoryType::emulated)
        return Result<PinnedMemory>(failure(ErrorCode::invalid_argument,
                                            "its registers are emulated: there is no memory"))
            .attempting([&] { return "pin a peer's mapping for " + info().address; });
    // Nothing here accesses it: only its pages count.
    const std::span<std::byte> memory(const_cast<std::byte*>(peer.data()), peer.size());
    OPENBAR_TRY(pinned, pin(memory, options));
    struct Keeps {
        std::shared_ptr<const void> peer;
        PinnedMemory pinned;  // goes first
    };
    std::vector<DmaSegment> segments(pinned.segments().begin(), pinned.segments().end());
    auto keeps = std::make_shared<const Keeps>(Keeps{peer.owner_, std::move(pinned)});
    return PinnedMemory(memory, std::move(segments), std::move(keeps));
}

}  // namespace openbar
