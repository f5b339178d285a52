/// What is known of a mapping whose memory has gone: see `mapping_guard.hpp`.
#pragma once

#include <array>
#include <atomic>

namespace openbar {

struct MappingLoss {
    std::atomic<bool> faulted{false};  ///< an access met what is no longer there
    std::array<char, 201> notice{};    ///< which mapping it is, and what its loss means
};

}  // namespace openbar
