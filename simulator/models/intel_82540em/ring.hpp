/// A ring of 16-byte descriptors in memory, as a group of five registers describes it.
///
///     Ring ring(registers, reg::tdbal);
///     while (ring.owned() != 0) { process(ring.head_address()); ring.advance(); }
///
/// Facts: manual 317453, sections 3.2.6 and 3.4: the card owns the descriptors from head up to, not
/// including, tail. What a driver programs wrongly (head or tail outside the ring) makes a ring
/// of which the card owns nothing.
#pragma once

#include "simulator/models/intel_82540em/registers.hpp"

#include <cstdint>

namespace openbar::simulator::e1000 {

class Ring {
public:
    static constexpr std::uint32_t descriptor_size = 16;

    /// `base_low` is the offset of RDBAL or TDBAL; the others lie at the same distances from both.
    Ring(RegisterFile& registers, Offset base_low) : registers_(registers), base_low_(base_low) {}

    [[nodiscard]] std::uint32_t size() const { return registers_[base_low_ + 8] / descriptor_size; }
    [[nodiscard]] std::uint32_t owned() const {
        const std::uint32_t head = registers_[base_low_ + 0x10];
        const std::uint32_t tail = registers_[base_low_ + 0x18];
        if (head >= size() || tail >= size()) return 0;
        return head <= tail ? tail - head : size() - head + tail;
    }
    [[nodiscard]] std::uint64_t head_address() const {
        const std::uint64_t high = registers_[base_low_ + 4];
        const std::uint64_t base = (high << 32) | registers_[base_low_];
        return base + std::uint64_t{descriptor_size} * registers_[base_low_ + 0x10];
    }
    void advance() {
        std::uint32_t& head = registers_[base_low_ + 0x10];
        if (++head >= size()) head = 0;
    }

private:
    RegisterFile& registers_;
    Offset base_low_;
};

}  // namespace openbar::simulator::e1000
