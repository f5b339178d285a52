/// A device in the test's own memory, in place of the device layer: this test program does not
/// link the library's Device and Region but the ones of stand_in_device.cpp.
///
///     stand_in_device() = {};                                 // 256 bytes of zeros, all accesses work
///     auto device = Device::open("stand-in");
///     stand_in_device().fails_at = 0x20;                      // from now on accesses there fail
#pragma once

#include "openbar/device.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace openbar::test {

struct StandInDevice {
    alignas(8) std::array<std::byte, 256> memory{};
    std::optional<std::uint64_t> fails_at;  ///< the offset at which requests fail
    int requests = 0;                       ///< requests made
};

StandInDevice& stand_in_device();

}  // namespace openbar::test
