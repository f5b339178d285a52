#include "stand_in_kernel.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace openbar::driver::test {
namespace {

thread_local StandInProcess* current = nullptr;
thread_local std::vector<Lock> held;
thread_local std::vector<std::uint32_t>* deferred_here = nullptr;

// A kernel address that says which physical byte it shows.
constexpr std::uint64_t kernel_base = 0xffff'8000'0000'0000;

int rank(Lock lock) {
    switch (lock) {
        case Lock::power: return 0;
        case Lock::hardware_shared:
        case Lock::hardware_exclusive: return 1;
        case Lock::tables: return 2;
        case Lock::waits: return 3;
        case Lock::interrupt: return 4;
    }
    return -1;
}

}  // namespace

InProcess::InProcess(StandInProcess& process) : before_(current) {
    current = &process;
}
InProcess::~InProcess() {
    current = before_;
}

void StandInKernel::violation(const std::string& what) {
    std::lock_guard guard(ledger_);
    violations_ += what + "\n";
}

std::string StandInKernel::violations() const {
    std::lock_guard guard(ledger_);
    return violations_;
}

std::string StandInKernel::left() const {
    std::string text;
    const auto tell = [&](const char* name, std::uint64_t count) {
        if (count != 0) text += std::string(name) + ": " + std::to_string(count) + "\n";
    };
    tell("allocations", allocations_);
    tell("user views", user_views_);
    tell("kernel views", kernel_views_);
    tell("process references", references_);
    tell("common buffers", common_buffers_);
    tell("pinned ranges", pins_);
    tell("pended requests", pended_);
    tell("connected interrupts", connected_ ? 1 : 0);
    return text;
}

bool StandInKernel::fails(const char* name) {
    const std::uint64_t number = ++calls;
    return number == fail_call || (!fail_always.empty() && fail_always == name);
}

// PASSIVE_LEVEL: no spin lock held.
void StandInKernel::passive(const char* name) {
    for (Lock lock : held)
        if (rank(lock) >= 3) violation(std::string(name) + " called above PASSIVE_LEVEL");
}

void* StandInKernel::allocate(std::size_t bytes) {
    if (std::find(held.begin(), held.end(), Lock::interrupt) != held.end())
        violation("allocate called at DIRQL");
    if (fails("allocate")) return nullptr;
    void* memory = std::calloc(1, bytes);
    ++allocations_;
    if (strict) {
        std::lock_guard guard(ledger_);
        memory_.insert(memory);
    }
    return memory;
}

void StandInKernel::free(void* memory) {
    if (strict) {
        std::unique_lock guard(ledger_);
        const bool known = memory_.erase(memory) == 1;
        guard.unlock();
        if (!known) return violation("freed memory that was not allocated");
    }
    --allocations_;
    std::free(memory);
}

void StandInKernel::acquire(Lock lock) {
    for (Lock other : held)
        if (rank(other) >= rank(lock)) violation("locks taken out of order");
    if (rank(lock) <= 2) passive("acquire");
    switch (lock) {
        case Lock::power: power_.lock(); break;
        case Lock::hardware_shared: hardware_.lock_shared(); break;
        case Lock::hardware_exclusive:
            ++exclusive_;
            hardware_.lock();
            break;
        case Lock::tables: tables_.lock(); break;
        case Lock::waits: waits_.lock(); break;
        case Lock::interrupt: interrupt_.lock(); break;
    }
    held.push_back(lock);
}

void StandInKernel::release(Lock lock) {
    if (held.empty() || held.back() != lock) return violation("locks released out of order");
    held.pop_back();
    switch (lock) {
        case Lock::power: power_.unlock(); break;
        case Lock::hardware_shared: hardware_.unlock_shared(); break;
        case Lock::hardware_exclusive:
            --exclusive_;
            hardware_.unlock();
            break;
        case Lock::tables: tables_.unlock(); break;
        case Lock::waits: waits_.unlock(); break;
        case Lock::interrupt: interrupt_.unlock(); break;
    }
}

void StandInKernel::sleep(Nanoseconds duration) {
    passive("sleep");
    clock_ += duration;
    std::this_thread::yield();
}

Process StandInKernel::current_process() {
    return current;
}

void StandInKernel::reference(Process process) {
    ++static_cast<StandInProcess*>(process)->references;
    ++references_;
}

void StandInKernel::dereference(Process process) {
    if (static_cast<StandInProcess*>(process)->references-- == 0)
        violation("process dereferenced more often than referenced");
    --references_;
}

Status StandInKernel::map_io(std::uint64_t physical, std::uint64_t length, MemoryType type,
                             KernelView& view) {
    passive("map_io");
    if (fails("map_io")) return Status::no_memory;
    find(physical, RangeKind::memory, 1);
    find(physical + length - 1, RangeKind::memory, 1);
    view = {reinterpret_cast<void*>(kernel_base + physical), length, type};
    ++kernel_views_;
    last_io_type = type;
    return Status::ok;
}

void StandInKernel::unmap_io(const KernelView& view) {
    passive("unmap_io");
    if (view.address == nullptr || kernel_views_-- == 0) violation("unmapped no kernel view");
}

bool StandInKernel::overlaps_ram(std::uint64_t physical, std::uint64_t length) {
    return ram_length != 0 && physical < ram_start + ram_length && ram_start < physical + length;
}

Status StandInKernel::map_user(void* address, std::uint64_t length, MemoryType,
                               std::uint64_t wanted, UserView& view) {
    passive("map_user");
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
    if (wanted == 0 && !plain) next_user_ += length;
    mapped_[view.handle] = {current, view.address, length};
    placed.push_back(view.address);
    return Status::ok;
}

void StandInKernel::unmap_user(Process owner, const UserView& view) {
    passive("unmap_user");
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

Status StandInKernel::find_user_hole(std::uint64_t length, std::uint64_t& address) {
    passive("find_user_hole");
    if (fails("find_user_hole")) return Status::no_addresses;
    std::lock_guard guard(ledger_);
    address = next_user_;
    next_user_ += length;
    return Status::ok;
}

StandInKernel::Target StandInKernel::find(std::uint64_t physical, RangeKind kind, unsigned width) {
    for (std::uint32_t i = 0; i < resources->range_count; ++i) {
        const ResourceRange& range = resources->ranges[i];
        if (range.kind == kind && physical >= range.start &&
            physical - range.start < range.length &&
            range.length - (physical - range.start) >= width)
            return {i, physical - range.start};
    }
    violation("touched memory or ports that are not the device's");
    return {0, 0};
}

std::uint64_t StandInKernel::read_register(const void* address, unsigned width) {
    if (during_access) during_access();
    const auto at =
        find(reinterpret_cast<std::uint64_t>(address) - kernel_base, RangeKind::memory, width);
    return card_->read(at.region, at.offset, width);
}

void StandInKernel::write_register(void* address, unsigned width, std::uint64_t value) {
    if (during_access) during_access();
    const auto at =
        find(reinterpret_cast<std::uint64_t>(address) - kernel_base, RangeKind::memory, width);
    card_->write(at.region, at.offset, width, value);
}

std::uint32_t StandInKernel::read_port(std::uint64_t port, unsigned width) {
    const auto at = find(port, RangeKind::port, width);
    return static_cast<std::uint32_t>(card_->read(at.region, at.offset, width));
}

void StandInKernel::write_port(std::uint64_t port, unsigned width, std::uint32_t value) {
    const auto at = find(port, RangeKind::port, width);
    card_->write(at.region, at.offset, width, value);
}

bool StandInKernel::read_configuration(std::uint32_t offset, void* bytes, std::uint32_t length) {
    if (fails("read_configuration") || !has_configuration) return false;
    const std::uint32_t value = card_->read_configuration(offset, length);
    std::memcpy(bytes, &value, length);
    return true;
}

bool StandInKernel::write_configuration(std::uint32_t offset, const void* bytes,
                                        std::uint32_t length) {
    if (fails("write_configuration") || !has_configuration) return false;
    std::uint32_t value = 0;
    std::memcpy(&value, bytes, length);
    card_->write_configuration(offset, length, value);
    return true;
}

Status StandInKernel::connect_interrupts() {
    passive("connect_interrupts");
    if (fails("connect_interrupts")) return Status::no_memory;
    if (connected_.exchange(true)) violation("interrupts connected twice");
    return Status::ok;
}

void StandInKernel::disconnect_interrupts() {
    passive("disconnect_interrupts");
    if (!connected_.exchange(false)) violation("interrupts disconnected twice");
    std::unique_lock wait_for_them(interrupts_running_);
}

void StandInKernel::queue_deferred(std::uint32_t vector) {
    if (deferred_here == nullptr) return violation("deferred call asked for by nobody");
    deferred_here->push_back(vector);
}

void StandInKernel::fire(std::uint32_t message) {
    (void)interrupt(message);
}

bool StandInKernel::interrupt(std::uint32_t message) {
    std::shared_lock running(interrupts_running_);
    if (!connected_) return false;
    std::vector<std::uint32_t> wanted;
    deferred_here = &wanted;
    acquire(Lock::interrupt);
    const bool mine = device->interrupt(message);
    release(Lock::interrupt);
    deferred_here = nullptr;
    if (!starved)
        for (std::uint32_t vector : wanted) device->deferred(vector);
    return mine;
}

bool StandInKernel::make_cancellable(PendedRequest& pended) {
    auto& irp = *static_cast<Irp*>(pended.irp);
    if (held.empty() || held.back() != Lock::waits) violation("make_cancellable without waits");
    if (fails("make_cancellable")) return false;  // as if it had been cancelled just before
    irp.pended = &pended;
    irp.cancel_routine = true;
    if (irp.cancelled && irp.cancel_routine.exchange(false)) return false;
    irp.pending = true;
    ++pended_;
    return true;
}

bool StandInKernel::claim(PendedRequest& pended) {
    if (held.empty() || held.back() != Lock::waits) violation("claim without waits");
    return static_cast<Irp*>(pended.irp)->cancel_routine.exchange(false);
}

void StandInKernel::complete(PendedRequest& pended) {
    auto& irp = *static_cast<Irp*>(pended.irp);
    if (!held.empty()) violation("request completed with a lock held");
    if (irp.completions != 0) violation("request completed twice");
    if (strict) {
        std::unique_lock guard(ledger_);
        const bool held_on = memory_.count(irp.pended) != 0;
        guard.unlock();
        if (held_on) violation("memory to be freed after the completion that lets the device go");
    }
    irp.status = pended.status;
    irp.produced = pended.produced;
    --pended_;
    ++irp.completions;
}

void StandInKernel::cancel(Irp& irp) {
    irp.cancelled = true;
    if (irp.cancel_routine.exchange(false)) device->cancel(*irp.pended);
}

Status StandInKernel::allocate_common(std::uint64_t length, CommonBuffer& buffer) {
    passive("allocate_common");
    if (fails("allocate_common")) return Status::no_memory;
    auto* memory = static_cast<std::uint8_t*>(std::aligned_alloc(4096, length));
    std::memset(memory, 0xa5, length);  // stale bytes of somebody else's
    ++common_buffers_;
    std::lock_guard guard(ledger_);
    const std::uint64_t iova = 0x100000 + (next_handle_++ << 16);
    dma_[iova] = {memory, length};
    buffer = {memory, iova, length};
    return Status::ok;
}

void StandInKernel::free_common(const CommonBuffer& buffer) {
    passive("free_common");
    if (before_free) before_free();
    std::lock_guard guard(ledger_);
    if (dma_.erase(buffer.iova) == 0) {
        violations_ += "freed a common buffer twice\n";
        return;
    }
    --common_buffers_;
    std::free(buffer.address);
}

Status StandInKernel::pin(std::uint64_t address, std::uint64_t length, bool, PinnedPages& pages) {
    passive("pin");
    if (fails("pin")) return Status::fault;
    if (address < 0x1000) return Status::fault;
    ++pins_;
    std::lock_guard guard(ledger_);
    pages.handle = reinterpret_cast<void*>(next_handle_++);
    pages.segments = static_cast<std::uint32_t>((address % 4096 + length + 4095) / 4096);
    pinned_[pages.handle] = {current, address, length};
    return Status::ok;
}

Segment StandInKernel::segment(const PinnedPages& pages, std::uint32_t index) {
    std::lock_guard guard(ledger_);
    const Pinned& range = pinned_.at(pages.handle);
    const std::uint64_t first = range.address;
    const std::uint64_t start = index == 0 ? first : (first / 4096 + index) * 4096;
    const std::uint64_t end = std::min((first / 4096 + index + 1) * 4096, first + range.length);
    return {start, end - start};
}

void StandInKernel::unpin(const PinnedPages& pages) {
    passive("unpin");
    if (before_free) before_free();
    std::lock_guard guard(ledger_);
    const auto found = pinned_.find(pages.handle);
    if (found == pinned_.end()) {
        violations_ += "unpinned what is not pinned\n";
        return;
    }
    if (found->second.owner->ended) violations_ += "a process ended with locked pages (0x76)\n";
    pinned_.erase(found);
    --pins_;
}

std::uint8_t* StandInKernel::memory_at(std::uint64_t iova, std::uint64_t length) {
    std::lock_guard guard(ledger_);
    for (const auto& [start, buffer] : dma_)
        if (iova >= start && iova - start < buffer.second &&
            buffer.second - (iova - start) >= length)
            return buffer.first + (iova - start);
    return nullptr;
}

Status StandInKernel::wake() {
    passive("wake");
    if (held.size() != 1 || held[0] != Lock::power) violation("woken with a lock held");
    if (fails("wake")) return Status::device;
    asleep_ = false;
    device->power_up();
    return Status::ok;
}

void StandInKernel::let_sleep() {
    passive("let_sleep");
    if (held.size() != 1 || held[0] != Lock::power) violation("let sleep with a lock held");
    asleep_ = true;
    device->power_down();
}

void StandInKernel::trace(TraceLevel, const char* what, std::uint64_t) {
    if (what == nullptr) violation("traced nothing");
}

}  // namespace openbar::driver::test
