/// A card for tests of the protocol: a few registers with a behaviour that shows on the wire.
///
/// BAR 0 (4 KiB, registers): 0x00 reads 0x0badcafe; 0x08 is a scratch register; 0x10 counts
/// writes of any width; 0x18 holds the width of the last write; 0x20 raises (1) or drops (0) the
/// line; 0x24 sends message n; 0x28 sends message n after 20 ms; 0x30 address, 0x38 count and 0x40
/// command of a DMA (1: from memory, 2: to memory, 3: to memory after 20 ms), 0x44 its outcome; 0x48
/// reports an error.
/// BAR 2 (16 KiB): the first and third page are plain memory, the rest reads as 0x5a.
#pragma once

#include "simulator/model.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace openbar::simulator::testing {

class TestCard final : public Model {
public:
    TestCard() {
        description_.name = "test";
        description_.vendor = 0x1234;
        description_.device = 0x5678;
        description_.regions = {
            {.index = 0, .size = 4096},
            {.index = 2,
             .size = 16384,
             .plain = {{.offset = 0, .length = 4096}, {.offset = 8192, .length = 4096}}}};
        description_.intx = true;
        description_.msi_vectors = 16;
        description_.msi_maskable = true;
    }

    const Description& description() const override { return description_; }

    std::uint64_t read(RegionNumber region, std::uint64_t offset, unsigned) override {
        if (region == 2) return 0x5a;
        switch (offset) {
            case 0x00: return 0x0badcafe;
            case 0x08: return scratch_;
            case 0x10: return writes_;
            case 0x18: return last_width_;
            case 0x44: return outcome_;
            default: return 0;
        }
    }

    void write(RegionNumber region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override {
        if (region == 2) return;
        ++writes_;
        last_width_ = width;
        switch (offset) {
            case 0x08: scratch_ = value; break;
            case 0x20: bus_->set_interrupt_line(value != 0); break;
            case 0x24: sent_ = bus_->send_message(static_cast<std::uint16_t>(value)); break;
            case 0x28:
                later([this, value] {
                    sent_ = bus_->send_message(static_cast<std::uint16_t>(value));
                });
                break;
            case 0x30: address_ = value; break;
            case 0x38: buffer_.resize(value & 0x3fffff); break;
            case 0x40: start_dma(value); break;
            case 0x48: bus_->report_error(); break;
            default: break;
        }
    }

    void reset() override {
        scratch_ = 0;
        writes_ = 0;
        bus_->set_interrupt_line(false);
    }

    std::vector<std::byte>& buffer() { return buffer_; }
    std::span<std::byte> plain() { return bus_->memory(2); }

private:
    void later(std::function<void()> action) {
        bus_->at(bus_->now() + std::chrono::milliseconds(20), std::move(action));
    }
    void start_dma(std::uint64_t command) {
        outcome_ = 0;
        if (command == 1) outcome_ = bus_->read(address_, buffer_) ? 1 : 2;
        if (command == 2) outcome_ = bus_->write(address_, buffer_) ? 1 : 2;
        if (command == 3) later([this] { outcome_ = bus_->write(address_, buffer_) ? 1 : 2; });
    }

    Description description_;
    std::uint64_t scratch_ = 0;
    std::uint64_t writes_ = 0;
    unsigned last_width_ = 0;
    std::uint64_t address_ = 0;
    std::uint64_t outcome_ = 0;
    bool sent_ = false;
    std::vector<std::byte> buffer_;
};

}  // namespace openbar::simulator::testing
