#include "comparison.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace openbar::benchmark {
namespace {

double nanoseconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start)
        .count();
}

double percentile(std::vector<double>& values, double fraction) {
    const auto rank =
        static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + rank, values.end());
    return values[static_cast<std::size_t>(rank)];
}

}  // namespace

Comparison compare_times(std::string name, std::size_t operations,
                         const std::function<double()>& baseline,
                         const std::function<double()>& measured, std::size_t turns) {
    std::vector<double> baseline_times, measured_times, ratios;
    baseline();
    measured();
    for (std::size_t turn = 0; turn < turns; ++turn) {
        const bool baseline_first = turn % 2 == 0;
        const double first = (baseline_first ? baseline : measured)();
        const double second = (baseline_first ? measured : baseline)();
        baseline_times.push_back(baseline_first ? first : second);
        measured_times.push_back(baseline_first ? second : first);
        ratios.push_back(measured_times.back() / baseline_times.back());
    }
    const auto count = static_cast<double>(operations);
    return {std::move(name),
            percentile(baseline_times, 0.5) / count,
            percentile(measured_times, 0.5) / count,
            percentile(ratios, 0.5),
            percentile(ratios, 0.1),
            percentile(ratios, 0.9),
            turns};
}

Comparison compare(std::string name, std::size_t operations, const std::function<void()>& baseline,
                   const std::function<void()>& measured, std::size_t turns) {
    return compare_times(
        std::move(name), operations, [&] { return nanoseconds_of(baseline); },
        [&] { return nanoseconds_of(measured); }, turns);
}

}  // namespace openbar::benchmark
