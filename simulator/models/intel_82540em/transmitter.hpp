/// The way out: from descriptors in memory to frames.
///
///     Transmitter transmitter(bus, registers, interrupts, statistics, [&](auto frame) { … });
///     transmitter.run();               // TDT or TCTL was written
///
/// Takes legacy, context and data descriptors (manual 317453, section 3.3): checksums, TCP and UDP
/// segmentation, VLAN tags, padding, status write-back. One call does a bounded amount of work;
/// the rest follows from the host's clock, so that no ring, however hostile, holds up a host.
///
/// What the driver gets wrong: of a packet whose memory is not there, that is longer than the card
/// takes, shorter than an Ethernet header, or whose segmentation context does not fit it, nothing
/// is sent, and its descriptors are written back as any other. Where a descriptor cannot be read
/// the card stops there and tries again at the next write of TDT. Without IFCS the last 4 bytes
/// are taken for the frame check sequence, and a frame on which that is wrong is lost.
#pragma once

#include "simulator/models/intel_82540em/interrupts.hpp"
#include "simulator/models/intel_82540em/offload.hpp"
#include "simulator/models/intel_82540em/ring.hpp"
#include "simulator/models/intel_82540em/statistics.hpp"
#include "simulator/timer.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace openbar::simulator::e1000 {

class Transmitter {
public:
    using Send = std::function<void(std::span<const std::byte> frame)>;

    Transmitter(Bus& bus, RegisterFile& registers, Interrupts& interrupts, Statistics& statistics,
                Send send);

    void run();
    void reset();

private:
    struct Descriptor {
        std::uint64_t first = 0;
        std::uint64_t second = 0;
    };
    /// A packet while its descriptors come in.
    struct Packet {
        std::vector<std::byte> bytes;
        bool started = false;
        bool broken = false;
        bool segmented = false;
        bool own_check_sequence = false;
        std::optional<std::uint16_t> tag;
        OffloadOptions offload;
        ChecksumField legacy;  // offset 0: none asked for
    };

    void run_slice();
    [[nodiscard]] bool step();
    [[nodiscard]] bool fetch();
    void process();
    void take_context();
    void take_data(bool legacy);
    void append(std::uint64_t address, std::size_t size, std::size_t limit);
    void end_packet();
    void send_whole();
    void start_segments();
    void send_segment();
    void finish_descriptor();
    void transmit(std::vector<std::byte>& frame);
    void count(std::span<const std::byte> frame);

    Bus& bus_;
    RegisterFile& registers_;
    Interrupts& interrupts_;
    Statistics& statistics_;
    Send send_;
    Ring ring_;
    Timer continuation_;

    Descriptor descriptor_;
    Packet packet_;
    Segmenter segmenter_;
    bool segmenting_ = false;
    Context checksum_context_;
    Context segmentation_context_;
    std::size_t work_ = 0;  // done in this slice, in bytes or what takes as long
    bool running_ = false;
};

}  // namespace openbar::simulator::e1000
