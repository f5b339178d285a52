// Handles: opened by a process, which alone may use them, and ended in whatever process the last
// of them is closed.
#include "driver/core/state.hpp"

namespace openbar::driver {

Status Device::State::open(Session*& session) {
    auto* fresh = make<Session>(kernel);
    if (fresh == nullptr) return Status::no_memory;
    fresh->owner = kernel.current_process();
    kernel.reference(fresh->owner);
    Status status = Status::ok;
    {
        Hold power(kernel, Lock::power);
        status = wake();
        Hold tables(kernel, Lock::tables);
        if (status == Status::ok && phase == Phase::gone) status = Status::removed;
        if (status == Status::ok && phase == Phase::remove_pending) status = Status::paused;
        if (status == Status::ok && session_count == OPENBAR_MAX_SESSIONS) status = Status::limit;
        if (status == Status::ok) {
            fresh->next = sessions;
            sessions = fresh;
            ++session_count;
        }
    }
    if (status != Status::ok) {
        kernel.dereference(fresh->owner);
        unmake(kernel, fresh);
        return status;
    }
    counters.sessions_now.add();
    session = fresh;
    return Status::ok;
}

// IRP_MJ_CLEANUP comes in the process that closed the last handle, not always the owner's, and
// requests may still follow it: they find `closed`. Whatever gives back memory of the owner's
// attaches to it (Kernel::unmap_user).
void Device::State::end(Session& session) {
    Finished finished(kernel);
    bool may_sleep = false;
    {
        Hold hardware(kernel, Lock::hardware_exclusive);
        Hold tables(kernel, Lock::tables);
        session.closed.store(true);
        release_all(session, Status::cancelled, finished);
        session.awake = false;
        may_sleep = settings.sleep_when_closed;
    }
    if (may_sleep) {
        Hold power(kernel, Lock::power);
        sleep_if_idle();
    }
}

// Close may be the first to come: then it does what cleanup would have done.
void Device::State::close(Session* session) {
    end(*session);
    {
        Hold tables(kernel, Lock::tables);
        Session** link = &sessions;
        while (*link != session) link = &(*link)->next;
        *link = session->next;
        --session_count;
    }
    counters.sessions_now.subtract();
    session->objects.release(kernel);
    kernel.dereference(session->owner);
    unmake(kernel, session);
}

// Called for every process of the machine that ends, so the common case takes one lock. A process
// that ends with pages still locked is a bug check (0x76), and one whose addresses are gone can no
// longer be attached to; a handle duplicated into another process would otherwise let both happen.
void Device::State::process_exited(Process process) {
    {
        Hold tables(kernel, Lock::tables);
        const Session* session = sessions;
        while (session != nullptr && session->owner != process) session = session->next;
        if (session == nullptr) return;
    }
    Finished finished(kernel);
    Hold hardware(kernel, Lock::hardware_exclusive);
    Hold tables(kernel, Lock::tables);
    for (Session* session = sessions; session != nullptr; session = session->next) {
        if (session->owner != process) continue;
        session->closed.store(true);
        release_all(*session, Status::cancelled, finished);
        session->awake = false;
    }
}

Status Device::State::may_create(const Session& session) const {
    if (session.closed.load()) return Status::closed;
    switch (phase) {
        case Phase::gone: return Status::removed;
        case Phase::stopped: return Status::asleep;
        case Phase::stop_pending:
        case Phase::remove_pending: return Status::paused;
        case Phase::started: break;
    }
    return powered ? Status::ok : Status::asleep;
}

Status Device::State::claim_for(Session& session) {
    if (controller != nullptr && controller != &session) return Status::busy;
    controller = &session;
    return Status::ok;
}

void Device::State::unclaim(Session& session) {
    if (controller != &session || session.claimed || session.bus_master) return;
    for (std::uint32_t slot = 0; slot < session.objects.capacity(); ++slot)
        if (const Object* object = session.objects.at(slot);
            object != nullptr && object->kind != ObjectKind::mapping && !object->revoked)
            return;
    controller = nullptr;
}

Status Device::State::claim(Session& session, const openbar_switch& in) {
    if (in.on > 1 || in.reserved != 0) return Status::invalid;
    Hold tables(kernel, Lock::tables);
    if (session.closed.load()) return Status::closed;
    if (phase == Phase::gone) return Status::removed;
    if (in.on == 0) {
        session.claimed = false;
        unclaim(session);
        return Status::ok;
    }
    if (Status status = claim_for(session); status != Status::ok) return status;
    session.claimed = true;
    return Status::ok;
}

}  // namespace openbar::driver
