#include "simulator/models/intel_82540em/interrupts.hpp"

#include <chrono>
#include <utility>

namespace openbar::simulator::e1000 {
namespace {

constexpr std::chrono::nanoseconds throttle_unit{256};
constexpr std::chrono::nanoseconds delay_unit{1024};

std::uint32_t delay_in(const RegisterFile& registers, Offset offset) {
    return registers[offset] & 0xffff;
}

// Each event moves the short timer and leaves the long one, which limits the whole delay.
void delay(const RegisterFile& registers, Offset delay_register, Timer& delay_timer,
           Offset limit_register, Timer& limit_timer) {
    delay_timer.start(delay_in(registers, delay_register) * delay_unit);
    const std::uint32_t limit = delay_in(registers, limit_register);
    if (limit != 0 && !limit_timer.running()) limit_timer.start(limit * delay_unit);
}

}  // namespace

Interrupts::Interrupts(Bus& bus, RegisterFile& registers)
    : bus_(bus),
      registers_(registers),
      throttle_(bus, [this] { update(); }),
      receive_delay_(bus, [this] { received_due(); }),
      receive_limit_(bus, [this] { received_due(); }),
      transmit_delay_(bus, [this] { sent_due(); }),
      transmit_limit_(bus, [this] { sent_due(); }) {}

void Interrupts::raise(std::uint32_t causes) {
    causes_ |= causes & cause::all;
    update();
}

std::uint32_t Interrupts::read_causes() {
    const std::uint32_t causes = std::exchange(causes_, 0);
    update();
    return causes;
}

void Interrupts::clear_causes(std::uint32_t causes) {
    causes_ &= ~causes;
    update();
}

void Interrupts::set_mask(std::uint32_t causes) {
    registers_[reg::ims] |= causes & cause::all;
    update();
}

void Interrupts::clear_mask(std::uint32_t causes) {
    registers_[reg::ims] &= ~causes;
    update();
}

void Interrupts::frame_received() {
    if (delay_in(registers_, reg::rdtr) == 0) return received_due();
    delay(registers_, reg::rdtr, receive_delay_, reg::radv, receive_limit_);
}

void Interrupts::flush_received() {
    if (receive_delay_.running()) received_due();
}

void Interrupts::descriptor_done(bool delayed) {
    if (!delayed || delay_in(registers_, reg::tidv) == 0) return sent_due();
    delay(registers_, reg::tidv, transmit_delay_, reg::tadv, transmit_limit_);
}

void Interrupts::received_due() {
    receive_delay_.stop();
    receive_limit_.stop();
    raise(cause::rxt0);
}

void Interrupts::sent_due() {
    transmit_delay_.stop();
    transmit_limit_.stop();
    raise(cause::txdw);
}

void Interrupts::reset() {
    for (Timer* timer :
         {&throttle_, &receive_delay_, &receive_limit_, &transmit_delay_, &transmit_limit_})
        timer->stop();
    causes_ = 0;
    asserted_ = false;
    bus_.set_interrupt_line(false);
}

void Interrupts::update() {
    if ((causes_ & registers_[reg::ims]) == 0) {
        if (std::exchange(asserted_, false)) bus_.set_interrupt_line(false);
        return;
    }
    if (asserted_ || throttle_.running()) return;
    asserted_ = true;
    const std::uint32_t interval = registers_[reg::itr] & 0xffff;
    if (interval != 0) throttle_.start(interval * throttle_unit);
    if (!bus_.send_message(0)) bus_.set_interrupt_line(true);
}

}  // namespace openbar::simulator::e1000
