#include "device/block_access.hpp"

#include "openbar/dma_order.hpp"

#include "base/width_access.hpp"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace openbar::block_access {
namespace {

std::uintptr_t address_of(const volatile std::byte* pointer) {
    return reinterpret_cast<std::uintptr_t>(pointer);
}

/// `access(offset, width)` for every access of a block, by rising address. What lies between the
/// first and the last whole word is one call, `words(offset, count)`: 8 bytes `count` times.
template <typename Access, typename Words>
void for_each_access(std::uintptr_t address, std::size_t size, unsigned width, Access access,
                     Words words) {
    std::size_t done = 0;
    const auto step = [&](unsigned bytes) {
        access(done, bytes);
        done += bytes;
    };
    if (width != 0 && width != 8) {
        while (done < size) step(width);
        return;
    }
    while (done < size && (address + done) % 8 != 0) step(next_width(address + done, size - done));
    words(done, (size - done) / 8);
    done += (size - done) / 8 * 8;
    while (done < size) step(next_width(address + done, size - done));
}

void store_bytes(volatile std::byte* device, const std::byte* source, std::size_t size,
                 unsigned width) {
    for_each_access(
        address_of(device), size, width,
        [&](std::size_t at, unsigned bytes) {
            std::uint64_t value = 0;
            std::memcpy(&value, source + at, bytes);
            store_width(device + at, bytes, value);
        },
        [device, source](std::size_t at, std::size_t count) {
            for (const std::size_t end = at + 8 * count; at < end; at += 8) {
                std::uint64_t value = 0;
                std::memcpy(&value, source + at, 8);
                volatile_store(device + at, value);
            }
        });
}

void load_bytes(const volatile std::byte* device, std::byte* destination, std::size_t size,
                unsigned width) {
    for_each_access(
        address_of(device), size, width,
        [&](std::size_t at, unsigned bytes) {
            const std::uint64_t value = load_width(device + at, bytes);
            std::memcpy(destination + at, &value, bytes);
        },
        [device, destination](std::size_t at, std::size_t count) {
            for (const std::size_t end = at + 8 * count; at < end; at += 8) {
                const auto value = volatile_load<std::uint64_t>(device + at);
                std::memcpy(destination + at, &value, 8);
            }
        });
}

void fill_bytes(volatile std::byte* device, std::size_t size, std::byte byte, unsigned width) {
    const std::uint64_t value = 0x0101'0101'0101'0101u * std::to_integer<std::uint64_t>(byte);
    for_each_access(
        address_of(device), size, width,
        [&](std::size_t at, unsigned bytes) { store_width(device + at, bytes, value); },
        [device, value](std::size_t at, std::size_t count) {
            for (const std::size_t end = at + 8 * count; at < end; at += 8)
                volatile_store(device + at, value);
        });
}

#if defined(__x86_64__)

/// Bytes up to the first multiple of 16, where streaming starts.
std::size_t unaligned_head(const volatile std::byte* device, std::size_t size) {
    return std::min<std::size_t>(size, (16 - address_of(device) % 16) % 16);
}

__m128i* streamed(const volatile std::byte* device) {
    return reinterpret_cast<__m128i*>(const_cast<std::byte*>(device));
}

void stream_to(volatile std::byte* device, std::span<const std::byte> source) {
    const std::size_t head = unaligned_head(device, source.size());
    store_bytes(device, source.data(), head, 0);
    std::size_t at = head;
    for (; source.size() - at >= 16; at += 16)
        _mm_stream_si128(streamed(device + at),
                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(source.data() + at)));
    store_bytes(device + at, source.data() + at, source.size() - at, 0);
}

void stream_fill(volatile std::byte* device, std::size_t size, std::byte value) {
    const std::size_t head = unaligned_head(device, size);
    fill_bytes(device, head, value, 0);
    const __m128i values = _mm_set1_epi8(std::to_integer<char>(value));
    std::size_t at = head;
    for (; size - at >= 16; at += 16) _mm_stream_si128(streamed(device + at), values);
    fill_bytes(device + at, size - at, value, 0);
}

// Loads that stream may return what an earlier one fetched, unless a fence is between: Intel SDM
// volume 1, "Streaming Load Hint Instruction".
[[gnu::target("sse4.1")]] void stream_from(const volatile std::byte* device,
                                           std::span<std::byte> destination) {
    _mm_mfence();
    const std::size_t head = unaligned_head(device, destination.size());
    load_bytes(device, destination.data(), head, 0);
    std::size_t at = head;
    for (; destination.size() - at >= 16; at += 16)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(destination.data() + at),
                         _mm_stream_load_si128(streamed(device + at)));
    load_bytes(device + at, destination.data() + at, destination.size() - at, 0);
    _mm_mfence();
}

bool streams(unsigned width, MemoryType type) {
    return width == 0 && type == MemoryType::write_combining;
}

bool can_stream_loads() {
    static const bool can = __builtin_cpu_supports("sse4.1") != 0;
    return can;
}

#endif

bool ordinary(unsigned width, MemoryType type) {
    return width == 0 && type == MemoryType::cached;
}

/// Empties the write-combining buffers, also where the type is not known to be write-combining.
void fence(MemoryType type) {
#if defined(__x86_64__)
    if (type != MemoryType::cached) _mm_sfence();
#else
    static_cast<void>(type);
#endif
    order_writes_before_device();
}

}  // namespace

void write(volatile std::byte* device, std::span<const std::byte> source, unsigned width,
           MemoryType type) {
    if (source.empty()) return fence(type);
    if (ordinary(width, type))
        std::memcpy(const_cast<std::byte*>(device), source.data(), source.size());
#if defined(__x86_64__)
    else if (streams(width, type))
        stream_to(device, source);
#endif
    else
        store_bytes(device, source.data(), source.size(), width);
    fence(type);
}

void read(const volatile std::byte* device, std::span<std::byte> destination, unsigned width,
          MemoryType type) {
    if (destination.empty()) return;
    if (ordinary(width, type))
        std::memcpy(destination.data(), const_cast<const std::byte*>(device), destination.size());
#if defined(__x86_64__)
    else if (streams(width, type) && can_stream_loads())
        stream_from(device, destination);
#endif
    else
        load_bytes(device, destination.data(), destination.size(), width);
    order_device_before_reads();
}

void fill(volatile std::byte* device, std::size_t size, std::byte value, unsigned width,
          MemoryType type) {
    if (size == 0) return fence(type);
    if (ordinary(width, type))
        std::memset(const_cast<std::byte*>(device), std::to_integer<int>(value), size);
#if defined(__x86_64__)
    else if (streams(width, type))
        stream_fill(device, size, value);
#endif
    else
        fill_bytes(device, size, value, width);
    fence(type);
}

}  // namespace openbar::block_access
