/// Two ways of doing one thing, timed by turns in one run.
///
///     const Comparison read = compare("read", 1'000'000, raw_reads, typed_reads);
///     print(std::span(&read, 1), json);
///
/// A machine changes its pace while it measures: clocks rise and fall, other programs run. So the
/// two ways take turns, each turn gives one ratio, and what is reported is the median of the ratios
/// with the range that the middle 80 % of them span. Which of the two goes first changes from turn
/// to turn, because the second finds the caches warm.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace openbar::benchmark {

struct Comparison {
    std::string name;
    double baseline_ns = 0;  ///< median time of one operation, the plain way
    double measured_ns = 0;  ///< median time of one operation, openbar's way
    double ratio = 0;        ///< median of measured / baseline over the turns
    double ratio_low = 0;    ///< 10th percentile
    double ratio_high = 0;   ///< 90th percentile
    std::size_t turns = 0;
};

/// Times `turns` turns of both functions, each of which performs `operations` operations a call.
[[nodiscard]] Comparison compare(std::string name, std::size_t operations,
                                 const std::function<void()>& baseline,
                                 const std::function<void()>& measured, std::size_t turns = 101);

/// The same for functions that take their own time, and return it in nanoseconds: for what starts
/// or ends within a call.
[[nodiscard]] Comparison compare_times(std::string name, std::size_t operations,
                                       const std::function<double()>& baseline,
                                       const std::function<double()>& measured,
                                       std::size_t turns = 101);

/// Prints to stdout: a table, or one JSON array.
void print(std::span<const Comparison> comparisons, bool json);

}  // namespace openbar::benchmark
