// openbar dma, on a simulated card that needs no time for a transfer.
#include "tests/unit/cli/run_openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace openbar::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* simulated = "sim:edu,dma_time=0s";

TEST(DmaCommand, gives_memory_and_tells_where_the_device_finds_it) {
    const Ran ran = run_openbar({"dma", simulated, "--size", "5k", "--json"});
    ASSERT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_EQ(json::parse(ran.out)["size"], 5 * 1024);
    EXPECT_THAT(ran.out, HasSubstr("0x"));
}

TEST(DmaCommand, tests_transfers_both_ways_of_any_size) {
    for (const char* size : {"1", "2", "4095", "4096", "1M"}) {
        const Ran ran = run_openbar({"dma", simulated, "--test", "--size", size, "--count", "20"});
        EXPECT_EQ(ran.code, 0) << ran.diagnostics;
        EXPECT_EQ(ran.out, "40 transfers, 0 of 20 copies wrong\n");
    }
}

TEST(DmaCommand, tells_the_first_wrong_byte) {
    // A card with 12 address bits reaches nothing of what it is given.
    const Ran ran = run_openbar(
        {"dma", "sim:edu,dma_time=0s,dma_mask=0xfff", "--test", "--count", "3", "--json"});
    EXPECT_EQ(ran.code, 1);
    const json result = json::parse(ran.out);
    EXPECT_EQ(result["wrong"], 3);
    EXPECT_THAT(std::string(result["first"]), HasSubstr("should be"));
}

TEST(DmaCommand, that_would_test_nothing_is_wrong_usage) {
    for (const char* count : {"0", "0xffffffffffffffff"}) {
        const Ran ran = run_openbar({"dma", simulated, "--test", "--count", count});
        EXPECT_EQ(ran.code, 2);
        EXPECT_THAT(ran.diagnostics, HasSubstr("--count"));
    }
}

TEST(DmaCommand, of_what_cannot_be_given_or_tested_says_why) {
    EXPECT_THAT(run_openbar({"dma", simulated, "--size", "0"}).diagnostics, HasSubstr("0 bytes"));
    EXPECT_THAT(run_openbar({"dma", simulated, "--test", "--size", "300M"}).diagnostics,
                HasSubstr("reaches no higher than 0xfffffff"));
    EXPECT_THAT(run_openbar({"dma", "sim:82540em", "--test"}).diagnostics,
                HasSubstr("known DMA engine"));
}

}  // namespace
}  // namespace openbar::cli
