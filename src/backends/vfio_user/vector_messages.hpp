/// The requests of the vector table as vfio-user messages.
#pragma once

#include "openbar/vfio_user/client.hpp"

#include "backends/vectors.hpp"

namespace openbar {

class VectorMessages final : public VectorControl {
public:
    explicit VectorMessages(const vfio_user::Client& client) : client_(client) {}

    Result<void> set_events(InterruptKind kind, std::uint32_t first,
                            std::span<const int> events) override {
        return client_.set_eventfds(protocol_kind(kind), first, events);
    }
    void disable(InterruptKind kind) override {
        // Fails only where the server has gone, and the vectors with it.
        static_cast<void>(client_.disable_interrupts(protocol_kind(kind)));
    }
    Result<void> mask(InterruptKind kind, std::uint32_t vector) override {
        return client_.mask(protocol_kind(kind), vector, 1);
    }
    Result<void> unmask(InterruptKind kind, std::uint32_t vector) override {
        return client_.unmask(protocol_kind(kind), vector, 1);
    }
    Result<void> trigger(InterruptKind kind, std::uint32_t vector) override {
        return client_.trigger(protocol_kind(kind), vector, 1);
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
    const vfio_user::Client& client_;
};

}  // namespace openbar
