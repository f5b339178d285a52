#include "simulator/backend/vector_calls.hpp"

#include "base/system_calls.hpp"

#include <memory>
#include <vector>

namespace openbar {
namespace {

/// The eventfd is that of a vector of this program, which disconnects it before it closes it.
class EventSink final : public simulator::InterruptSink {
public:
    explicit EventSink(int event) noexcept : event_(event) {}
    void signal() noexcept override {
        const std::uint64_t one = 1;
        // Cannot fail: an eventfd counts to 2^64 - 2.
        static_cast<void>(!system_calls::write(event_, &one, sizeof one));
    }

private:
    int event_;
};

}  // namespace

simulator::InterruptKind VectorCalls::kind_of(InterruptKind kind) noexcept {
    switch (kind) {
        case InterruptKind::intx: return simulator::InterruptKind::intx;
        case InterruptKind::msi: return simulator::InterruptKind::msi;
        case InterruptKind::msix: break;
    }
    return simulator::InterruptKind::msix;
}

Result<void> VectorCalls::set_events(InterruptKind kind, std::uint32_t first,
                                     std::span<const int> events) {
    std::vector<std::unique_ptr<simulator::InterruptSink>> sinks(events.size());
    for (std::size_t i = 0; i < events.size(); ++i)
        if (events[i] >= 0) sinks[i] = std::make_unique<EventSink>(events[i]);
    OPENBAR_TRY(card, card_.use());
    card->interrupts().connect(kind_of(kind), first, sinks);
    return {};
}

void VectorCalls::disable(InterruptKind kind) {
    // Fails only in a child of a fork, whose card is its parent's.
    if (auto card = card_.use()) (*card)->interrupts().release(kind_of(kind));
}

Result<void> VectorCalls::mask(InterruptKind kind, std::uint32_t vector) {
    OPENBAR_TRY(card, card_.use());
    card->interrupts().mask(kind_of(kind), vector);
    return {};
}

Result<void> VectorCalls::unmask(InterruptKind kind, std::uint32_t vector) {
    OPENBAR_TRY(card, card_.use());
    card->interrupts().unmask(kind_of(kind), vector);
    return {};
}

Result<void> VectorCalls::trigger(InterruptKind kind, std::uint32_t vector) {
    OPENBAR_TRY(card, card_.use());
    card->interrupts().trigger(kind_of(kind), vector);
    return {};
}

Result<void> VectorCalls::connect(simulator::InterruptKind kind, int event) {
    std::unique_ptr<simulator::InterruptSink> sink = std::make_unique<EventSink>(event);
    OPENBAR_TRY(card, card_.use());
    card->interrupts().connect(kind, 0, std::span(&sink, 1));
    return {};
}

Result<void> VectorCalls::trigger(simulator::InterruptKind kind) {
    OPENBAR_TRY(card, card_.use());
    card->interrupts().trigger(kind, 0);
    return {};
}

}  // namespace openbar
