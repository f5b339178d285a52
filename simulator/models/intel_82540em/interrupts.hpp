/// Interrupt causes, their mask, and what makes interrupts rarer.
///
///     interrupts.raise(cause::lsc);
///     interrupts.frame_received();             // RXT0, at once or when RDTR or RADV run out
///     auto causes = interrupts.read_causes();  // ICR
///
/// Facts: manual 317453, sections 3.2.7 (RDTR, RADV), 3.4.3.1 (TIDV, TADV), 13.4.17 to 13.4.21
/// (ICR, ITR, ICS, IMS, IMC). Delay timers count in 1024 ns, ITR in 256 ns.
#pragma once

#include "simulator/models/intel_82540em/registers.hpp"
#include "simulator/timer.hpp"

#include <cstdint>

namespace openbar::simulator::e1000 {

class Interrupts {
public:
    Interrupts(Bus& bus, RegisterFile& registers);

    void raise(std::uint32_t causes);
    [[nodiscard]] std::uint32_t causes() const { return causes_; }
    [[nodiscard]] std::uint32_t read_causes();  ///< clears them
    void clear_causes(std::uint32_t causes);
    void set_mask(std::uint32_t causes);
    void clear_mask(std::uint32_t causes);

    void frame_received();
    void flush_received();  ///< RDTR bit 31: what was delayed is due now
    /// A transmit descriptor was written back; `delayed` as its IDE bit says.
    void descriptor_done(bool delayed);

    void reset();

private:
    void update();
    void received_due();
    void sent_due();

    Bus& bus_;
    RegisterFile& registers_;
    std::uint32_t causes_ = 0;
    bool asserted_ = false;
    Timer throttle_;
    Timer receive_delay_;
    Timer receive_limit_;
    Timer transmit_delay_;
    Timer transmit_limit_;
};

}  // namespace openbar::simulator::e1000
