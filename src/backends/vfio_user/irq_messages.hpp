/// The requests of the vector table as vfio-user messages.
#pragma once

#include "backends/enabled_vectors.hpp"
#include "vfio_user/client_implementation.hpp"

namespace openbar {

class IrqMessages final : public VectorRequests {
public:
    explicit IrqMessages(vfio_user::Client::Implementation& client) : client_(client) {}

    Result<void> set_events(InterruptKind kind, std::uint32_t first,
                            std::span<const int> events) override {
        return client_.set_eventfds(protocol_kind(kind), first, events);
    }
    void disable(InterruptKind kind) override {
        // Fails only where the server has gone, and the vectors with it.
        static_cast<void>(client_.disable_interrupts(protocol_kind(kind)));
    }
    Result<void> mask(InterruptKind kind, std::uint32_t vector) override {
        return act(kind, vector, vfio_user::protocol::irq_action_mask);
    }
    Result<void> unmask(InterruptKind kind, std::uint32_t vector) override {
        return act(kind, vector, vfio_user::protocol::irq_action_unmask);
    }
    Result<void> trigger(InterruptKind kind, std::uint32_t vector) override {
        return act(kind, vector, vfio_user::protocol::irq_action_trigger);
    }

    [[nodiscard]] static vfio_user::InterruptKind protocol_kind(InterruptKind kind) noexcept {
        switch (kind) {
            case InterruptKind::intx: return vfio_user::InterruptKind::intx;
            case InterruptKind::msi: return vfio_user::InterruptKind::msi;
            case InterruptKind::msix: break;
        }
        return vfio_user::InterruptKind::msix;
    }

private:
    [[nodiscard]] Result<void> act(InterruptKind kind, std::uint32_t vector, std::uint32_t action) {
        return client_.act(protocol_kind(kind), action, vector, 1, {});
    }

    vfio_user::Client::Implementation& client_;
};

}  // namespace openbar
