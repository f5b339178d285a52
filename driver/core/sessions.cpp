// Handles: opened by a process, which alone may use them, and ended in whatever process the last
// of them is closed.
#include "driver/core/state.hpp"

namespace openbar::driver {

Status Device::State::open(Session*& session, bool administrator) {
    auto* fresh = make<Session>(kernel);
    if (fresh == nullptr) return Status::no_memory;
    fresh->owner = kernel.current_process();
    kernel.reference(fresh->owner);
    fresh->administrator = administrator;
    Status status = Status::ok;
    {
        Hold<Lock::power> power(kernel);
        status = may_open();
        if (status == Status::ok) status = wake();
        Hold<Lock::tables> held(kernel);
        if (status == Status::ok && tables.standing.phase == Phase::gone) status = Status::removed;
        if (status == Status::ok && tables.standing.phase == Phase::remove_pending)
            status = Status::paused;
        if (status == Status::ok && tables.session_count == OPENBAR_MAX_SESSIONS)
            status = Status::limit;
        if (status == Status::ok) {
            fresh->next = tables.sessions;
            tables.sessions = fresh;
            ++tables.session_count;
            add_owner(*fresh);
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

// Without a security descriptor of the device or of its class Windows lets everybody open it. That an
// INF has written one is all that can be known here.
Status Device::State::may_open() {
    Hold<Lock::tables> held(kernel);
    if (tables.standing.phase == Phase::gone) return Status::removed;
    if (tables.opens_are_restricted) return Status::ok;
    kernel.trace(TraceLevel::error, "opening refused, SecurityIsSet missing in the INF", 0);
    return Status::policy;
}

// IRP_MJ_CLEANUP comes in the process that closed the last handle, not always the owner's, and
// requests may still follow it: they find `closed`. Whatever gives back memory of the owner's
// attaches to it (Kernel::unmap_user). It is part of the exit of a process, so it waits neither for
// the hardware nor for power.
void Device::State::end(Session& session) {
    Finished finished(kernel);
    bool may_sleep = false;
    bool owner_lives = false;
    {
        Hold<Lock::objects> objects(kernel);
        {
            Hold<Lock::tables> held(kernel);
            session.closed.store(true);
            session.awake = false;
            may_sleep = tables.sleeps_when_closed;
            owner_lives = session.owner_lives;
        }
        release_all(session, owner_lives, finished);
    }
    if (may_sleep) sleep_if_idle();
}

// Close may be the first to come: then it does what cleanup would have done. No request of the handle
// is under way any more.
void Device::State::close(Session* session) {
    end(*session);
    {
        Hold<Lock::objects> objects(kernel);
        Hold<Lock::tables> held(kernel);
        remove_owner(*session);
        Session** link = &tables.sessions;
        while (*link != session) link = &(*link)->next;
        *link = session->next;
        --tables.session_count;
        session->objects.release(kernel);
    }
    counters.sessions_now.subtract();
    kernel.dereference(session->owner);
    unmake(kernel, session);
}

Status Device::State::may_create(const Session& session) const {
    if (session.closed.load()) return Status::closed;
    switch (tables.standing.phase) {
        case Phase::gone: return Status::removed;
        case Phase::stopped: return Status::asleep;
        case Phase::stop_pending:
        case Phase::remove_pending: return Status::paused;
        case Phase::started: break;
    }
    return tables.standing.powered && !tables.falls_asleep ? Status::ok : Status::asleep;
}

Status Device::State::claim_for(Session& session) {
    if (tables.controller != nullptr && tables.controller != &session) return Status::busy;
    tables.controller = &session;
    return Status::ok;
}

void Device::State::unclaim(Session& session) {
    if (tables.controller != &session || session.claimed || session.bus_master) return;
    for (std::uint32_t slot = 0; slot < session.objects.capacity(); ++slot)
        if (const Object* object = session.objects.at(slot); object != nullptr &&
                                                             object->kind != ObjectKind::mapping &&
                                                             object->state != ObjectState::revoked)
            return;
    tables.controller = nullptr;
}

Status Device::State::claim(Session& session, const openbar_switch& in) {
    if (in.on > 1 || in.reserved != 0) return Status::invalid;
    Hold<Lock::tables> held(kernel);
    if (session.closed.load()) return Status::closed;
    if (tables.standing.phase == Phase::gone) return Status::removed;
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
