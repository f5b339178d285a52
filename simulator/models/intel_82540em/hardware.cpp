#include "simulator/models/intel_82540em/hardware.hpp"

namespace openbar::simulator {

using namespace e1000;

namespace {

constexpr std::uint32_t flush_partial = 1u << 31;  // RDTR
constexpr std::uint32_t mdic_interrupt = 1u << 29;
constexpr std::uint32_t loopback_bits = 3u << 6;

// Registers that have no effect, and the bits of them that exist.
struct Plain {
    Offset offset;
    std::uint32_t bits;
};
constexpr Plain plain_registers[] = {
    {reg::ctrl_ext, 0xffffffff}, {reg::fcal, 0xffffffff},   {reg::fcah, 0x0000ffff},
    {reg::fct, 0x0000ffff},      {reg::vet, 0x0000ffff},    {reg::itr, 0x0000ffff},
    {reg::fcttv, 0x0000ffff},    {reg::txcw, 0xffffffff},   {reg::tipg, 0x3fffffff},
    {reg::ait, 0x0000ffff},      {reg::ledctl, 0xffffffff}, {reg::fcrtl, 0x8000fff8},
    {reg::fcrth, 0x0000fff8},    {reg::rdbal, 0xfffffff0},  {reg::rdbah, 0xffffffff},
    {reg::rdlen, 0x000fff80},    {reg::rdh, 0x0000ffff},    {reg::rxdctl, 0x013f3f3f},
    {reg::radv, 0x0000ffff},     {reg::rsrpd, 0x00000fff},  {reg::tdbal, 0xfffffff0},
    {reg::tdbah, 0xffffffff},    {reg::tdlen, 0x000fff80},  {reg::tdh, 0x0000ffff},
    {reg::tidv, 0x0000ffff},     {reg::txdctl, 0xff3f3f3f}, {reg::tadv, 0x0000ffff},
    {reg::tspmt, 0xffffffff},    {reg::rxcsum, 0x000003ff}, {reg::wuc, 0x0000000f},
    {reg::wufc, 0x000f80ff},     {reg::manc, 0xffffffff},
};

constexpr bool in(Offset offset, Offset begin, Offset end) {
    return offset >= begin && offset < end;
}

}  // namespace

Intel82540em::Hardware::Hardware(Bus& bus, const MacAddress& mac,
                                 std::chrono::nanoseconds negotiation_time, Wire& wire)
    : eeprom_(mac),
      interrupts_(bus, registers_),
      phy_(bus, negotiation_time, [this] { update_link(); }),
      receiver_(bus, registers_, interrupts_, statistics_),
      transmitter_(bus, registers_, interrupts_, statistics_,
                   [this](std::span<const std::byte> frame) { transmit(frame); }),
      wire_(wire) {}

void Intel82540em::Hardware::power_on() {
    phy_.power_on(wire_.connected());
    software_reset();
}

// CTRL.RST: everything but the PHY; what the EEPROM holds is loaded again.
void Intel82540em::Hardware::software_reset() {
    transmitter_.reset();
    receiver_.reset();
    registers_.clear();
    statistics_.clear();
    interrupts_.reset();
    registers_[reg::ctrl] = ctrl::full_duplex | ctrl::speed_1000;
    registers_[reg::status] = status::full_duplex;
    registers_[reg::pba] = 0x00100030;  // 48 KiB to receive, 16 KiB to transmit
    registers_[reg::ledctl] = 0x07068302;
    registers_[reg::tipg] = 0x00602006;
    registers_[reg::vet] = 0x8100;
    registers_[reg::rxcsum] = rxcsum::ip_offload | rxcsum::tcp_udp_offload;
    const MacAddress mac = eeprom_.mac_address();
    for (unsigned i = 0; i < 4; ++i) registers_[reg::ral] |= std::uint32_t{mac[i]} << (8 * i);
    registers_[reg::rah] = mac[4] | (std::uint32_t{mac[5]} << 8) | rah::address_valid;
}

std::uint32_t Intel82540em::Hardware::read(Offset offset) {
    if (in(offset, reg::statistics, reg::statistics_end)) return statistics_.read(offset);
    switch (offset) {
        case reg::ctrl_duplicate: return registers_[reg::ctrl];
        case reg::eecd: return eeprom_.pins();
        case reg::icr: return interrupts_.read_causes();
        // Write-only according to the manual; the hardware shows the causes without clearing.
        case reg::ics: return interrupts_.causes();
        default: return registers_[offset];
    }
}

void Intel82540em::Hardware::write(Offset offset, std::uint32_t value) {
    switch (offset) {
        case reg::ctrl:
        case reg::ctrl_duplicate: return write_control(value);
        case reg::eecd: return eeprom_.write_pins(value);
        case reg::eerd: registers_[offset] = eeprom_.read(value); return;
        case reg::mdic:
            registers_[offset] = phy_.execute(value);
            if ((value & mdic_interrupt) != 0) interrupts_.raise(cause::mdac);
            return;
        case reg::icr: return interrupts_.clear_causes(value);
        case reg::ics: return interrupts_.raise(value);
        case reg::ims: return interrupts_.set_mask(value);
        case reg::imc: return interrupts_.clear_mask(value);
        case reg::rctl:
            registers_[offset] = value;
            listen_if_up();
            return receiver_.run();
        case reg::rdt: registers_[offset] = value & 0xffff; return receiver_.run();
        case reg::rdtr:
            registers_[offset] = value & 0xffff;
            if ((value & flush_partial) != 0) interrupts_.flush_received();
            return;
        case reg::tctl: registers_[offset] = value; return transmitter_.run();
        case reg::tdt: registers_[offset] = value & 0xffff; return transmitter_.run();
        case reg::pba:
            // The transmitter gets what the receiver leaves of 64 KiB.
            value = value & 0xff;
            registers_[offset] = value | (value < 64 ? (64 - value) << 16 : 0);
            return;
        default: return write_plain(offset, value);
    }
}

void Intel82540em::Hardware::write_plain(Offset offset, std::uint32_t value) {
    if (in(offset, reg::mta, reg::ra_end) || in(offset, reg::vfta, reg::vfta_end)) {
        const bool high = in(offset, reg::ral, reg::ra_end) && offset % 8 == reg::rah % 8;
        registers_[offset] = high ? value & rah::implemented : value;
        return;
    }
    for (const Plain& plain : plain_registers)
        if (plain.offset == offset) registers_[offset] = value & plain.bits;
}

void Intel82540em::Hardware::write_control(std::uint32_t value) {
    if ((value & ctrl::reset) != 0) return software_reset();
    registers_[reg::ctrl] = value & ~ctrl::phy_reset;
    if ((value & ctrl::phy_reset) != 0) phy_.reset();
    update_link();
}

void Intel82540em::Hardware::update_link() {
    const bool up = (registers_[reg::ctrl] & ctrl::set_link_up) != 0 && phy_.link_up();
    const bool was_up = (registers_[reg::status] & status::link_up) != 0;
    const std::uint32_t duplex = registers_[reg::ctrl] & ctrl::full_duplex;
    registers_[reg::status] =
        duplex | (up ? status::link_up | status::speed_1000 | status::detected_1000 : 0);
    if (up != was_up) interrupts_.raise(cause::lsc);
    listen_if_up();
}

void Intel82540em::Hardware::listen_if_up() {
    const bool link = (registers_[reg::status] & status::link_up) != 0;
    if (link && (registers_[reg::rctl] & rctl::enable) != 0 && !loops_back()) wire_.listen();
}

bool Intel82540em::Hardware::loops_back() const {
    return phy_.loopback() || (registers_[reg::rctl] & loopback_bits) == rctl::mac_loopback;
}

void Intel82540em::Hardware::transmit(std::span<const std::byte> frame) {
    if (loops_back()) return receiver_.receive(frame);
    if ((registers_[reg::status] & status::link_up) != 0) wire_.send(frame);
}

void Intel82540em::Hardware::arrived(std::span<const std::byte> frame) {
    if ((registers_[reg::status] & status::link_up) != 0 && !loops_back()) receiver_.receive(frame);
}

}  // namespace openbar::simulator
