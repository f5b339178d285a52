/// The PHY inside the 82540EM, reached through MDIC: link, negotiation and identity.
///
///     Phy phy(bus, std::chrono::milliseconds(10), [this] { link_changed(); });
///     auto mdic = phy.execute(written);       // what MDIC reads as after this was written
///
/// Facts: manual 317453, sections 8.7 and 13.4.7; IEEE 802.3 clause 22 for registers 0 to 15.
/// Negotiation always ends in 1000 Mb/s full duplex, or in no link where nothing is plugged in.
#pragma once

#include "simulator/timer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>

namespace openbar::simulator::e1000 {

class Phy {
public:
    Phy(Bus& bus, std::chrono::nanoseconds negotiation_time, std::function<void()> link_changed);

    /// The state after power-on, with negotiation done: cables are in long before drivers run.
    void power_on(bool connected);
    /// A reset by the driver: negotiates again.
    void reset();
    void stop_timers() { negotiation_.stop(); }

    [[nodiscard]] bool link_up() const;
    [[nodiscard]] bool loopback() const;

    [[nodiscard]] std::uint32_t execute(std::uint32_t mdic);

private:
    [[nodiscard]] std::uint16_t read(unsigned index);
    void write(unsigned index, std::uint16_t value);
    void write_control(std::uint16_t value);
    void negotiate();
    void update();

    std::array<std::uint16_t, 32> registers_{};
    std::chrono::nanoseconds negotiation_time_;
    std::function<void()> link_changed_;
    Timer negotiation_;
    bool connected_ = false;
    bool negotiated_ = false;
    bool was_up_ = false;
    bool link_was_lost_ = false;  // status shows a lost link until it has been read
};

}  // namespace openbar::simulator::e1000
