/// What goes wrong with a card, and when: the value of the parameter `fault`, which every model has.
///
///     auto plan = FaultPlan::parse("dma_refused@3+irq_lost@random:10:7");
///
/// Faults are separated by +. Each is a kind, for some with a value, and for some with a time:
/// docs/testing-a-driver.md lists them.
#pragma once

#include "openbar/result.hpp"

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::simulator {

enum class FaultKind : std::uint8_t {
    removed,
    decode_off,
    ones,
    stuck,
    slow,
    reset,
    error,
    dma_refused,
    dma_late,
    irq_lost,
    irq_doubled,
    irq_storm,
    irq_spurious,
};

/// One fault, which counts its occasions: accesses, transfers or interrupts.
class PlannedFault {
public:
    /// Errors: invalid_argument, with what is possible.
    [[nodiscard]] static Result<PlannedFault> parse(std::string_view text);

    [[nodiscard]] FaultKind kind() const noexcept { return kind_; }
    /// Of `stuck` the bits; of `slow` and `dma_late` nanoseconds.
    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }
    /// Counts an occasion, and whether it happens now. `offset`: of an access.
    [[nodiscard]] bool happens(std::optional<std::uint64_t> offset = {});

private:
    [[nodiscard]] Result<void> parse_time(std::string_view text);
    [[nodiscard]] bool happens_once() const noexcept;

    FaultKind kind_ = FaultKind::ones;
    std::uint64_t value_ = 0;
    std::uint64_t occasions_ = 0;
    std::uint64_t first_ = 1;                // from the first occasion on
    std::optional<std::uint64_t> register_;  // at each access of this one
    std::uint64_t one_in_ = 1;               // at random
    std::minstd_rand random_;
};

struct FaultPlan {
    [[nodiscard]] static Result<FaultPlan> parse(std::string_view text);
    std::vector<PlannedFault> faults;
};

}  // namespace openbar::simulator
