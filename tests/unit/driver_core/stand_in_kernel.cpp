// What is counted, locked and waited for. The rest of the kernel is in the stand_in_… files beside
// it.
#include "stand_in_kernel.hpp"

#include "stand_in_thread.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

namespace openbar::driver::test {
namespace {

std::size_t rank(Lock lock) {
    switch (lock) {
        case Lock::power: return 0;
        case Lock::hardware:
        case Lock::hardware_shared: return 1;
        case Lock::objects: return 2;
        case Lock::views: return 3;
        case Lock::masked_writes: return 4;
        case Lock::tables: return 5;
        case Lock::owners: return 6;
        case Lock::waits: return 7;
        case Lock::interrupt: return 8;
    }
    return 0;
}

constexpr std::size_t first_spin_lock = 6;
constexpr const char* lock_names[] = {"power",  "hardware", "objects", "views",    "masked_writes",
                                      "tables", "owners",   "waits",   "interrupt"};

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
    tell("reserved addresses", static_cast<std::uint64_t>(reservations_));
    tell("common buffers", common_buffers_);
    tell("pinned ranges", pins_);
    tell("pended requests", pended_);
    tell("connected interrupts", connected_ ? 1 : 0);
    return text;
}

bool StandInKernel::fails(const char* name) {
    const std::uint64_t number = ++calls;
    if (Turns::here() != nullptr && !holds_spin_lock()) Turns::here()->point();
    return number == fail_call || (!fail_always.empty() && fail_always == name);
}

// PASSIVE_LEVEL: no spin lock held.
void StandInKernel::passive(const char* name) {
    for (Lock lock : held)
        if (rank(lock) >= first_spin_lock)
            violation(std::string(name) + " called above PASSIVE_LEVEL");
}

void StandInKernel::slow(const char* name) {
    passive(name);
    if (holds(Lock::tables)) violation(std::string(name) + " called with tables held");
    clock_ += worst.dice().below(1000);
}

void StandInKernel::for_ever(const char* name) {
    if (!held.empty()) violation(std::string(name) + " called with a lock held");
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

void StandInKernel::wait_in_turn(const char* what, const std::function<bool()>& ready,
                                 const std::function<Turns::Turn*()>& holder) {
    if (ready()) return;
    Turns& turns = *Turns::here();
    if (urgency == Urgency::exit_of_stranger)
        violation(std::string("a process that owns nothing ends, and waits for ") + what + "\n" +
                  turns.stacks_of(*Turns::mine(), holder()));
    const std::string holds_it =
        urgency == Urgency::none ? "" : turns.stacks_of(*Turns::mine(), holder());
    const Nanoseconds start = clock_;
    turns.wait(what, ready, holder);
    const Nanoseconds most = urgency == Urgency::power  ? worst_case::longest_power
                             : urgency == Urgency::none ? UINT64_MAX
                                                        : worst_case::longest_exit;
    if (clock_ - start > most)
        violation(std::string("waited too long for ") + what + "\n" + holds_it);
}

void StandInKernel::take_in_turn(Lock lock) {
    TurnLock& state = turn_locks_[rank(lock)];
    const char* name = lock_names[rank(lock)];
    const auto holder = [&] {
        return state.owner != nullptr && state.owner != Turns::mine() ? state.owner
               : state.readers.empty()                                ? nullptr
                                                                      : state.readers.front();
    };
    // No reader overtakes a writer that waits.
    wait_in_turn(
        name, [&] { return state.owner == nullptr; }, holder);
    if (lock == Lock::hardware_shared) {
        state.readers.push_back(Turns::mine());
        return;
    }
    state.owner = Turns::mine();
    wait_in_turn(
        name, [&] { return state.readers.empty(); }, holder);
}

void StandInKernel::release_in_turn(Lock lock) {
    TurnLock& state = turn_locks_[rank(lock)];
    if (lock == Lock::hardware_shared)
        std::erase(state.readers, Turns::mine());
    else
        state.owner = nullptr;
    if (!holds_spin_lock()) Turns::here()->point();
}

void StandInKernel::acquire(Lock lock) {
    for (Lock other : held)
        if (rank(other) >= rank(lock)) violation("locks taken out of order");
    if (rank(lock) < first_spin_lock) passive("acquire");
    if (Turns::here() != nullptr) {
        if (lock == Lock::hardware) ++exclusive_;
        take_in_turn(lock);
        held.push_back(lock);
        return;
    }
    switch (lock) {
        case Lock::hardware_shared: hardware_.lock_shared(); break;
        case Lock::hardware:
            ++exclusive_;
            hardware_.lock();
            break;
        default: mutexes_[rank(lock)].lock(); break;
    }
    held.push_back(lock);
}

void StandInKernel::release(Lock lock) {
    if (held.empty() || held.back() != lock) return violation("locks released out of order");
    held.pop_back();
    if (Turns::here() != nullptr) {
        if (lock == Lock::hardware) --exclusive_;
        release_in_turn(lock);
        if (on_release) on_release();
        return line_changed();
    }
    switch (lock) {
        case Lock::hardware_shared: hardware_.unlock_shared(); break;
        case Lock::hardware:
            --exclusive_;
            hardware_.unlock();
            break;
        default: mutexes_[rank(lock)].unlock(); break;
    }
    if (on_release) on_release();
    line_changed();
}

void StandInKernel::sleep(Nanoseconds duration) {
    slow("sleep");
    clock_ += duration;
    if (during_sleep) during_sleep();
    if (Turns::here() != nullptr)
        Turns::here()->point();
    else
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

Status StandInKernel::wake() {
    slow("wake");
    if (held.size() != 1 || held[0] != Lock::power) violation("woken with a lock held");
    if (fails("wake") || worst.is(Switch::power_requests_fail)) return Status::device;
    asleep_ = false;
    card_->power(true);
    device->power_up();
    return Status::ok;
}

Status StandInKernel::let_sleep() {
    slow("let_sleep");
    if (!held.empty()) violation("let sleep with a lock held");
    if (fails("let_sleep") || worst.is(Switch::power_requests_fail)) return Status::device;
    asleep_ = true;
    device->power_down();
    card_->power(false);
    return Status::ok;
}

void StandInKernel::trace(TraceLevel, const char* what, std::uint64_t) {
    if (what == nullptr) violation("traced nothing");
}

}  // namespace openbar::driver::test
