/// The two sums of Ethernet and of the Internet protocols.
///
///     auto sum = internet_sum(header);                    // ones' complement sum, not inverted
///     auto check = frame_check_sequence(frame);           // CRC-32 of IEEE 802.3, clause 3.2.9
///
/// `internet_sum` is RFC 1071's over big-endian 16-bit words; an odd last byte is the upper half
/// of a word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace openbar::simulator::e1000 {

[[nodiscard]] std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint32_t start = 0);
[[nodiscard]] std::uint32_t frame_check_sequence(std::span<const std::byte> frame);

}  // namespace openbar::simulator::e1000
