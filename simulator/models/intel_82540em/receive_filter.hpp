/// Which frames the card takes.
///
///     ReceiveFilter filter(registers);
///     if (auto match = filter.match(frame); match != Match::none) …
///
/// Facts: manual 317453, section 3.2.1 and the tables RAL/RAH (16 exact addresses), MTA (4096
/// bits, chosen by 12 bits of the address that RCTL.MO selects) and VFTA (4096 VLANs).
#pragma once

#include "simulator/models/intel_82540em/registers.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace openbar::simulator::e1000 {

enum class Match : std::uint8_t {
    none,
    exact,    ///< or by a promiscuous mode, or broadcast
    inexact,  ///< by the multicast table alone: the driver has to look itself
};

class ReceiveFilter {
public:
    explicit ReceiveFilter(const RegisterFile& registers) : registers_(registers) {}

    [[nodiscard]] Match match(std::span<const std::byte> frame) const;

private:
    [[nodiscard]] bool in_address_table(std::span<const std::byte> frame) const;
    [[nodiscard]] bool in_multicast_table(std::span<const std::byte> frame) const;
    [[nodiscard]] bool in_vlan_table(std::span<const std::byte> frame) const;

    const RegisterFile& registers_;
};

}  // namespace openbar::simulator::e1000
