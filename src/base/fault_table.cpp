#include "base/fault_table.hpp"

#include <thread>

namespace openbar {

bool FaultTable::Slot::holds(std::uintptr_t address, FaultKind wanted) const noexcept {
    const auto start = begin.load(std::memory_order_seq_cst);
    return start != 0 && kind.load(std::memory_order_relaxed) == wanted && address >= start &&
           address - start < size.load(std::memory_order_relaxed);
}

FaultTable::Use FaultTable::use(std::uintptr_t address, FaultKind kind) noexcept {
    const std::size_t used = used_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < used; ++i) {
        Slot& slot = slots_[i];
        if (!slot.holds(address, kind)) continue;
        slot.users.fetch_add(1, std::memory_order_seq_cst);
        // Whoever removes it has not yet looked at the users, or has cleared `begin` before.
        if (slot.holds(address, kind)) return {*slot.handler.load(), slot.users};
        slot.users.fetch_sub(1, std::memory_order_release);
    }
    return {};
}

FaultHandler* FaultTable::find(std::uintptr_t address, FaultKind kind) const noexcept {
    const std::size_t used = used_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < used; ++i)
        if (slots_[i].holds(address, kind)) return slots_[i].handler.load();
    return nullptr;
}

std::optional<std::size_t> FaultTable::add(std::span<std::byte> memory, FaultKind kind,
                                           FaultHandler& handler) noexcept {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        Slot& slot = slots_[i];
        if (slot.taken) continue;
        slot.taken = true;
        slot.size = memory.size();
        slot.kind = kind;
        slot.handler = &handler;
        slot.begin.store(reinterpret_cast<std::uintptr_t>(memory.data()));
        if (i >= used_.load(std::memory_order_relaxed)) used_.store(i + 1);
        return i;
    }
    return std::nullopt;
}

void FaultTable::remove(std::size_t number) noexcept {
    Slot& slot = slots_[number];
    slot.begin.store(0, std::memory_order_seq_cst);
    while (slot.users.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
    slot.taken = false;
}

}  // namespace openbar
