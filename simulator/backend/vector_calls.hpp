/// The requests of the vector table as calls of a card inside this program.
#pragma once

#include "backends/enabled_vectors.hpp"
#include "simulator/host/live_card.hpp"

namespace openbar {

class VectorCalls final : public VectorRequests {
public:
    explicit VectorCalls(simulator::LiveCard& card) : card_(card) {}

    Result<void> set_events(InterruptKind kind, std::uint32_t first,
                            std::span<const int> events) override;
    void disable(InterruptKind kind) override;
    Result<void> mask(InterruptKind kind, std::uint32_t vector) override;
    Result<void> unmask(InterruptKind kind, std::uint32_t vector) override;
    Result<void> trigger(InterruptKind kind, std::uint32_t vector) override;

    /// An error that the card reports, or that it is asked for: `event` is signalled.
    [[nodiscard]] Result<void> connect(simulator::InterruptKind kind, int event);
    [[nodiscard]] Result<void> trigger(simulator::InterruptKind kind);

    [[nodiscard]] static simulator::InterruptKind kind_of(InterruptKind kind) noexcept;

private:
    simulator::LiveCard& card_;
};

}  // namespace openbar
