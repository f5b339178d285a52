// Device memory in the kernel's view and in a process's.
#include "stand_in_kernel.hpp"
#include "stand_in_thread.hpp"

#include <algorithm>
#include <cstring>

namespace openbar::driver::test {

using worst_case::Switch;

Status StandInKernel::map_io(std::uint64_t physical, std::uint64_t length, MemoryType type,
                             KernelView& view) {
    slow("map_io");
    if (fails("map_io")) return Status::no_memory;
    find(physical, RangeKind::memory, 1);
    find(physical + length - 1, RangeKind::memory, 1);
    view = {reinterpret_cast<void*>(kernel_base + physical), length, type};
    ++kernel_views_;
    last_io_type = type;
    return Status::ok;
}

void StandInKernel::unmap_io(const KernelView& view) {
    slow("unmap_io");
    if (view.address == nullptr || kernel_views_-- == 0) violation("unmapped no kernel view");
}

bool StandInKernel::overlaps_ram(std::uint64_t physical, std::uint64_t length) {
    return ram_length != 0 && physical < ram_start + ram_length && ram_start < physical + length;
}

std::vector<std::uint8_t> StandInKernel::mcfg_of(const std::vector<ConfigurationSpace>& spaces) {
    std::vector<std::uint8_t> table(44);
    for (const ConfigurationSpace& space : spaces) {
        const std::size_t at = table.size();
        table.resize(at + 16);
        std::memcpy(&table[at], &space.base, 8);
        std::memcpy(&table[at + 8], &space.segment, 2);
        table[at + 10] = space.first_bus;
        table[at + 11] = space.last_bus;
    }
    return table;
}

std::uint32_t StandInKernel::read_firmware_table(std::uint32_t signature, void* bytes,
                                                 std::uint32_t room) {
    slow("read_firmware_table");
    if (fails("read_firmware_table") || signature != 0x4746434d) return 0;
    std::memcpy(bytes, mcfg.data(), std::min<std::size_t>(room, mcfg.size()));
    return static_cast<std::uint32_t>(mcfg.size());
}

Status StandInKernel::map_user(void* address, std::uint64_t length, MemoryType,
                               std::uint64_t wanted, UserView& view) {
    slow("map_user");
    if (before_map) before_map();
    if (fails("map_user")) return Status::no_addresses;
    if (current == nullptr || current->ended) violation("mapped into no process");
    const auto kernel_address = reinterpret_cast<std::uint64_t>(address);
    if ((kernel_address | length | wanted) % 4096 != 0) violation("mapped part of a page");
    ++user_views_;
    std::lock_guard guard(ledger_);
    const bool plain = kernel_address < kernel_base;  // a DMA buffer: real memory
    view.handle = reinterpret_cast<void*>(next_handle_++);
    view.address = wanted != 0 ? wanted : plain ? kernel_address : next_user_;
    if (worst.is(Switch::addresses_rounded)) view.address -= wanted % 0x10000;
    if (wanted == 0 && !plain) next_user_ += (length + 0xffff) / 0x10000 * 0x10000;
    mapped_[view.handle] = {current, view.address, length};
    placed.emplace_back(view.address, length);
    return Status::ok;
}

void StandInKernel::unmap_user(Process owner, const UserView& view) {
    unmap("unmap_user", owner, view);
}

bool StandInKernel::take_from_user(Process owner, const UserView& view, std::uint64_t length) {
    unmap("take_from_user", owner, view);
    auto& process = *static_cast<StandInProcess*>(owner);
    std::lock_guard guard(ledger_);
    // Another thread of the program is faster, every other time.
    if (worst.happens(Switch::range_reused, 2)) {
        process.allocated[view.address] = length;
        return false;
    }
    if (strict) process.reserved.emplace(view.address, length);
    ++reservations_;
    return true;
}

void StandInKernel::release_user(Process owner, std::uint64_t address, std::uint64_t length) {
    slow("release_user");
    auto& process = *static_cast<StandInProcess*>(owner);
    if (process.ended) violation("attached to a process that has ended");
    --reservations_;
    if (!strict) return;
    std::unique_lock guard(ledger_);
    const auto found = std::ranges::find_if(process.reserved, [&](const auto& range) {
        return range.first == address && range.second == length;
    });
    const bool right = found != process.reserved.end();
    if (right) process.reserved.erase(found);
    guard.unlock();
    if (!right) violation("released addresses that are not reserved");
}

void StandInKernel::forget(StandInProcess& process) {
    std::lock_guard guard(ledger_);
    reservations_ -= static_cast<std::int64_t>(process.reserved.size());
    process.reserved.clear();
}

void StandInKernel::unmap(const char* name, Process owner, const UserView& view) {
    slow(name);
    std::unique_lock guard(ledger_);
    const auto found = mapped_.find(view.handle);
    if (found == mapped_.end()) {
        guard.unlock();
        return violation("unmapped what is not mapped");
    }
    const UserMapping mapping = found->second;
    mapped_.erase(found);
    guard.unlock();
    --user_views_;
    if (mapping.owner != owner) violation("unmapped in another process than it was mapped in");
    if (mapping.owner->ended) violation("attached to a process that has ended");
}

std::string StandInKernel::what_is_at(const StandInProcess& process, std::uint64_t address) {
    std::lock_guard guard(ledger_);
    for (const auto& [handle, view] : mapped_)
        if (view.owner == &process && address - view.address < view.length) return "the device";
    for (const auto& [start, length] : process.allocated)
        if (address - start < length) return "other memory of the program";
    for (const auto& [start, length] : process.reserved)
        if (address - start < length) return "a reservation";
    return "nothing";
}

void* StandInKernel::direct_buffer(void* irp) {
    slow("direct_buffer");
    if (fails("direct_buffer")) return nullptr;
    return static_cast<Irp*>(irp)->direct.data();
}

Status StandInKernel::find_user_hole(std::uint64_t length, std::uint64_t& address) {
    slow("find_user_hole");
    if (fails("find_user_hole")) return Status::no_addresses;
    std::lock_guard guard(ledger_);
    address = next_user_;
    next_user_ += (length + 0xffff) / 0x10000 * 0x10000;
    return Status::ok;
}

}  // namespace openbar::driver::test
