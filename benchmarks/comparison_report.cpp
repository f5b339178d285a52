#include "comparison.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace openbar::benchmark {

void print(std::span<const Comparison> comparisons, bool json) {
    if (json) {
        auto rows = nlohmann::json::array();
        for (const Comparison& c : comparisons) {
            rows.push_back({{"name", c.name},
                            {"baseline_ns", c.baseline_ns},
                            {"measured_ns", c.measured_ns},
                            {"ratio", c.ratio},
                            {"ratio_p10", c.ratio_low},
                            {"ratio_p90", c.ratio_high},
                            {"turns", c.turns}});
        }
        fmt::print("{}\n", rows.dump(2));
        return;
    }
    fmt::print("{:<40} {:>12} {:>12} {:>7}   {}\n", "", "plain ns", "openbar ns", "ratio",
               "middle 80 %");
    for (const Comparison& c : comparisons) {
        fmt::print("{:<40} {:>12.3f} {:>12.3f} {:>7.3f}   {:.3f} to {:.3f}\n", c.name,
                   c.baseline_ns, c.measured_ns, c.ratio, c.ratio_low, c.ratio_high);
    }
}

}  // namespace openbar::benchmark
