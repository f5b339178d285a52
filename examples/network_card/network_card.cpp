#include "network_card.hpp"

#include "examples/registers/intel_82540em.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using openbar::Result;
namespace card = intel_82540em;

constexpr std::uint32_t ring_size = 16;
constexpr std::size_t buffer_size = 2048;
constexpr auto patience = 1s;

/// As the card reads and writes it. The same size and place of the status byte in both rings.
struct Descriptor {
    std::uint64_t address;
    std::uint16_t length;
    std::uint8_t checksum_offset;  // transmit; of a received frame, the low byte of its checksum
    std::uint8_t command;
    std::uint8_t status;
    std::uint8_t errors;
    std::uint16_t special;
};
static_assert(sizeof(Descriptor) == 16);
constexpr std::uint8_t descriptor_done = 1;
constexpr std::uint8_t end_of_packet = 1, insert_checksum = 2, report_status = 8;

/// Where the rings and buffers lie in the one buffer that the card is given.
constexpr std::size_t receive_ring = 0;
constexpr std::size_t transmit_ring = receive_ring + ring_size * sizeof(Descriptor);
constexpr std::size_t buffers = 4096;
constexpr std::size_t memory_size = buffers + 2 * ring_size * buffer_size;
constexpr std::size_t receive_buffer(std::uint32_t index) {
    return buffers + index * buffer_size;
}
constexpr std::size_t transmit_buffer(std::uint32_t index) {
    return receive_buffer(ring_size + index);
}

void start_ring(const openbar::Registers& registers, openbar::Index<card::Ring> which,
                std::uint64_t iova, std::uint32_t tail) {
    const auto ring = registers.block<card::Ring>(which);
    ring.write<card::Ring::Address>(iova);
    ring.write<card::Ring::Length>(ring_size * sizeof(Descriptor));
    ring.write<card::Ring::Head>(0);
    ring.write<card::Ring::Tail>(tail);
}

openbar::Error too_large(std::size_t size) {
    return {openbar::ErrorCode::invalid_argument, "send a frame",
            std::to_string(size) + " bytes; this card takes 14 to " +
                std::to_string(NetworkCard::longest_frame),
            "split it", 0};
}

openbar::Error not_in_time(const char* attempted, const char* cause) {
    return {openbar::ErrorCode::timed_out, attempted, cause, "", 0};
}

}  // namespace

struct NetworkCard::Parts {
    openbar::Device device;
    openbar::Registers registers;
    openbar::DmaBuffer memory;
    openbar::Interrupt interrupt;
    std::uint32_t next_received = 0;
    std::uint32_t next_sent = 0;

    /// The card writes to a descriptor whenever it likes: it is copied out and back in.
    Descriptor load(std::size_t ring, std::uint32_t index) const {
        memory.sync_for_cpu();
        return memory.as<Descriptor>(ring, ring_size)[index];
    }
    void store(std::size_t ring, std::uint32_t index, const Descriptor& descriptor) const {
        memory.as<Descriptor>(ring, ring_size)[index] = descriptor;
        memory.sync_for_device();
    }

    void quiet() const {
        registers.write<card::InterruptMaskClear>(0xffffffff);
        registers.write<card::ReceiveControl>(0);
        registers.write<card::TransmitControl>(0);
    }
    Result<void> reset() const;
    void start() const;
};

Result<void> NetworkCard::Parts::reset() const {
    quiet();
    registers.modify<card::Control>(card::Control::Reset{true});
    OPENBAR_TRY(done, registers.wait_until<card::Control>(card::Control::Reset{false}, patience));
    quiet();
    static_cast<void>(registers.read<card::InterruptCauseRead>());
    registers.modify<card::Control>(card::Control::SetLinkUp{true});
    return registers.status();
}

void NetworkCard::Parts::start() const {
    for (std::uint32_t index = 0; index < ring_size; ++index)
        store(receive_ring, index, {.address = memory.iova_of(receive_buffer(index))});
    start_ring(registers, card::receive_ring, memory.iova_of(receive_ring), ring_size - 1);
    start_ring(registers, card::transmit_ring, memory.iova_of(transmit_ring), 0);
    registers.write<card::ReceiveControl>(card::ReceiveControl::Enable{true},
                                          card::ReceiveControl::AcceptBroadcast{true},
                                          card::ReceiveControl::StripChecksum{true});
    registers.write<card::TransmitControl>(
        card::TransmitControl::Enable{true}, card::TransmitControl::PadShortPackets{true},
        card::TransmitControl::CollisionThreshold{0x0f},  // as the manual has it,
        card::TransmitControl::CollisionDistance{0x40});  // for full duplex
    registers.write<card::InterruptMaskSet>(card::Causes::ReceiverTimer{true},
                                            card::Causes::ReceiveMinimum{true},
                                            card::Causes::ReceiverOverrun{true});
}

Result<NetworkCard> NetworkCard::bring_up(const openbar::Device& device) {
    OPENBAR_TRY(registers, device.registers(card::bar));
    OPENBAR_TRY(memory, device.allocate_dma(memory_size, {.alignment = 4096}));
    OPENBAR_TRY(interrupt, device.vector(0));
    auto parts = std::make_unique<Parts>(
        Parts{device, std::move(registers), std::move(memory), std::move(interrupt)});
    OPENBAR_TRY(reset, parts->reset());
    OPENBAR_TRY(mastering, device.set_bus_master(true));
    parts->start();
    OPENBAR_TRY(reached, parts->registers.status());
    return NetworkCard(std::move(parts));
}

NetworkCard::NetworkCard(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
NetworkCard::NetworkCard(NetworkCard&&) noexcept = default;
NetworkCard& NetworkCard::operator=(NetworkCard&&) noexcept = default;

NetworkCard::~NetworkCard() {
    if (!parts_) return;
    parts_->quiet();
    static_cast<void>(parts_->device.set_bus_master(false));
}

std::array<std::uint8_t, 6> NetworkCard::address() const {
    const std::uint32_t low = registers().read<card::ReceiveAddressLow>(0).value();
    const auto high =
        registers().read<card::ReceiveAddressHigh>(0).get<card::ReceiveAddressHigh::Bytes>();
    std::array<std::uint8_t, 6> bytes{};
    for (unsigned i = 0; i < 6; ++i)
        bytes[i] = static_cast<std::uint8_t>(i < 4 ? low >> 8 * i : high >> 8 * (i - 4));
    return bytes;
}

bool NetworkCard::link_is_up() const {
    return registers().read<card::Status>().get<card::Status::LinkUp>();
}

Result<std::uint16_t> NetworkCard::eeprom_word(std::uint8_t index) const {
    registers().write<card::EepromRead>(card::EepromRead::Address{openbar::checked(index)},
                                        card::EepromRead::Start{true});
    OPENBAR_TRY(word,
                registers().wait_until<card::EepromRead>(card::EepromRead::Done{true}, patience));
    return static_cast<std::uint16_t>(word.get<card::EepromRead::Data>());
}

Result<std::uint16_t> NetworkCard::phy_register(std::uint32_t index) const {
    registers().write<card::PhyAccess>(card::PhyAccess::Phy{card::phy_address},
                                       card::PhyAccess::Register{openbar::checked(index)},
                                       card::PhyAccess::Read{true});
    OPENBAR_TRY(access,
                registers().wait_until<card::PhyAccess>(card::PhyAccess::Ready{true}, patience));
    return static_cast<std::uint16_t>(access.get<card::PhyAccess::Data>());
}

Result<void> NetworkCard::write_phy_register(std::uint32_t index, std::uint32_t value) const {
    registers().write<card::PhyAccess>(
        card::PhyAccess::Phy{card::phy_address}, card::PhyAccess::Register{openbar::checked(index)},
        card::PhyAccess::Data{openbar::checked(value)}, card::PhyAccess::Write{true});
    OPENBAR_TRY(done,
                registers().wait_until<card::PhyAccess>(card::PhyAccess::Ready{true}, patience));
    return {};
}

Result<void> NetworkCard::loop_back(bool on) {
    OPENBAR_TRY(control, phy_register(card::phy_control));
    const std::uint32_t others = control & ~card::phy_loopback;
    if (auto done =
            write_phy_register(card::phy_control, on ? others | card::phy_loopback : others);
        !done || !on)
        return done;
    return wait_until_frames_come_back();
}

Result<void> NetworkCard::wait_until_frames_come_back() {
    Frame probe(shortest_frame);
    std::memcpy(probe.data(), address().data(), 6);
    const auto deadline = Clock::now() + 5s;
    for (;;) {
        if (auto sent = send(probe); !sent) return sent;
        const auto received = receive(20ms);
        if (received) return {};
        if (received.error().code != openbar::ErrorCode::timed_out || Clock::now() > deadline)
            return received.error();
    }
}

Result<void> NetworkCard::send(std::span<const std::byte> frame) {
    if (frame.size() < 14 || frame.size() > longest_frame) return too_large(frame.size());
    const std::uint32_t index = parts_->next_sent;
    std::ranges::copy(frame, parts_->memory.span().subspan(transmit_buffer(index)).begin());
    parts_->store(transmit_ring, index,
                  {.address = parts_->memory.iova_of(transmit_buffer(index)),
                   .length = static_cast<std::uint16_t>(frame.size()),
                   .command = end_of_packet | insert_checksum | report_status});
    parts_->next_sent = (index + 1) % ring_size;
    registers().block<card::Ring>(card::transmit_ring).write<card::Ring::Tail>(parts_->next_sent);
    const auto deadline = Clock::now() + patience;
    while ((parts_->load(transmit_ring, index).status & descriptor_done) == 0) {
        if (auto reached = registers().status(); !reached) return reached;
        if (Clock::now() > deadline)
            return not_in_time("send a frame", "the card did not fetch it");
    }
    return {};
}

Result<NetworkCard::Frame> NetworkCard::receive(std::chrono::nanoseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    const std::uint32_t index = parts_->next_received;
    Descriptor descriptor = parts_->load(receive_ring, index);
    while ((descriptor.status & descriptor_done) == 0) {
        const auto left = std::max<std::chrono::nanoseconds>(deadline - Clock::now(), 0ns);
        if (auto fired = parts_->interrupt.wait(left); !fired) return std::move(fired).error();
        // Read away before the descriptor is looked at: a frame that comes in between fires again.
        static_cast<void>(registers().read<card::InterruptCauseRead>());
        descriptor = parts_->load(receive_ring, index);
    }
    const auto bytes = parts_->memory.span().subspan(receive_buffer(index), descriptor.length);
    Frame frame(bytes.begin(), bytes.end());
    parts_->store(receive_ring, index, {.address = descriptor.address});
    // The descriptor just emptied becomes the last of the card's.
    registers().block<card::Ring>(card::receive_ring).write<card::Ring::Tail>(index);
    parts_->next_received = (index + 1) % ring_size;
    return frame;
}

NetworkCard::Counts NetworkCard::take_counts() const {
    return {.sent = registers().read<card::GoodFramesSent>().value(),
            .received = registers().read<card::GoodFramesReceived>().value()};
}

const openbar::Registers& NetworkCard::registers() const {
    return parts_->registers;
}
