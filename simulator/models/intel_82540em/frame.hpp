/// Reading and changing the fields of an Ethernet frame, in network byte order.
///
///     if (get16(frame, 12) == ethertype_ipv4) put16(frame, 18, identification);
///
/// Offsets come from descriptors, that is from outside: what lies beyond the frame reads as 0
/// and is not written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace openbar::simulator::e1000 {

inline constexpr std::size_t header_size = 14;  // both addresses and the type
inline constexpr std::size_t shortest_frame = 60;
inline constexpr std::size_t check_sequence_size = 4;
inline constexpr std::size_t tag_offset = 12;  // where an 802.1Q tag of 4 bytes goes
inline constexpr std::size_t tag_size = 4;
inline constexpr std::uint16_t ethertype_ipv4 = 0x0800;
inline constexpr std::uint8_t protocol_tcp = 6;
inline constexpr std::uint8_t protocol_udp = 17;

[[nodiscard]] inline std::uint8_t get8(std::span<const std::byte> frame, std::size_t offset) {
    return offset < frame.size() ? std::to_integer<std::uint8_t>(frame[offset]) : std::uint8_t{0};
}
[[nodiscard]] inline std::uint16_t get16(std::span<const std::byte> frame, std::size_t offset) {
    return static_cast<std::uint16_t>((get8(frame, offset) << 8) | get8(frame, offset + 1));
}
[[nodiscard]] inline std::uint32_t get32(std::span<const std::byte> frame, std::size_t offset) {
    return (std::uint32_t{get16(frame, offset)} << 16) | get16(frame, offset + 2);
}
inline void put8(std::span<std::byte> frame, std::size_t offset, std::uint32_t value) {
    if (offset < frame.size()) frame[offset] = static_cast<std::byte>(value & 0xff);
}
inline void put16(std::span<std::byte> frame, std::size_t offset, std::uint32_t value) {
    put8(frame, offset, value >> 8);
    put8(frame, offset + 1, value);
}
inline void put32(std::span<std::byte> frame, std::size_t offset, std::uint32_t value) {
    put16(frame, offset, value >> 16);
    put16(frame, offset + 2, value);
}

[[nodiscard]] inline bool is_multicast(std::span<const std::byte> frame) {
    return (get8(frame, 0) & 1) != 0;
}
[[nodiscard]] inline bool is_broadcast(std::span<const std::byte> frame) {
    return get32(frame, 0) == 0xffffffff && get16(frame, 4) == 0xffff;
}

}  // namespace openbar::simulator::e1000
