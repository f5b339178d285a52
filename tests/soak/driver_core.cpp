// The driver's core for long, on a kernel that does its worst at random: see
// tests/unit/driver_core/play.hpp.
//
//     driver_core_soak [--requests N] [--seed N]
//
// Each life of a device has its seed; the one that fails is printed, and repeats it.
#include "tests/unit/driver_core/play.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

namespace {

using namespace openbar::driver::test;

constexpr std::size_t bytes_a_life = 6000;

bool read_number(std::string_view word, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    return error == std::errc() && end == word.data() + word.size();
}

int soak(std::uint64_t wanted, std::uint64_t seed) {
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t requests = 0;
    std::uint64_t lives = 0;
    for (; requests < wanted; ++lives) {
        openbar::worst_case::Dice dice(seed + lives);
        Bytes bytes(dice, bytes_a_life);
        requests += play(bytes);
        if (!testing::Test::HasFailure()) continue;
        std::printf("failed; repeat it with: driver_core_soak --requests 1 --seed %llu\n",
                    static_cast<unsigned long long>(seed + lives));
        return 1;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("%llu requests in %llu lives of a device, %.0f s, nothing wrong\n",
                static_cast<unsigned long long>(requests), static_cast<unsigned long long>(lives),
                took.count());
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    std::uint64_t requests = 100'000;
    std::uint64_t seed = 1;
    for (int i = 1; i < count; i += 2) {
        const std::string_view option = arguments[i];
        std::uint64_t* number = option == "--requests" ? &requests
                                : option == "--seed"   ? &seed
                                                       : nullptr;
        if (number == nullptr || i + 1 == count || !read_number(arguments[i + 1], *number)) {
            std::fputs("usage: driver_core_soak [--requests N] [--seed N]\n", stderr);
            return 2;
        }
    }
    return soak(requests, seed);
}
