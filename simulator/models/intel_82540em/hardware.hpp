/// The parts of the card, joined, and what reading and writing each register does.
///
///     Hardware hardware(bus, mac, std::chrono::milliseconds(10), wire);
///     hardware.power_on();
///     hardware.write(reg::ctrl, ctrl::set_link_up);
#pragma once

#include "simulator/models/intel_82540em/card.hpp"
#include "simulator/models/intel_82540em/eeprom.hpp"
#include "simulator/models/intel_82540em/interrupts.hpp"
#include "simulator/models/intel_82540em/phy.hpp"
#include "simulator/models/intel_82540em/receiver.hpp"
#include "simulator/models/intel_82540em/registers.hpp"
#include "simulator/models/intel_82540em/statistics.hpp"
#include "simulator/models/intel_82540em/transmitter.hpp"
#include "simulator/wire.hpp"

namespace openbar::simulator {

struct Intel82540em::Hardware {
    Hardware(Bus& bus, const e1000::MacAddress& mac, std::chrono::nanoseconds negotiation_time,
             Wire& wire);

    void power_on();
    [[nodiscard]] std::uint32_t read(e1000::Offset offset);
    void write(e1000::Offset offset, std::uint32_t value);
    void arrived(std::span<const std::byte> frame);

private:
    void software_reset();
    void write_control(std::uint32_t value);
    void write_plain(e1000::Offset offset, std::uint32_t value);
    void transmit(std::span<const std::byte> frame);
    [[nodiscard]] bool loops_back() const;
    void update_link();
    void listen_if_up();

    e1000::RegisterFile registers_;
    e1000::Eeprom eeprom_;
    e1000::Statistics statistics_;
    e1000::Interrupts interrupts_;
    e1000::Phy phy_;
    e1000::Receiver receiver_;
    e1000::Transmitter transmitter_;
    Wire& wire_;
};

}  // namespace openbar::simulator
