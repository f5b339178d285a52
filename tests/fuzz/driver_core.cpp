// libFuzzer over whole lives of a device: see play.hpp.
#include "tests/unit/driver_core/play.hpp"

#include <gtest/gtest.h>

// What gtest would report as a failed expectation ends the process here.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    testing::InitGoogleTest(count, *arguments);
    GTEST_FLAG_SET(break_on_failure, true);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    openbar::driver::test::Bytes bytes(data, size);
    openbar::driver::test::play(bytes);
    return 0;
}
