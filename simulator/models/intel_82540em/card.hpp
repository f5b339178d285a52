/// Intel 82540EM, the PRO/1000 MT network card that virtual machines call e1000 (8086:100e).
///
///     using namespace openbar::simulator;
///     Intel82540em card({.mac = {0x52, 0x54, 0, 0, 0, 7}}, std::make_unique<LoopWire>());
///
/// Region 0 holds the registers, 128 KiB; region 2 is IOADDR and IODATA, through which the same
/// registers are reached by port I/O. All of it as in Intel's manual 317453 (PCI/PCI-X Family of
/// Gigabit Ethernet Controllers Software Developer's Manual): resets, EEPROM by EERD and EECD, PHY
/// by MDIC, link status, interrupt causes with mask, throttling and delay timers, address filters,
/// legacy, context and data descriptors with checksums, segmentation and VLAN tags, statistics.
///
/// Missing: flow control, wake-up, management (ASF, SMBus), the flash, the packet buffer as memory
/// at 0x10000, GPIO and LEDs (LEDCTL only remembers), TXD_LOW and small-packet interrupts,
/// write-back thresholds (descriptors are always written back one by one), IPv6 receive checksums,
/// half duplex and speeds other than 1000 Mb/s. Their registers read as 0 or remember what was
/// written.
///
/// Registers are 32 bits wide. An 8-byte access counts as two of 4 bytes; a narrower read gives
/// those bytes of the register, with the effects of reading all of it; a narrower write is ignored.
#pragma once

#include "simulator/models/intel_82540em/eeprom.hpp"
#include "simulator/wire.hpp"

#include <chrono>
#include <memory>

namespace openbar::simulator {

class Intel82540em final : public Model {
public:
    struct Options {
        e1000::MacAddress mac{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
        /// From a restart of negotiation, or a reset of the PHY, to the link.
        std::chrono::nanoseconds negotiation_time = std::chrono::milliseconds(10);
    };

    Intel82540em(const Options& options, std::unique_ptr<Wire> wire);
    ~Intel82540em() override;

    [[nodiscard]] const Description& description() const override { return description_; }
    void attach(Bus& bus) override;
    [[nodiscard]] std::uint64_t read(RegionNumber region, std::uint64_t offset,
                                     unsigned width) override;
    void write(RegionNumber region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override;
    void reset() override;

private:
    struct Hardware;

    [[nodiscard]] std::uint32_t read_register(std::uint64_t offset);
    void write_register(std::uint64_t offset, std::uint32_t value);
    [[nodiscard]] std::uint32_t read_port(std::uint64_t offset);
    void write_port(std::uint64_t offset, std::uint32_t value);

    Description description_;
    Options options_;
    std::uint32_t port_address_ = 0;  // IOADDR
    std::unique_ptr<Hardware> hardware_;
    std::unique_ptr<Wire> wire_;  // goes first: it watches and calls the rest
};

}  // namespace openbar::simulator
