/// The way in: from frames to descriptors in memory.
///
///     Receiver receiver(bus, registers, interrupts, statistics);
///     receiver.receive(frame);         // from the wire
///     receiver.run();                  // RDT or RCTL was written
///
/// Facts: manual 317453, sections 3.2 (descriptors, filtering, buffer sizes, threshold) and 13.4.22
/// (RCTL). Frames that find no descriptor wait in the card's packet buffer, whose size is in PBA;
/// one that finds the buffer full is lost (MPC, RXO). One call does a bounded amount of work.
///
/// What the driver gets wrong: data whose buffer is not there is lost and its descriptor shows
/// RXE; where the descriptor itself is not there the frame is lost and counted in MPC.
#pragma once

#include "simulator/models/intel_82540em/interrupts.hpp"
#include "simulator/models/intel_82540em/receive_filter.hpp"
#include "simulator/models/intel_82540em/ring.hpp"
#include "simulator/models/intel_82540em/statistics.hpp"
#include "simulator/timer.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace openbar::simulator::e1000 {

class Receiver {
public:
    Receiver(Bus& bus, RegisterFile& registers, Interrupts& interrupts, Statistics& statistics);

    void receive(std::span<const std::byte> frame);
    void run();
    void reset();

private:
    /// A frame in the packet buffer, as it will be stored.
    struct Frame {
        std::vector<std::byte> bytes;
        std::size_t size_on_wire = 0;  // check sequence included
        std::size_t stored = 0;
        std::uint16_t packet_checksum = 0;
        std::uint16_t tag = 0;
        std::uint8_t status = 0;  // of the last descriptor
        std::uint8_t errors = 0;
    };

    [[nodiscard]] bool too_long(std::size_t size) const;
    [[nodiscard]] Frame prepare(std::vector<std::byte> bytes, Match match) const;
    void offload(Frame& frame) const;
    [[nodiscard]] bool store_part(Frame& frame);
    void finish(const Frame& frame);
    void lose_front();
    void count(const Frame& frame);
    [[nodiscard]] std::size_t buffer_capacity() const;

    Bus& bus_;
    RegisterFile& registers_;
    Interrupts& interrupts_;
    Statistics& statistics_;
    ReceiveFilter filter_;
    Ring ring_;
    Timer continuation_;
    std::deque<Frame> waiting_;
    std::size_t waiting_bytes_ = 0;
};

}  // namespace openbar::simulator::e1000
