/// A driver of a network card in a user program: Intel's 82540EM, real, QEMU's (`e1000`) or ours.
///
///     auto device = openbar::Device::open("sim:82540em");
///     auto card = NetworkCard::bring_up(*device);
///     card->send(frame);
///     auto answer = card->receive(1s);
///
/// What a kernel driver does, by the library alone: registers by name, descriptor rings and frame
/// buffers in memory that the card reaches, the interrupt that reports a frame. Left out is what
/// makes a driver fast: checksums by the card, interrupt moderation, several frames a register
/// write.
#pragma once

#include "openbar/openbar.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

/// One thread at a time.
class NetworkCard {
public:
    using Frame = std::vector<std::byte>;
    /// Ethernet frames without their checksum: header and 46 to 1,500 bytes.
    static constexpr std::size_t shortest_frame = 60, longest_frame = 1514;

    /// Resets the card and brings it up. The device must offer memory and interrupts: a simulated
    /// card, one bound to vfio-pci, or to a UIO driver with huge pages at hand.
    [[nodiscard]] static openbar::Result<NetworkCard> bring_up(const openbar::Device& device);
    NetworkCard(NetworkCard&&) noexcept;
    NetworkCard& operator=(NetworkCard&&) noexcept;
    ~NetworkCard();  ///< stops the receiver and transmitter before their memory goes

    [[nodiscard]] std::array<std::uint8_t, 6> address() const;
    [[nodiscard]] bool link_is_up() const;

    /// Frames sent come back, in the PHY: nothing leaves the card. Waits until they do: QEMU's card
    /// receives nothing in the second after its receiver was switched on.
    [[nodiscard]] openbar::Result<void> loop_back(bool on);

    /// Until the card has fetched the frame, at most a second. Shorter ones are padded by the card.
    [[nodiscard]] openbar::Result<void> send(std::span<const std::byte> frame);

    /// The next frame; `timed_out` if none comes.
    [[nodiscard]] openbar::Result<Frame> receive(std::chrono::nanoseconds timeout);

    [[nodiscard]] openbar::Result<std::uint16_t> eeprom_word(std::uint8_t index) const;
    [[nodiscard]] openbar::Result<std::uint16_t> phy_register(std::uint32_t index) const;

    struct Counts {
        std::uint32_t sent = 0, received = 0;
    };
    /// Since the last call.
    [[nodiscard]] Counts take_counts() const;

    [[nodiscard]] const openbar::Registers& registers() const;

private:
    struct Parts;
    explicit NetworkCard(std::unique_ptr<Parts> parts);

    [[nodiscard]] openbar::Result<void> write_phy_register(std::uint32_t index,
                                                           std::uint32_t value) const;
    [[nodiscard]] openbar::Result<void> wait_until_frames_come_back();

    std::unique_ptr<Parts> parts_;
};
