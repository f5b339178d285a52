/// What is known of a mapping whose memory or device has gone: see `mapping_guard.hpp`.
#pragma once

#include <array>
#include <atomic>
#include <string_view>

namespace openbar {

struct MappingLoss {
    MappingLoss() = default;
    /// `words`: which mapping it is and what its loss means; 200 bytes of them are kept.
    explicit MappingLoss(std::string_view words) noexcept {
        words.copy(notice.data(), notice.size() - 1);
    }
    /// An access met what is no longer there: says so on standard error, the first time. In a
    /// handler, too.
    void tell() noexcept;

    std::atomic<bool> faulted{false};
    std::array<char, 201> notice{};
};

/// Writes to standard error. In a handler, too.
void say(std::string_view text) noexcept;

}  // namespace openbar
