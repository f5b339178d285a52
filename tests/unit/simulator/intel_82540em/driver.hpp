/// The tests' side of the 82540EM: what a driver does to bring the card up, send and receive.
/// Offsets and bits are written down here again, from the manual, so that the tests do not
/// share a mistake with the model.
#pragma once

#include "simulator/models/intel_82540em/card.hpp"
#include "simulator/testing/stand_in_bus.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace openbar::simulator {

using Bytes = std::vector<std::uint8_t>;

/// A wire whose other end is the test.
class TestWire final : public Wire {
public:
    void send(std::span<const std::byte> frame) override {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(frame.data());
        sent.emplace_back(bytes, bytes + frame.size());
        if (loops) deliver(frame);
    }
    bool connected() const override { return plugged_in; }
    void arrive(const Bytes& frame) { deliver(std::as_bytes(std::span(frame))); }

    std::vector<Bytes> sent;
    bool plugged_in = true;
    bool loops = false;
};

inline constexpr std::uint32_t ctrl = 0x0000, status_register = 0x0008, eecd = 0x0010,
                               eerd = 0x0014, mdic = 0x0020, icr = 0x00c0, itr = 0x00c4,
                               ics = 0x00c8, ims = 0x00d0, imc = 0x00d8, rctl = 0x0100,
                               tctl = 0x0400, rdbal = 0x2800, rdbah = 0x2804, rdlen = 0x2808,
                               rdh = 0x2810, rdt = 0x2818, rdtr = 0x2820, radv = 0x282c,
                               tdbal = 0x3800, tdbah = 0x3804, tdlen = 0x3808, tdh = 0x3810,
                               tdt = 0x3818, tidv = 0x3820, tadv = 0x382c, rxcsum = 0x5000,
                               mta = 0x5200, ral = 0x5400, rah = 0x5404, vfta = 0x5600;
inline constexpr std::uint32_t txdw = 0x01, txqe = 0x02, lsc = 0x04, rxdmt0 = 0x10, rxo = 0x40,
                               rxt0 = 0x80, mdac = 0x200;

class CardUnderTest : public testing::Test {
protected:
    static constexpr std::uint64_t receive_ring = StandInBus::memory_start;
    static constexpr std::uint64_t transmit_ring = receive_ring + 0x1000;
    static constexpr std::uint64_t receive_buffers = receive_ring + 0x10000;
    static constexpr std::uint64_t transmit_buffers = receive_ring + 0x80000;
    static constexpr std::uint32_t ring_size = 8;

    CardUnderTest() {
        auto plug = std::make_unique<TestWire>();
        wire = plug.get();
        card = std::make_unique<Intel82540em>(Intel82540em::Options{}, std::move(plug));
        card->attach(bus);
    }

    std::uint32_t get(std::uint32_t offset) {
        return static_cast<std::uint32_t>(card->read(0, offset, 4));
    }
    void put(std::uint32_t offset, std::uint32_t value) { card->write(0, offset, 4, value); }

    /// Reset, link, address, both rings, everything on; causes read away.
    void bring_up(std::uint32_t receive_control = 0x04008002) {  // SECRC, BAM, EN
        put(ctrl, get(ctrl) | (1u << 26));
        put(imc, 0xffffffff);
        put(ctrl, get(ctrl) | (1u << 6));
        put(rdbal, static_cast<std::uint32_t>(receive_ring));
        put(rdbah, 0);
        put(rdlen, ring_size * 16);
        put(rdh, 0);
        for (std::uint32_t i = 0; i < ring_size; ++i)
            bus.store<std::uint64_t>(receive_ring + 16 * i, receive_buffers + 0x4000 * i);
        put(rdt, ring_size - 1);
        put(rctl, receive_control);
        put(tdbal, static_cast<std::uint32_t>(transmit_ring));
        put(tdbah, 0);
        put(tdlen, ring_size * 16);
        put(tdh, 0);
        put(tdt, 0);
        put(tctl, 0x0004010a);  // EN, PSP, CT, COLD
        static_cast<void>(get(icr));
    }

    /// Writes one transmit descriptor at the tail, without moving the tail.
    void describe(std::uint64_t first, std::uint64_t second) {
        bus.store(transmit_ring + 16 * tail_, first);
        bus.store(transmit_ring + 16 * tail_ + 8, second);
        last_described_ = tail_;
        tail_ = (tail_ + 1) % ring_size;
    }
    void start_transmit() { put(tdt, tail_); }

    /// Sends a frame by one legacy descriptor with EOP, IFCS and RS.
    void send(const Bytes& frame, std::uint64_t more_command = 0) {
        describe(place(frame), frame.size() | 0x0b000000 | more_command);
        start_transmit();
    }
    /// Puts bytes where the card can fetch them.
    std::uint64_t place(const Bytes& bytes, std::uint64_t offset = 0) {
        const std::uint64_t address = transmit_buffers + offset;
        std::ranges::copy(std::as_bytes(std::span(bytes)),
                          bus.bytes(address, bytes.size()).begin());
        return address;
    }
    std::uint8_t transmit_status() {
        return bus.load<std::uint8_t>(transmit_ring + 16 * last_described_ + 12);
    }

    struct ReceiveDescriptor {
        std::uint64_t address;
        std::uint16_t length;
        std::uint16_t checksum;
        std::uint8_t status;
        std::uint8_t errors;
        std::uint16_t special;
    };
    ReceiveDescriptor received(std::uint32_t index) {
        return bus.load<ReceiveDescriptor>(receive_ring + 16 * index);
    }
    Bytes received_bytes(std::uint32_t index) {
        const auto descriptor = received(index);
        const auto bytes = bus.bytes(descriptor.address, descriptor.length);
        const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return {start, start + bytes.size()};
    }

    static Bytes frame_to(const Bytes& destination, std::size_t size, std::uint8_t fill = 0x5a) {
        Bytes frame(size, fill);
        std::ranges::copy(destination, frame.begin());
        const Bytes source = {0x02, 0, 0, 0, 0, 0x01};
        std::ranges::copy(source, frame.begin() + 6);
        frame[12] = 0x88;
        frame[13] = 0xb5;  // an ethertype for experiments
        return frame;
    }
    static inline const Bytes own{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    static inline const Bytes everybody{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    StandInBus bus;
    TestWire* wire = nullptr;
    std::unique_ptr<Intel82540em> card;

private:
    std::uint32_t tail_ = 0;
    std::uint32_t last_described_ = 0;
};

}  // namespace openbar::simulator
