// A C access on a mapping, and a request through a handle, against the same in C++. Prints JSON: a part of
// the benchmark `bindings`, whose other part is bindings.py.
#include "openbar/device.hpp"
#include "openbar/openbar.h"
#include "openbar/volatile_access.hpp"

#include "comparison.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

alignas(64) std::array<std::byte, 256> memory{};
volatile std::uint32_t sink;  // what is read must be used

template <typename Operation>
auto repeated(std::size_t operations, Operation operation) {
    return [operations, operation] {
        for (std::size_t i = 0; i < operations; ++i) operation();
    };
}

}  // namespace

int main() {
    using openbar::benchmark::compare;
    openbar_device card = 0;
    if (openbar_open("sim:edu", nullptr, &card) != OPENBAR_OK) return 1;
    const auto region = openbar::Device::open("sim:edu").value().region(0).value();
    constexpr std::size_t accesses = 200'000, requests = 2'000;
    std::byte* const address = memory.data() + 8;
    const std::vector comparisons = {
        compare("C: load of a mapping : C++", accesses,
                repeated(accesses, [=] { sink = openbar::volatile_load<std::uint32_t>(address); }),
                repeated(accesses, [=] { sink = openbar_load32(address); })),
        compare("C: store to a mapping : C++", accesses,
                repeated(accesses, [=] { openbar::volatile_store<std::uint32_t>(address, 1); }),
                repeated(accesses, [=] { openbar_store32(address, 1); })),
        compare("C: request to sim:edu : C++", requests,
                repeated(requests, [=] { sink = region.read<std::uint32_t>(0).value(); }),
                repeated(requests,
                         [=] {
                             std::uint64_t value = 0;
                             openbar_read(card, 0, 0, 4, &value);
                             sink = static_cast<std::uint32_t>(value);
                         }),
                31),
    };
    openbar::benchmark::print(comparisons, true);
    openbar_close(card);
}
