#include "simulator/models/intel_82540em/receive_filter.hpp"

#include "simulator/models/intel_82540em/frame.hpp"

#include <bit>

namespace openbar::simulator::e1000 {
namespace {

constexpr std::uint32_t address_select = 3u << 16;  // 0: compare with the destination

}  // namespace

Match ReceiveFilter::match(std::span<const std::byte> frame) const {
    const std::uint32_t control = registers_[reg::rctl];
    const bool tagged = get16(frame, tag_offset) == (registers_[reg::vet] & 0xffff);
    if ((control & rctl::vlan_filter) != 0 && tagged && !in_vlan_table(frame)) return Match::none;
    if (in_address_table(frame)) return Match::exact;
    if (is_broadcast(frame))
        return (control & (rctl::accept_broadcast | rctl::multicast_promiscuous)) != 0
                   ? Match::exact
                   : Match::none;
    if (!is_multicast(frame))
        return (control & rctl::unicast_promiscuous) != 0 ? Match::exact : Match::none;
    if ((control & rctl::multicast_promiscuous) != 0) return Match::exact;
    return in_multicast_table(frame) ? Match::inexact : Match::none;
}

bool ReceiveFilter::in_address_table(std::span<const std::byte> frame) const {
    // The registers hold the first byte of the address in their lowest bits.
    const std::uint32_t low = std::byteswap(get32(frame, 0));
    const std::uint32_t high = std::byteswap(get16(frame, 4));
    for (Offset entry = reg::ral; entry < reg::ra_end; entry += 8) {
        const std::uint32_t upper = registers_[entry + 4];
        if ((upper & rah::address_valid) != 0 && (upper & address_select) == 0 &&
            registers_[entry] == low && (upper & 0xffff) == high)
            return true;
    }
    return false;
}

bool ReceiveFilter::in_multicast_table(std::span<const std::byte> frame) const {
    constexpr unsigned shifts[] = {4, 3, 2, 0};
    const unsigned upper_bits = unsigned{get8(frame, 4)} | (unsigned{get8(frame, 5)} << 8);
    const unsigned hash =
        (upper_bits >> shifts[rctl::multicast_offset(registers_[reg::rctl])]) & 0xfff;
    return ((registers_[reg::mta + 4 * (hash >> 5)] >> (hash & 31)) & 1) != 0;
}

bool ReceiveFilter::in_vlan_table(std::span<const std::byte> frame) const {
    const unsigned vlan = get16(frame, tag_offset + 2) & 0xfff;
    return ((registers_[reg::vfta + 4 * (vlan >> 5)] >> (vlan & 31)) & 1) != 0;
}

}  // namespace openbar::simulator::e1000
