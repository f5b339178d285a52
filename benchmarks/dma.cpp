// Memory for the device, and blocks to and from its memory, against the plain ways.
//
// Without arguments: block accesses on ordinary memory, and the setting up of memory with the
// simulated `edu`. `dma_benchmark vfio:00:04.0` does the latter through VFIO, where the kernel pins
// pages. Setting up is compared with mmap and memcpy of the same size, not with VFIO's bare ioctls.
#include "openbar/openbar.hpp"

#include "comparison.hpp"
#include "device/block_access.hpp"

#include <sys/mman.h>

#include <array>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using openbar::MemoryType;
using openbar::benchmark::compare;
using openbar::benchmark::Comparison;

constexpr std::size_t block = 64 * 1024;
constexpr std::size_t copies = 50;
alignas(4096) std::array<std::byte, block> device_memory;
std::vector<std::byte> host_memory(block);

template <typename Operation>
auto repeated(std::size_t times, Operation operation) {
    return [=] {
        for (std::size_t i = 0; i < times; ++i) operation();
    };
}

/// What a driver's author writes without a library: 64 bits at a time.
void bare_store_loop() {
    auto* const device = reinterpret_cast<volatile std::uint64_t*>(device_memory.data());
    for (std::size_t at = 0; at < block / 8; ++at) {
        std::uint64_t value = 0;
        std::memcpy(&value, host_memory.data() + 8 * at, 8);
        device[at] = value;
    }
}

void bare_load_loop() {
    const auto* const device =
        reinterpret_cast<const volatile std::uint64_t*>(device_memory.data());
    for (std::size_t at = 0; at < block / 8; ++at) {
        const std::uint64_t value = device[at];
        std::memcpy(host_memory.data() + 8 * at, &value, 8);
    }
}

void plain_copy() {
    std::memcpy(device_memory.data(), host_memory.data(), block);
    __asm__ volatile("" ::: "memory");
}

auto to_device(MemoryType type) {
    return repeated(copies, [type] {
        openbar::block_access::write(device_memory.data(), host_memory, 0, type);
    });
}

auto from_device(MemoryType type) {
    return repeated(copies, [type] {
        openbar::block_access::read(device_memory.data(), host_memory, 0, type);
    });
}

std::vector<Comparison> copying() {
    return {
        compare("64 KiB to uncached / bare loop", copies, repeated(copies, bare_store_loop),
                to_device(MemoryType::uncached)),
        compare("64 KiB from uncached / bare loop", copies, repeated(copies, bare_load_loop),
                from_device(MemoryType::uncached)),
        compare("64 KiB to uncached / memcpy", copies, repeated(copies, plain_copy),
                to_device(MemoryType::uncached)),
        compare("64 KiB to write-combining / memcpy", copies, repeated(copies, plain_copy),
                to_device(MemoryType::write_combining)),
        compare("64 KiB to cached / memcpy", copies, repeated(copies, plain_copy),
                to_device(MemoryType::cached)),
    };
}

/// What has to happen to get zeroed memory at all.
void bare_pages(std::size_t size) {
    void* const base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (base == MAP_FAILED) std::abort();
    ::munmap(base, size);
}

void require(bool done, std::string_view what) {
    if (done) return;
    std::cerr << what << " failed\n";
    std::exit(1);
}

std::vector<Comparison> setting_up(const openbar::Device& device) {
    std::vector<Comparison> all;
    for (const std::size_t kib : {4u, 64u, 1024u, 4096u}) {
        const std::size_t size = kib * 1024;
        all.push_back(compare(
            "allocate_dma " + std::to_string(kib) + " KiB / mmap of it", 10,
            repeated(10, [=] { bare_pages(size); }),
            repeated(10, [&, size] { require(device.allocate_dma(size).has_value(), "allocate"); }),
            21));
        std::vector<std::byte> memory(size);
        all.push_back(compare("pin and unpin " + std::to_string(kib) + " KiB / memcpy of it", 10,
                              repeated(10,
                                       [&] {
                                           static std::vector<std::byte> other(4096 * 1024);
                                           std::memcpy(other.data(), memory.data(), memory.size());
                                           __asm__ volatile("" ::: "memory");
                                       }),
                              repeated(10, [&] { require(device.pin(memory).has_value(), "pin"); }),
                              21));
    }
    return all;
}

}  // namespace

int main(int count, char** arguments) {
    bool json = false;
    std::string address = "sim:edu";
    for (int index = 1; index < count; ++index) {
        if (std::string_view(arguments[index]) == "--json")
            json = true;
        else
            address = arguments[index];
    }
    const auto device = openbar::Device::open(address);
    if (!device) {
        std::cerr << device.error().message() << "\nusage: dma_benchmark [--json] [DEVICE]\n";
        return 1;
    }
    std::vector<Comparison> all = copying();
    for (Comparison& one : setting_up(*device)) all.push_back(std::move(one));
    openbar::benchmark::print(all, json);
}
