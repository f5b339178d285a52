/// What a network card is plugged into.
///
///     class Hub : public Wire {                                  // a wire of one's own
///         void send(std::span<const std::byte> frame) override { deliver(frame); }
///     };
///
///     auto wire = create_wire("pcap:/tmp/sent.pcap");            // or one of those that exist
///
/// Frames are Ethernet frames from the destination address to the end of the data, without
/// preamble and without frame check sequence, as in a capture file.
///
/// Thread-safety: as for a model; a wire is called by its card, and calls its card back only from
/// within `send` or from the host's poll loop.
#pragma once

#include "simulator/model.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <utility>

namespace openbar::simulator {

class Wire {
public:
    using Receiver = std::function<void(std::span<const std::byte> frame)>;

    /// The longest frame that is carried either way; longer ones are dropped.
    static constexpr std::size_t longest_frame = 16384;

    virtual ~Wire() = default;

    /// Called once by the card. `receiver` is called for each frame that arrives; the frame's
    /// bytes are valid during that call. Bus and receiver outlive the wire. A card that hears
    /// frames only later passes `listens` as false, and calls `listen` then.
    void attach(Bus& bus, Receiver receiver, bool listens = true) {
        bus_ = &bus;
        receiver_ = std::move(receiver);
        start();
        if (listens) listen();
    }

    /// The card hears frames: its link and its receiver are up. Called each time they come up.
    virtual void listen() {}

    /// A frame that the card transmits. What cannot be carried is lost, as on a real wire.
    virtual void send(std::span<const std::byte> frame) = 0;

    /// Whether something is at the other end, so that the card sees a link.
    [[nodiscard]] virtual bool connected() const { return true; }

    /// The card was reset, and with it what the wire had asked of `Bus::at`.
    virtual void reset() {}

protected:
    /// The bus is there now: the place to watch a descriptor or to set a time.
    virtual void start() {}
    /// Hands a frame to the card.
    void deliver(std::span<const std::byte> frame) {
        if (receiver_ && frame.size() <= longest_frame) receiver_(frame);
    }

    Bus* bus_ = nullptr;

private:
    Receiver receiver_;
};

}  // namespace openbar::simulator
