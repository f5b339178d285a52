/// A description behind a handle: every register by its position, and strings that end with zero.
#pragma once

#include "openbar/description.hpp"

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::c {

class CardDescription {
public:
    static constexpr std::string_view kind = "description";
    /// Every element of every array counts.
    static constexpr std::size_t most_registers = 1'000'000;

    /// Error: resource_exhausted.
    [[nodiscard]] static Result<std::shared_ptr<CardDescription>> from(Description description);

    [[nodiscard]] const Description& description() const noexcept { return description_; }
    [[nodiscard]] const std::vector<description::Place>& registers() const noexcept {
        return registers_;
    }
    /// The position of a register of this description.
    [[nodiscard]] std::uint32_t position_of(const description::Place& place) const noexcept;
    /// The same text with a zero byte behind it, valid as long as this object.
    [[nodiscard]] const char* keep(std::string_view text);

private:
    explicit CardDescription(Description description) noexcept
        : description_(std::move(description)) {}

    Description description_;
    std::vector<description::Place> registers_;
    std::mutex mutex_;
    std::set<std::string, std::less<>> texts_;  // under the lock
};

}  // namespace openbar::c
