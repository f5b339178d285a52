/// A piece of the processor's physical address space.
#pragma once

#include "openbar/standard.hpp"

#include <cstdint>

namespace openbar {

/// `length` bytes from `address` on.
struct PhysicalRange {
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    friend bool operator==(const PhysicalRange&, const PhysicalRange&) = default;
};

}  // namespace openbar
