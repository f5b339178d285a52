/// Runs the program inside the test, and catches what it prints.
///
///     const Ran ran = run_openbar({"read", "00:04.0", "bar0", "0"});
///     EXPECT_EQ(ran.code, 0);
///     EXPECT_EQ(ran.out, "0x00000000\n");
#pragma once

#include <string>
#include <vector>

namespace openbar::cli {

struct Ran {
    int code = 0;
    std::string out;
    std::string diagnostics;
};

[[nodiscard]] Ran run_openbar(const std::vector<std::string>& words);

}  // namespace openbar::cli
