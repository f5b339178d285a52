// Interrupts, and the requests that wait for them.
#include "stand_in_kernel.hpp"
#include "stand_in_thread.hpp"

#include <cstddef>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace openbar::driver::test {

using worst_case::Switch;

Status StandInKernel::connect_interrupts() {
    slow("connect_interrupts");
    if (fails("connect_interrupts")) return Status::no_memory;
    if (connected_.exchange(true)) violation("interrupts connected twice");
    line_changed();
    return Status::ok;
}

void StandInKernel::disconnect_interrupts() {
    slow("disconnect_interrupts");
    line_changed();
    if (!connected_.exchange(false)) violation("interrupts disconnected twice");
    suspended_ = false;
    require_silence("disconnected");
    std::unique_lock wait_for_them(interrupts_running_);
}

void StandInKernel::suspend_interrupts() {
    slow("suspend_interrupts");
    line_changed();
    if (!connected_ || suspended_.exchange(true)) violation("interrupts suspended twice");
    require_silence("suspended");
    std::unique_lock wait_for_them(interrupts_running_);
}

Status StandInKernel::resume_interrupts() {
    slow("resume_interrupts");
    if (!suspended_.exchange(false)) violation("interrupts resumed that were not suspended");
    if (fails("resume_interrupts") || worst.is(Switch::reconnect_fails)) {
        connected_ = false;
        return Status::no_memory;
    }
    line_changed();
    return Status::ok;
}

void StandInKernel::require_silence(const char* when) {
    if (worst.is(Switch::line_reenters) && !line_masked_ && resources->line_interrupt &&
        card_->asserts_line())
        violation(std::string(when) +
                  " while the device asserts its line: a neighbour's routine would be called for "
                  "ever");
}

bool StandInKernel::line_is_asserted() {
    return card_->asserts_line() || (worst.is(Switch::line_is_shared) && neighbour_asserts);
}

// A level-triggered line calls the routines of all its devices, over and over, on the processor
// that it interrupts. A processor at that level already is interrupted when it leaves it.
void StandInKernel::line_changed() {
    if (!worst.is(Switch::line_reenters) || in_routine || holds(Lock::interrupt)) return;
    if (!resources->line_interrupt || !connected_ || suspended_ || line_masked_) return;
    unsigned rounds = 0;
    while (connected_ && line_is_asserted()) {
        if (++rounds == worst_case::most_rounds) {
            line_masked_ = true;
            violation("a processor in the interrupt routine for 1,000 rounds");
            break;
        }
        in_routine = true;
        std::vector<std::uint32_t> wanted;
        deferred_here = &wanted;
        acquire(Lock::interrupt);
        (void)device->interrupt(0);
        release(Lock::interrupt);
        deferred_here = nullptr;
        deferred_later.insert(deferred_later.end(), wanted.begin(), wanted.end());
        if (during_storm) during_storm();
        in_routine = false;
        if (worst.dice().one_in(2)) neighbour_asserts = false;
    }
    if (!holds_spin_lock()) run_deferred();
}

// They interrupt whoever holds a passive lock, and hold none themselves.
void StandInKernel::run_deferred() {
    std::vector<Lock> interrupted;
    interrupted.swap(held);
    while (!deferred_later.empty()) {
        const std::uint32_t vector = deferred_later.back();
        deferred_later.pop_back();
        device->deferred(vector);
    }
    held.swap(interrupted);
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
    if (!connected_ || suspended_) return false;
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
    // Windows may return the device to D0 in the very thread that waits for it.
    const bool only_waking = held.size() == 1 && held[0] == Lock::power;
    if (!held.empty() && !only_waking) violation("request completed with a lock held");
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

}  // namespace openbar::driver::test
