// Awake or asleep. A register touched in D3 can hang the machine, so nothing can reach one then.
#include "driver/core/state.hpp"

namespace openbar::driver {

// Under power. The device is in D0 when this says ok.
Status Device::State::wake() {
    {
        Hold tables(kernel, Lock::tables);
        if (phase == Phase::gone) return Status::removed;
        if (phase == Phase::stopped) return Status::asleep;
        if (powered) return Status::ok;
    }
    if (!kernel.facts().can_sleep) return Status::asleep;
    return kernel.wake();
}

// Under tables.
bool Device::State::somebody_needs_power() const {
    for (const Session* session = sessions; session != nullptr; session = session->next) {
        if (session->awake || session->bus_master) return true;
        for (std::uint32_t slot = 0; slot < session->objects.capacity(); ++slot)
            if (const Object* object = session->objects.at(slot); object && !object->revoked)
                return true;
    }
    return false;
}

// Under power.
void Device::State::sleep_if_idle() {
    {
        Hold tables(kernel, Lock::tables);
        if (phase != Phase::started || !powered || somebody_needs_power()) return;
    }
    if (kernel.facts().can_sleep) kernel.let_sleep();
}

Status Device::State::awake(Session& session, const openbar_switch& in) {
    if (in.on > 1 || in.reserved != 0) return Status::invalid;
    if (in.on == 0 && !kernel.facts().can_sleep) return Status::unsupported;
    Hold power(kernel, Lock::power);
    if (in.on != 0)
        if (Status status = wake(); status != Status::ok) return status;
    {
        Hold tables(kernel, Lock::tables);
        if (session.closed.load()) return Status::closed;
        if (phase == Phase::gone) return Status::removed;
        if (in.on == 0)
            for (std::uint32_t slot = 0; slot < session.objects.capacity(); ++slot)
                if (const Object* object = session.objects.at(slot); object && !object->revoked)
                    return Status::busy;
        session.awake = in.on != 0;
    }
    if (in.on == 0) sleep_if_idle();
    return Status::ok;
}

// System sleep cannot be refused, so mappings are revoked: a load from a device in D3 hangs some
// machines, while one from an unmapped page only ends the program that was told of it. Whoever
// is in a register program sees `leaving`; the exclusive lock waits for that.
void Device::State::power_down() {
    Finished finished(kernel);
    leaving.fetch_add(1);
    Hold hardware(kernel, Lock::hardware_exclusive);
    leaving.fetch_sub(1);
    Hold tables(kernel, Lock::tables);
    if (!powered) return;
    revoke_all(true, Status::cancelled, finished);
    {
        Hold interrupt_lock(kernel, Lock::interrupt);
        want_bus_master = false;
    }
    apply_command();
    set_reachable(false);
    powered = false;
    kernel.trace(TraceLevel::detail, "powered down, handles open", session_count);
}

// The bus driver has put the configuration space back as it was at some time before.
void Device::State::power_up() {
    Hold hardware(kernel, Lock::hardware_exclusive);
    Hold tables(kernel, Lock::tables);
    if (powered || phase == Phase::gone || phase == Phase::stopped) return;
    powered = true;
    set_reachable(true);
    update_bus_master();
    kernel.trace(TraceLevel::detail, "powered up, handles open", session_count);
}

}  // namespace openbar::driver
