// Processes that end. Every exit on the machine passes here, in the last thread of the process and in
// a critical region; whoever owns nothing must not wait for anything.
#include "driver/core/state.hpp"

namespace openbar::driver {

void Device::State::add_owner(Session& session) {
    Hold<Lock::owners> held(kernel);
    session.owner_lives = true;
    session.next_owner = owners;
    owners = &session;
}

void Device::State::remove_owner(Session& session) {
    if (!session.owner_lives) return;
    session.owner_lives = false;
    Hold<Lock::owners> held(kernel);
    if (owners == &session) {
        owners = session.next_owner;
        return;
    }
    for (Session* before = owners; before != nullptr; before = before->next_owner)
        if (before->next_owner == &session) {
            before->next_owner = session.next_owner;
            return;
        }
}

bool Device::State::owns(Process process) {
    Hold<Lock::owners> held(kernel);
    for (const Session* session = owners; session != nullptr; session = session->next_owner)
        if (session->owner == process) return true;
    return false;
}

// A process that ends with pages still locked is a bug check (0x76), and one whose addresses are gone
// can no longer be attached to; a handle duplicated into another process would otherwise let both
// happen. None of its threads can be in a request: this is the last of them.
void Device::State::process_exited(Process process) {
    if (!owns(process)) return;
    Finished finished(kernel);
    Hold<Lock::objects> objects(kernel);
    for (;;) {
        Session* session = nullptr;
        {
            Hold<Lock::tables> held(kernel);
            for (session = tables.sessions; session != nullptr; session = session->next)
                if (session->owner == process && session->owner_lives) break;
            if (session == nullptr) return;
            session->closed.store(true);
            session->awake = false;
        }
        release_all(*session, false, finished);
        Hold<Lock::tables> held(kernel);
        remove_owner(*session);
    }
}

}  // namespace openbar::driver
