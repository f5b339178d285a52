// Awake or asleep. A register touched in D3 can hang the machine, so nothing can reach one then.
#include "driver/core/state.hpp"

namespace openbar::driver {

// The device is in D0 when this returns ok.
Status Device::State::wake() {
    {
        Hold<Lock::tables> held(kernel);
        if (tables.standing.phase == Phase::gone) return Status::removed;
        if (tables.standing.phase == Phase::stopped) return Status::asleep;
        if (tables.standing.powered && !tables.falls_asleep) return Status::ok;
    }
    if (!kernel.facts().can_sleep) return Status::asleep;
    return kernel.wake();
}

bool Device::State::somebody_needs_power() const {
    for (const Session* session = tables.sessions; session != nullptr; session = session->next)
        if (session->awake || session->bus_master || session->objects.holds_anything()) return true;
    return false;
}

// Asks and does not wait: closing a handle, and so the exit of a process, comes through here. Until
// the device sleeps, nothing new can be owned; who wants it waits for it to wake again.
void Device::State::sleep_if_idle() {
    if (!kernel.facts().can_sleep) return;
    {
        Hold<Lock::tables> held(kernel);
        const Standing& standing = tables.standing;
        if (standing.phase != Phase::started || !standing.powered) return;
        if (tables.falls_asleep || tables.resetting || somebody_needs_power()) return;
        tables.falls_asleep = true;
    }
    if (kernel.let_sleep() == Status::ok) return;
    Hold<Lock::tables> held(kernel);
    tables.falls_asleep = false;
}

Status Device::State::awake(Session& session, const openbar_switch& in) {
    if (in.on > 1 || in.reserved != 0) return Status::invalid;
    if (in.on == 0 && !kernel.facts().can_sleep) return Status::unsupported;
    if (in.on != 0) {
        Hold<Lock::power> power(kernel);
        if (Status status = wake(); status != Status::ok) return status;
        Hold<Lock::tables> held(kernel);
        if (session.closed.load()) return Status::closed;
        if (tables.standing.phase == Phase::gone) return Status::removed;
        session.awake = true;
        return Status::ok;
    }
    {
        Hold<Lock::tables> held(kernel);
        if (session.closed.load()) return Status::closed;
        if (tables.standing.phase == Phase::gone) return Status::removed;
        if (session.objects.holds_anything()) return Status::busy;
        session.awake = false;
    }
    sleep_if_idle();
    return Status::ok;
}

// System sleep cannot be refused, so mappings are revoked: a load from a device in D3 hangs some
// machines, while one from an unmapped page only ends the program that was told of it. Whoever
// is in a register program sees `leaving`; Lock::hardware waits for that.
//
// The line is silenced in the device first; then its routine, which silences what comes until the end,
// is not called any more; then the device may lose its power. In D3 nobody could silence it.
void Device::State::power_down() {
    Finished finished(kernel);
    leaving.fetch_add(1);
    Hold<Lock::hardware> alone(kernel);
    leaving.fetch_sub(1);
    Hold<Lock::objects> objects(kernel);
    bool connected = false;
    {
        Hold<Lock::tables> held(kernel);
        tables.falls_asleep = false;
        if (!hardware.standing.powered) return;
        connected = tables.connected;
        tables.wants_bus_master = false;
        set_quiet(true);
    }
    revoke_all(Revoke::mappings, Status::cancelled, finished);
    if (connected) {
        kernel.suspend_interrupts();
        deliver_all(finished);
    }
    Hold<Lock::tables> held(kernel);
    set_reachable(false);
    set_standing(hardware.standing.phase, false);
    kernel.trace(TraceLevel::detail, "powered down, handles open", tables.session_count);
}

// The bus driver has put the configuration space back as it was at some time before. The device is kept
// silent until its routine is called again, and then interrupts again for whoever had waited for it.
// Nobody may fail this: where the routine cannot be connected again, the vectors are gone.
void Device::State::power_up() {
    Finished finished(kernel);
    Hold<Lock::hardware> alone(kernel);
    Hold<Lock::objects> objects(kernel);
    const Standing standing = hardware.standing;
    if (standing.powered || standing.phase == Phase::gone || standing.phase == Phase::stopped)
        return;
    bool connected = false;
    {
        Hold<Lock::tables> held(kernel);
        set_reachable(true);
        set_quiet(true);
        connected = tables.connected;
    }
    if (connected && kernel.resume_interrupts() != Status::ok) {
        {
            Hold<Lock::tables> held(kernel);
            tables.connected = false;
            kernel.trace(TraceLevel::error, "interrupts not connected again, vectors",
                         tables.vectors_enabled);
        }
        revoke_all(Revoke::vectors, Status::no_memory, finished);
    }
    Hold<Lock::tables> held(kernel);
    set_standing(standing.phase, true);
    set_quiet(false);
    update_bus_master();
    kernel.trace(TraceLevel::detail, "powered up, handles open", tables.session_count);
}

}  // namespace openbar::driver
