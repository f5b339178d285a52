/// The statistics registers of the 82540EM, 0x4000 to 0x40ff: read to clear, and never wrapping.
///
///     statistics.count(stat::good_received);
///     statistics.add_octets(stat::good_octets_received, 64);
///
/// Facts: manual 317453, section 13.7. Counts that a simulated wire has no cause for (collisions,
/// CRC errors, flow control, management) are there and stay 0.
#pragma once

#include "simulator/models/intel_82540em/registers.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace openbar::simulator::e1000 {

namespace stat {
inline constexpr Offset missed = 0x4010;                // MPC
inline constexpr Offset received_by_size = 0x405c;      // PRC64 … PRC1522
inline constexpr Offset good_received = 0x4074;         // GPRC
inline constexpr Offset broadcast_received = 0x4078;    // BPRC
inline constexpr Offset multicast_received = 0x407c;    // MPRC
inline constexpr Offset good_sent = 0x4080;             // GPTC
inline constexpr Offset good_octets_received = 0x4088;  // GORCL, GORCH
inline constexpr Offset good_octets_sent = 0x4090;      // GOTCL, GOTCH
inline constexpr Offset no_buffers = 0x40a0;            // RNBC
inline constexpr Offset oversize = 0x40ac;              // ROC
inline constexpr Offset octets_received = 0x40c0;       // TORL, TORH
inline constexpr Offset octets_sent = 0x40c8;           // TOTL, TOTH
inline constexpr Offset received = 0x40d0;              // TPR
inline constexpr Offset sent = 0x40d4;                  // TPT
inline constexpr Offset sent_by_size = 0x40d8;          // PTC64 … PTC1522
inline constexpr Offset multicast_sent = 0x40f0;        // MPTC
inline constexpr Offset broadcast_sent = 0x40f4;        // BPTC
inline constexpr Offset segmented = 0x40f8;             // TSCTC
inline constexpr Offset segmentation_failed = 0x40fc;   // TSCTFC
}  // namespace stat

class Statistics {
public:
    void count(Offset counter);
    /// A pair of registers that form one count of 64 bits; `low` is the first.
    void add_octets(Offset low, std::size_t octets);
    /// The one of six counters that stands for frames of this size, check sequence included.
    void count_size(Offset first, std::size_t size);

    /// Reading clears. Of a pair, reading the upper half clears both.
    [[nodiscard]] std::uint32_t read(Offset counter);
    void clear() { counters_.fill(0); }

private:
    [[nodiscard]] std::uint32_t& at(Offset counter) {
        return counters_[(counter - reg::statistics) / 4];
    }
    std::array<std::uint32_t, (reg::statistics_end - reg::statistics) / 4> counters_{};
};

}  // namespace openbar::simulator::e1000
