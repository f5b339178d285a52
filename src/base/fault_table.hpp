/// The watched ranges, as a handler finds them: without a lock.
#pragma once

#include "base/fault_watch.hpp"

#include <array>
#include <atomic>
#include <optional>

namespace openbar {

/// A slot is found in order by a handler that runs beside a thread that fills or empties it:
/// `begin` is set last and cleared first.
class FaultTable {
public:
    /// A handler that stays while this lives.
    class Use {
    public:
        Use() = default;
        Use(FaultHandler& handler, std::atomic<unsigned>& users) noexcept
            : handler_(&handler), users_(&users) {}
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        ~Use() {
            if (users_ != nullptr) users_->fetch_sub(1, std::memory_order_release);
        }
        [[nodiscard]] FaultHandler* handler() const noexcept { return handler_; }

    private:
        FaultHandler* handler_ = nullptr;
        std::atomic<unsigned>* users_ = nullptr;
    };

    [[nodiscard]] Use use(std::uintptr_t address, FaultKind kind) noexcept;
    [[nodiscard]] FaultHandler* find(std::uintptr_t address, FaultKind kind) const noexcept;

    /// Both under a lock of the caller's. Nothing where all slots are taken.
    [[nodiscard]] std::optional<std::size_t> add(std::span<std::byte> memory, FaultKind kind,
                                                 FaultHandler& handler) noexcept;
    /// Returns once no handler runs for that slot; not from one.
    void remove(std::size_t slot) noexcept;
    /// In a child of a fork, to which the handlers' other threads have not come.
    void forget_users() noexcept {
        for (Slot& slot : slots_) slot.users = 0;
    }

private:
    struct Slot {
        std::atomic<std::uintptr_t> begin{0};
        std::atomic<std::size_t> size{0};
        std::atomic<FaultHandler*> handler{nullptr};
        std::atomic<FaultKind> kind{FaultKind::lost};
        std::atomic<unsigned> users{0};
        bool taken = false;  // under the caller's lock

        [[nodiscard]] bool holds(std::uintptr_t address, FaultKind wanted) const noexcept;
    };

    std::array<Slot, FaultWatch::most> slots_;
    std::atomic<std::size_t> used_{0};  // all beyond are free
};

}  // namespace openbar
