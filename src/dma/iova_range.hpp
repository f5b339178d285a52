/// A range of IOVAs, both ends included, so that it can end at the last address.
#pragma once

#include <cstdint>

namespace openbar::dma {

struct IovaRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend bool operator==(const IovaRange&, const IovaRange&) = default;
};

}  // namespace openbar::dma
