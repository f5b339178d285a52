// A million translations against a plain walk: four dependent reads of a raw image for each
// address, written as one would write it by hand, with the same checks. The tables map 1 GiB in
// pages of 4 KiB, which lie in disorder, and another one in pages of 2 MiB.
#include "openbar/translator.hpp"

#include "comparison.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t operations = 1'000'000;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;
constexpr std::uint64_t root = 0x1000;

/// PML4 at 0x1000, PDPT at 0x2000, PDs at 0x3000 (4 KiB pages) and 0x4000 (2 MiB pages), PTs
/// behind.
std::vector<std::byte> image() {
    std::vector<std::byte> bytes(0x5000 + 512 * 0x1000);
    std::mt19937_64 random(5);
    const auto put = [&](std::uint64_t table, std::uint64_t index, std::uint64_t entry) {
        std::memcpy(&bytes[table + 8 * index], &entry, sizeof entry);
    };
    put(root, 0, 0x2003);
    put(0x2000, 0, 0x3003);
    put(0x2000, 1, 0x4003);
    for (std::uint64_t i = 0; i < 512; ++i) {
        const std::uint64_t table = 0x5000 + i * 0x1000;
        put(0x3000, i, table | 3);
        put(0x4000, i, (random() % 4096) << 21U | 0x83);
        for (std::uint64_t page = 0; page < 512; ++page)
            put(table, page, (random() % (1U << 22U)) << 12U | 3);
    }
    return bytes;
}

/// The plain walk.
std::optional<std::uint64_t> walk(std::span<const std::byte> memory, std::uint64_t address) {
    std::uint64_t table = root;
    for (int shift = 39;; shift -= 9) {
        const std::uint64_t place = table + ((address >> shift) & 511U) * 8;
        std::uint64_t entry = 0;
        if (place > memory.size() - sizeof entry) return std::nullopt;
        std::memcpy(&entry, memory.data() + place, sizeof entry);
        if ((entry & 1U) == 0) return std::nullopt;
        const std::uint64_t offset = (std::uint64_t{1} << shift) - 1;
        if (shift == 12 || (shift < 39 && (entry & 0x80U) != 0))
            return (entry & 0x000f'ffff'ffff'f000 & ~offset) | (address & offset);
        table = entry & 0x000f'ffff'ffff'f000;
    }
}

std::vector<std::uint64_t> addresses(std::uint64_t start, std::uint64_t span, bool in_order) {
    std::vector<std::uint64_t> list(operations);
    std::mt19937_64 random(6);
    std::uint64_t next = 0;
    for (auto& address : list) address = start + (in_order ? next++ * 4096 : random()) % span;
    return list;
}

volatile std::uint64_t sink;  // what is found must be used

template <typename Translate>
auto each(const std::vector<std::uint64_t>& list, Translate translate) {
    return [&list, translate]() mutable {
        std::uint64_t sum = 0;
        for (const std::uint64_t address : list) sum += translate(address);
        sink = sum;
    };
}

}  // namespace

int main(int count, char** arguments) {
    const bool json = count > 1 && std::string_view(arguments[1]) == "--json";
    const auto bytes = image();
    const auto memory = openbar::PhysicalMemory::from_raw(bytes).value();
    const openbar::Paging paging{.cr3 = root};
    auto translator = openbar::Translator::create(memory, paging).value();

    const auto plain = [&](std::uint64_t address) { return walk(bytes, address).value_or(0); };
    const auto quick = [&](std::uint64_t address) {
        return translator.physical(address).value_or(0);
    };
    const auto stepwise = [&](std::uint64_t address) {
        return openbar::translate(memory, paging, address).value().physical;
    };
    const struct {
        const char* name;
        std::vector<std::uint64_t> list;
    } workloads[] = {
        {"page after page, 1 GiB", addresses(0, gib, true)},
        {"at random in 16 MiB", addresses(0, 16U << 20U, false)},
        {"at random in 1 GiB", addresses(0, gib, false)},
        {"at random in 1 GiB of 2 MiB pages", addresses(gib, gib, false)},
    };
    std::vector<openbar::benchmark::Comparison> results;
    for (const auto& workload : workloads) {
        for (const std::uint64_t address : workload.list)
            if (plain(address) != quick(address) || plain(address) != stepwise(address)) {
                std::fprintf(stderr, "the ways disagree on %#jx\n",
                             static_cast<std::uintmax_t>(address));
                return 1;
            }
        results.push_back(openbar::benchmark::compare(
            workload.name, operations, each(workload.list, plain), each(workload.list, quick), 31));
    }
    results.push_back(openbar::benchmark::compare("at random in 16 MiB, with each step", operations,
                                                  each(workloads[1].list, plain),
                                                  each(workloads[1].list, stepwise), 7));
    openbar::benchmark::print(results, json);
}
