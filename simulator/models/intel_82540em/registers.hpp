/// The registers of the 82540EM: offsets, bits, and the storage of those that only remember.
///
/// Source of facts: Intel, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's
/// Manual, 317453, chapter 13.
#pragma once

#include <array>
#include <cstdint>

namespace openbar::simulator::e1000 {

using Offset = std::uint32_t;

namespace reg {
inline constexpr Offset ctrl = 0x0000;
inline constexpr Offset ctrl_duplicate = 0x0004;
inline constexpr Offset status = 0x0008;
inline constexpr Offset eecd = 0x0010;
inline constexpr Offset eerd = 0x0014;
inline constexpr Offset ctrl_ext = 0x0018;
inline constexpr Offset mdic = 0x0020;
inline constexpr Offset fcal = 0x0028;
inline constexpr Offset fcah = 0x002c;
inline constexpr Offset fct = 0x0030;
inline constexpr Offset vet = 0x0038;
inline constexpr Offset icr = 0x00c0;
inline constexpr Offset itr = 0x00c4;
inline constexpr Offset ics = 0x00c8;
inline constexpr Offset ims = 0x00d0;
inline constexpr Offset imc = 0x00d8;
inline constexpr Offset rctl = 0x0100;
inline constexpr Offset fcttv = 0x0170;
inline constexpr Offset txcw = 0x0178;
inline constexpr Offset tctl = 0x0400;
inline constexpr Offset tipg = 0x0410;
inline constexpr Offset ait = 0x0458;
inline constexpr Offset ledctl = 0x0e00;
inline constexpr Offset pba = 0x1000;
inline constexpr Offset fcrtl = 0x2160;
inline constexpr Offset fcrth = 0x2168;
inline constexpr Offset rdbal = 0x2800;
inline constexpr Offset rdbah = 0x2804;
inline constexpr Offset rdlen = 0x2808;
inline constexpr Offset rdh = 0x2810;
inline constexpr Offset rdt = 0x2818;
inline constexpr Offset rdtr = 0x2820;
inline constexpr Offset rxdctl = 0x2828;
inline constexpr Offset radv = 0x282c;
inline constexpr Offset rsrpd = 0x2c00;
inline constexpr Offset tdbal = 0x3800;
inline constexpr Offset tdbah = 0x3804;
inline constexpr Offset tdlen = 0x3808;
inline constexpr Offset tdh = 0x3810;
inline constexpr Offset tdt = 0x3818;
inline constexpr Offset tidv = 0x3820;
inline constexpr Offset txdctl = 0x3828;
inline constexpr Offset tadv = 0x382c;
inline constexpr Offset tspmt = 0x3830;
inline constexpr Offset statistics = 0x4000;
inline constexpr Offset statistics_end = 0x4100;
inline constexpr Offset rxcsum = 0x5000;
inline constexpr Offset mta = 0x5200;
inline constexpr Offset mta_end = 0x5400;
inline constexpr Offset ral = 0x5400;
inline constexpr Offset rah = 0x5404;
inline constexpr Offset ra_end = 0x5480;
inline constexpr Offset vfta = 0x5600;
inline constexpr Offset vfta_end = 0x5800;
inline constexpr Offset wuc = 0x5800;
inline constexpr Offset wufc = 0x5808;
inline constexpr Offset manc = 0x5820;
inline constexpr Offset end = 0x6000;
}  // namespace reg

namespace ctrl {
inline constexpr std::uint32_t full_duplex = 1u << 0;
inline constexpr std::uint32_t set_link_up = 1u << 6;
inline constexpr std::uint32_t speed_1000 = 2u << 8;
inline constexpr std::uint32_t reset = 1u << 26;
inline constexpr std::uint32_t vlan_mode = 1u << 30;
inline constexpr std::uint32_t phy_reset = 1u << 31;
}  // namespace ctrl

namespace status {
inline constexpr std::uint32_t full_duplex = 1u << 0;
inline constexpr std::uint32_t link_up = 1u << 1;
inline constexpr std::uint32_t speed_1000 = 2u << 6;
inline constexpr std::uint32_t detected_1000 = 2u << 8;
}  // namespace status

namespace rah {
inline constexpr std::uint32_t implemented = 0x8003ffff;  // the others read as 0
inline constexpr std::uint32_t address_valid = 1u << 31;
}  // namespace rah

namespace cause {
inline constexpr std::uint32_t txdw = 1u << 0;    // transmit descriptor written back
inline constexpr std::uint32_t txqe = 1u << 1;    // transmit queue empty
inline constexpr std::uint32_t lsc = 1u << 2;     // link status change
inline constexpr std::uint32_t rxdmt0 = 1u << 4;  // receive descriptors at minimum threshold
inline constexpr std::uint32_t rxo = 1u << 6;     // receiver overrun
inline constexpr std::uint32_t rxt0 = 1u << 7;    // receiver timer
inline constexpr std::uint32_t mdac = 1u << 9;    // MDIO access complete
// With 5, 8 and 11, which the manual reserves and the card keeps: Linux's own test of interrupts
// (ethtool -t) raises the first ten, each.
inline constexpr std::uint32_t all = 0x0001ffff;
}  // namespace cause

namespace rctl {
inline constexpr std::uint32_t enable = 1u << 1;
inline constexpr std::uint32_t store_bad = 1u << 2;
inline constexpr std::uint32_t unicast_promiscuous = 1u << 3;
inline constexpr std::uint32_t multicast_promiscuous = 1u << 4;
inline constexpr std::uint32_t long_packets = 1u << 5;
inline constexpr std::uint32_t mac_loopback = 1u << 6;
inline constexpr std::uint32_t accept_broadcast = 1u << 15;
inline constexpr std::uint32_t vlan_filter = 1u << 18;
inline constexpr std::uint32_t buffer_size_extension = 1u << 25;
inline constexpr std::uint32_t strip_fcs = 1u << 26;
constexpr std::uint32_t minimum_threshold(std::uint32_t value) {
    return (value >> 8) & 3;
}
constexpr std::uint32_t multicast_offset(std::uint32_t value) {
    return (value >> 12) & 3;
}
constexpr std::uint32_t buffer_size(std::uint32_t value) {
    const std::uint32_t size = 2048u >> ((value >> 16) & 3);
    return (value & buffer_size_extension) != 0 && size != 2048 ? size * 16 : size;
}
}  // namespace rctl

namespace tctl {
inline constexpr std::uint32_t enable = 1u << 1;
inline constexpr std::uint32_t pad_short_packets = 1u << 3;
}  // namespace tctl

namespace rxcsum {
inline constexpr std::uint32_t start = 0xff;
inline constexpr std::uint32_t ip_offload = 1u << 8;
inline constexpr std::uint32_t tcp_udp_offload = 1u << 9;
}  // namespace rxcsum

/// The 32-bit registers by offset, as far as they remember what was written.
class RegisterFile {
public:
    [[nodiscard]] std::uint32_t& operator[](Offset offset) { return words_[offset / 4]; }
    [[nodiscard]] std::uint32_t operator[](Offset offset) const { return words_[offset / 4]; }
    void clear() { words_.fill(0); }

private:
    std::array<std::uint32_t, reg::end / 4> words_{};
};

}  // namespace openbar::simulator::e1000
