#include "simulator/models/intel_82540em/phy.hpp"

#include <utility>

namespace openbar::simulator::e1000 {
namespace {

constexpr std::uint32_t mdic_write = 1u << 26;
constexpr std::uint32_t mdic_read = 2u << 26;
constexpr std::uint32_t mdic_operation = 3u << 26;
constexpr std::uint32_t mdic_ready = 1u << 28;
constexpr std::uint32_t mdic_error = 1u << 30;
constexpr std::uint32_t phy_address = 1;

constexpr unsigned control = 0;
constexpr unsigned basic_status = 1;
constexpr unsigned identifier_high = 2;
constexpr unsigned identifier_low = 3;
constexpr unsigned advertisement = 4;
constexpr unsigned partner_ability = 5;
constexpr unsigned expansion = 6;
constexpr unsigned gigabit_control = 9;
constexpr unsigned gigabit_status = 10;
constexpr unsigned extended_status = 15;
constexpr unsigned specific_control = 16;
constexpr unsigned specific_status = 17;
constexpr unsigned extended_control = 20;

constexpr std::uint16_t control_reset = 1u << 15;
constexpr std::uint16_t control_loopback = 1u << 14;
constexpr std::uint16_t control_negotiate = 1u << 12;
constexpr std::uint16_t control_power_down = 1u << 11;
constexpr std::uint16_t control_restart = 1u << 9;
constexpr std::uint16_t control_reserved = 0x003f;

constexpr std::uint16_t status_abilities = 0x7949;  // 10, 100 and extended, negotiates
constexpr std::uint16_t status_link = 1u << 2;
constexpr std::uint16_t status_negotiated = 1u << 5;

constexpr bool read_only(unsigned index) {
    return (index >= basic_status && index <= identifier_low) ||
           (index >= partner_ability && index <= expansion) || index == 8 ||
           index == gigabit_status || index == extended_status || index == specific_status ||
           index == 19 || index == 21;
}

}  // namespace

Phy::Phy(Bus& bus, std::chrono::nanoseconds negotiation_time, std::function<void()> link_changed)
    : negotiation_time_(negotiation_time),
      link_changed_(std::move(link_changed)),
      negotiation_(bus, [this] {
          negotiated_ = true;
          update();
      }) {}

void Phy::power_on(bool connected) {
    negotiation_.stop();
    connected_ = connected;
    registers_.fill(0);
    registers_[control] = 0x1140;  // negotiate; 1000 Mb/s full duplex
    registers_[identifier_high] = 0x0141;
    registers_[identifier_low] = 0x0c20;
    registers_[advertisement] = 0x0de1;
    registers_[gigabit_control] = 0x0e00;
    registers_[extended_status] = 0x3000;
    registers_[specific_control] = 0x0360;
    registers_[extended_control] = 0x0d60;
    negotiated_ = true;
    link_was_lost_ = false;
    was_up_ = link_up();
}

void Phy::reset() {
    power_on(connected_);
    negotiate();
}

bool Phy::link_up() const {
    const bool powered = (registers_[control] & control_power_down) == 0;
    return connected_ && powered && negotiated_;
}

bool Phy::loopback() const {
    return (registers_[control] & control_loopback) != 0;
}

std::uint32_t Phy::execute(std::uint32_t mdic) {
    const std::uint32_t operation = mdic & mdic_operation;
    const unsigned index = (mdic >> 16) & 31;
    std::uint32_t result = (mdic & ~mdic_error) | mdic_ready;
    if (((mdic >> 21) & 31) != phy_address || (operation != mdic_read && operation != mdic_write))
        return result | mdic_error;
    if (operation == mdic_read)
        result = (result & 0xffff0000) | read(index);
    else
        write(index, static_cast<std::uint16_t>(mdic));
    return result;
}

std::uint16_t Phy::read(unsigned index) {
    const bool up = link_up();
    switch (index) {
        case basic_status: {
            const bool shown = up && !std::exchange(link_was_lost_, false);
            return static_cast<std::uint16_t>(status_abilities | (shown ? status_link : 0) |
                                              (negotiated_ && connected_ ? status_negotiated : 0));
        }
        case partner_ability: return up ? 0x45e1 : 0;
        case expansion: return up ? 0x0001 : 0;
        case gigabit_status: return up ? 0x3c00 : 0;
        // 1000 Mb/s, full duplex, resolved, link in real time.
        case specific_status: return up ? 0xac00 : 0;
        default: return registers_[index];
    }
}

void Phy::write(unsigned index, std::uint16_t value) {
    if (read_only(index)) return;
    if (index == control) return write_control(value);
    registers_[index] = value;
}

void Phy::write_control(std::uint16_t value) {
    if ((value & control_reset) != 0) return reset();
    const bool woken =
        (registers_[control] & control_power_down) != 0 && (value & control_power_down) == 0;
    registers_[control] = static_cast<std::uint16_t>(value & ~(control_restart | control_reserved));
    if ((value & control_restart) != 0 || woken) return negotiate();
    update();
}

void Phy::negotiate() {
    if ((registers_[control] & control_negotiate) == 0) {
        negotiation_.stop();
        negotiated_ = true;
        return update();
    }
    negotiated_ = false;
    negotiation_.start(negotiation_time_);
    update();
}

void Phy::update() {
    const bool up = link_up();
    if (up == was_up_) return;
    if (!up) link_was_lost_ = true;
    was_up_ = up;
    link_changed_();
}

}  // namespace openbar::simulator::e1000
