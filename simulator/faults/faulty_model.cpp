#include "simulator/faults/faulty_model.hpp"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

namespace openbar::simulator {
namespace {

constexpr unsigned messages_of_a_storm = 1000;

}  // namespace

void FaultyModel::attach(Bus& bus) {
    Model::attach(bus);
    model_->attach(*this);
}

const PlannedFault* FaultyModel::occasion(std::initializer_list<FaultKind> kinds) {
    const PlannedFault* first = nullptr;
    for (PlannedFault& fault : plan_.faults) {
        if (std::ranges::find(kinds, fault.kind()) == kinds.end()) continue;
        if (fault.happens() && first == nullptr) first = &fault;
    }
    return first;
}

FaultyModel::Outcome FaultyModel::meet_access(std::uint64_t offset) {
    Outcome outcome;
    for (PlannedFault& fault : plan_.faults) {
        const FaultKind kind = fault.kind();
        if (kind >= FaultKind::dma_refused && kind != FaultKind::irq_spurious) continue;
        if (!fault.happens(offset)) continue;
        switch (kind) {
            case FaultKind::removed:
                bus_->remove();
                outcome.answered = false;
                break;
            case FaultKind::decode_off:
                bus_->stop_decoding();
                outcome.answered = false;
                break;
            case FaultKind::ones: outcome.answered = false; break;
            case FaultKind::stuck: outcome.stuck |= fault.value(); break;
            case FaultKind::slow:
                std::this_thread::sleep_for(std::chrono::nanoseconds(fault.value()));
                break;
            case FaultKind::reset: reset(); break;
            case FaultKind::error: bus_->report_error(); break;
            default: interrupt_without_cause(); break;
        }
    }
    return outcome;
}

std::uint64_t FaultyModel::read(RegionNumber region, std::uint64_t offset, unsigned width) {
    const Outcome outcome = meet_access(offset);
    if (!outcome.answered) return all_ones;
    return model_->read(region, offset, width) | outcome.stuck;
}

void FaultyModel::write(RegionNumber region, std::uint64_t offset, unsigned width,
                        std::uint64_t value) {
    if (meet_access(offset).answered) model_->write(region, offset, width, value);
}

void FaultyModel::reset() {
    ++resets_;
    set_interrupt_line(false);
    model_->reset();
}

bool FaultyModel::read(std::uint64_t iova, std::span<std::byte> destination) {
    if (occasion({FaultKind::dma_refused}) != nullptr) return false;
    return bus_->read(iova, destination);
}

bool FaultyModel::write(std::uint64_t iova, std::span<const std::byte> source) {
    if (occasion({FaultKind::dma_refused}) != nullptr) return false;
    const PlannedFault* const late = occasion({FaultKind::dma_late});
    if (late == nullptr) return bus_->write(iova, source);
    // A posted write: the card believes that it has been made.
    bus_->at(bus_->now() + std::chrono::nanoseconds(late->value()),
             [this, iova, copy = std::vector<std::byte>(source.begin(), source.end())] {
                 static_cast<void>(bus_->write(iova, copy));
             });
    return true;
}

void FaultyModel::set_interrupt_line(bool asserted) {
    if (asserted && !std::exchange(line_, true)) {
        const PlannedFault* const fault =
            occasion({FaultKind::irq_lost, FaultKind::irq_doubled, FaultKind::irq_storm});
        if (fault != nullptr && fault->kind() == FaultKind::irq_lost) return;
        const unsigned times = fault == nullptr                          ? 0
                               : fault->kind() == FaultKind::irq_doubled ? 1
                                                                         : messages_of_a_storm;
        for (unsigned i = 0; i < times; ++i) {
            bus_->set_interrupt_line(true);
            bus_->set_interrupt_line(false);
        }
    }
    line_ = asserted;
    bus_->set_interrupt_line(asserted);
}

bool FaultyModel::send_message(std::uint16_t vector) {
    const PlannedFault* const fault =
        occasion({FaultKind::irq_lost, FaultKind::irq_doubled, FaultKind::irq_storm});
    if (fault == nullptr) return bus_->send_message(vector);
    if (fault->kind() == FaultKind::irq_lost) return true;
    const unsigned more = fault->kind() == FaultKind::irq_doubled ? 1 : messages_of_a_storm;
    for (unsigned i = 0; i < more; ++i)
        if (!bus_->send_message(vector)) return false;
    return bus_->send_message(vector);
}

void FaultyModel::interrupt_without_cause() {
    if (bus_->send_message(0) || line_) return;
    bus_->set_interrupt_line(true);
    bus_->set_interrupt_line(false);
}

void FaultyModel::at(std::chrono::nanoseconds when, std::function<void()> action) {
    bus_->at(when, [this, resets = resets_, action = std::move(action)] {
        if (resets == resets_) action();
    });
}

}  // namespace openbar::simulator
