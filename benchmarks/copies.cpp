// Blocks to and from a device's memory, against memcpy and against the loop that one writes without
// a library, on the same mapping.
//
// Without arguments: on ordinary memory, taken for uncached and for cached, which shows what the
// instructions cost and not what a bus does. (Streaming stores, for write-combining, would there
// measure the way past the caches, which device memory does not have.) `copies_benchmark DEVICE
// REGION`: on that region, mapped uncached and, where the kernel grants it, write-combining; what
// it held is lost.
#include "openbar/openbar.hpp"

#include "comparison.hpp"
#include "device/block_access.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using openbar::MemoryType;
using openbar::benchmark::compare;
using openbar::benchmark::Comparison;

std::string_view name_of(MemoryType type) {
    switch (type) {
        case MemoryType::uncached: return "uncached";
        case MemoryType::write_combining: return "write-combining";
        case MemoryType::cached: return "cached";
        default: return "unknown type";
    }
}

volatile std::uint8_t sink;  // what is read must be used

/// What a driver's author writes: 64 bits at a time.
void bare_stores(volatile std::byte* device, const std::byte* source, std::size_t size) {
    auto* const words = reinterpret_cast<volatile std::uint64_t*>(device);
    for (std::size_t at = 0; at < size / 8; ++at) {
        std::uint64_t value = 0;
        std::memcpy(&value, source + 8 * at, 8);
        words[at] = value;
    }
}

void bare_loads(const volatile std::byte* device, std::byte* destination, std::size_t size) {
    const auto* const words = reinterpret_cast<const volatile std::uint64_t*>(device);
    for (std::size_t at = 0; at < size / 8; ++at) {
        const std::uint64_t value = words[at];
        std::memcpy(destination + 8 * at, &value, 8);
    }
}

void bare_fill(volatile std::byte* device, std::size_t size) {
    auto* const words = reinterpret_cast<volatile std::uint64_t*>(device);
    for (std::size_t at = 0; at < size / 8; ++at) words[at] = 0x5a5a'5a5a'5a5a'5a5a;
}

/// The ways of openbar, by the part of the API that can be had for what is measured.
struct Ways {
    std::function<void(std::span<const std::byte>)> write;
    std::function<void(std::span<std::byte>)> read;
    std::function<void(std::size_t)> fill;
};

void measure(std::vector<Comparison>& all, const std::string& what, volatile std::byte* device,
             std::size_t size, const Ways& ways) {
    std::vector<std::byte> memory(size, std::byte{0x33});
    // Some 4 MiB a turn, so that a turn is long beside the clock that takes it.
    const std::size_t times = std::max<std::size_t>(1, (4U << 20U) / size);
    auto* const plain = const_cast<std::byte*>(device);
    const auto add = [&](std::string_view name, auto baseline, auto ours) {
        const auto repeated = [&](auto& work) {
            return [&] {
                for (std::size_t i = 0; i < times; ++i) {
                    work();
                    __asm__ volatile("" ::: "memory");
                }
            };
        };
        all.push_back(compare(fmt::format("{} KiB {} {}", size / 1024, what, name), times,
                              repeated(baseline), repeated(ours), 31));
    };
    const auto write = [&] { ways.write(memory); };
    const auto read = [&] {
        ways.read(memory);
        sink = std::to_integer<std::uint8_t>(memory[size / 2]);
    };
    const auto fill = [&] { ways.fill(size); };
    add(
        "write / memcpy", [&] { std::memcpy(plain, memory.data(), size); }, write);
    add(
        "write / bare loop", [&] { bare_stores(device, memory.data(), size); }, write);
    add(
        "read / memcpy", [&] { std::memcpy(memory.data(), plain, size); }, read);
    add(
        "read / bare loop", [&] { bare_loads(device, memory.data(), size); }, read);
    add(
        "fill / memset", [&] { std::memset(plain, 0x5a, size); }, fill);
    add(
        "fill / bare loop", [&] { bare_fill(device, size); }, fill);
}

std::vector<Comparison> on_ordinary_memory() {
    alignas(4096) static std::byte memory[64 * 1024];
    std::vector<Comparison> all;
    for (const MemoryType type : {MemoryType::uncached, MemoryType::cached}) {
        const Ways ways{
            [&](auto source) { openbar::block_access::write(memory, source, 0, type); },
            [&](auto destination) { openbar::block_access::read(memory, destination, 0, type); },
            [&](auto size) {
                openbar::block_access::fill(memory, size, std::byte{0x5a}, 0, type);
            }};
        for (const std::size_t size : {std::size_t{4096}, sizeof memory})
            measure(all, fmt::format("as {}", name_of(type)), memory, size, ways);
    }
    return all;
}

openbar::Result<std::vector<Comparison>> on_a_device(std::string_view address,
                                                     openbar::RegionIndex region) {
    std::vector<Comparison> all;
    for (const MemoryType type : {MemoryType::uncached, MemoryType::write_combining}) {
        const auto device = openbar::Device::open(address);
        if (!device) return device.error();
        const auto mapping = device->map(region, {.memory_type = type});
        if (!mapping) return mapping.error();
        const auto must = [](openbar::Result<void> done) {
            if (!done) std::abort();
        };
        const Ways ways{
            [&](auto source) { must(openbar::copy_to_device(*mapping, 0, source)); },
            [&](auto destination) { must(openbar::copy_from_device(*mapping, 0, destination)); },
            [&](auto size) { must(openbar::fill(*mapping, 0, size, std::byte{0x5a})); }};
        for (const std::size_t size : {4096u, 256 * 1024u})
            if (size <= mapping->size())
                measure(all, std::string(name_of(mapping->memory_type())), mapping->data(), size,
                        ways);
    }
    return all;
}

}  // namespace

int main(int count, char** arguments) {
    bool json = false;
    std::vector<std::string_view> words;
    for (int index = 1; index < count; ++index) {
        if (std::string_view(arguments[index]) == "--json")
            json = true;
        else
            words.emplace_back(arguments[index]);
    }
    openbar::RegionIndex region = 0;
    if (words.size() == 1 || words.size() > 2 ||
        (words.size() == 2 &&
         std::from_chars(words[1].begin(), words[1].end(), region).ptr != words[1].end())) {
        fmt::print(stderr, "usage: copies_benchmark [--json] [DEVICE REGION]\n");
        return 2;
    }
    if (words.empty()) {
        openbar::benchmark::print(on_ordinary_memory(), json);
        return 0;
    }
    const auto all = on_a_device(words[0], region);
    if (!all) {
        fmt::print(stderr, "{}\n", all.error().message());
        return 1;
    }
    openbar::benchmark::print(*all, json);
}
