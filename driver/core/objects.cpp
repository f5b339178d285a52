// What handles own, and the one function that gives any of it back.
//
// An object is made in three steps: a place is reserved under Lock::tables, where it counts against
// every limit; the slow work is done without that lock; then the place is kept, or given up where the
// handle or the device has gone meanwhile. It is given back in three steps, too: taken out of the
// table, or marked revoked, so that nobody else gives it back; given back without the lock; forgotten.
#include "driver/core/state.hpp"

namespace openbar::driver {

Object* Device::State::new_object(ObjectKind kind, std::uint32_t pieces) {
    auto* object = make_with<Object>(kernel, pieces * sizeof(Piece));
    if (object == nullptr) return nullptr;
    object->kind = kind;
    object->pieces = reinterpret_cast<Piece*>(object + 1);
    object->piece_count = pieces;
    for (std::uint32_t i = 0; i < pieces; ++i) ::new (&object->pieces[i]) Piece;
    return object;
}

Status Device::State::adopt(Session& session, Object& object) {
    return session.objects.add(kernel, object, tables.next_serial++);
}

// What was reserved is not going to be made.
void Device::State::abandon(Session& session, Object& object) {
    {
        Hold<Lock::tables> held(kernel);
        session.objects.remove(object);
        if (object.kind == ObjectKind::mapping) --tables.uses[object.number].mappings;
        if (object.kind == ObjectKind::dma_buffer || object.kind == ObjectKind::pinned_memory)
            tables.dma_bytes -= object.bytes;
        unclaim(session);
    }
    unmake(kernel, &object);
}

void Device::State::give_back_dma(Session& session, Object& object, Ending ending) {
    if (object.kind == ObjectKind::dma_buffer) {
        unmap_pieces(session, object, ending.by_surprise);
        kernel.free_common(object.buffer);
        counters.dma_bytes_now.subtract(object.bytes);
    } else {
        kernel.unpin(object.pages);
        counters.pinned_bytes_now.subtract(object.bytes);
    }
    Hold<Lock::tables> held(kernel);
    tables.dma_bytes -= object.bytes;
}

// The object is out of its table, or revoked: nobody else is doing this to it.
void Device::State::give_back(Session& session, Object& object, Ending ending, Finished& finished) {
    switch (object.kind) {
        case ObjectKind::mapping: {
            unmap_pieces(session, object, ending.by_surprise);
            counters.maps_now.subtract();
            Hold<Lock::tables> held(kernel);
            --tables.uses[object.number].mappings;
            break;
        }
        case ObjectKind::vector: disable(object.number, ending.waits, finished); break;
        case ObjectKind::dma_buffer:
        case ObjectKind::pinned_memory: give_back_dma(session, object, ending); break;
    }
}

// The last of an object that is out of its table.
void Device::State::discard(Session& session, Object* object, bool owner_lives,
                            Finished& finished) {
    if (object->state == ObjectState::live)
        give_back(session, *object, {}, finished);
    else if (owner_lives)
        release_addresses(session, *object);
    unmake(kernel, object);
}

// A request to let go of one object. It waits for nobody who touches the hardware.
Status Device::State::let_go(Session& session, std::uint64_t id, ObjectKind kind) {
    Finished finished(kernel);
    Hold<Lock::objects> objects(kernel);
    Object* object = nullptr;
    {
        Hold<Lock::tables> held(kernel);
        if (session.closed.load()) return Status::closed;
        object = session.objects.find(id, kind);
        if (object == nullptr) return Status::not_found;
        session.objects.remove(*object);
    }
    discard(session, object, true, finished);
    Hold<Lock::tables> held(kernel);
    unclaim(session);
    return Status::ok;
}

// The next object of a handle that ends, out of its table. What is being made is left to the request
// that makes it, which finds the handle closed.
Object* Device::State::take_out(Session& session) {
    Hold<Lock::tables> held(kernel);
    for (std::uint32_t slot = 0; slot < session.objects.capacity(); ++slot) {
        Object* object = session.objects.at(slot);
        if (object == nullptr || object->state == ObjectState::making) continue;
        session.objects.remove(*object);
        return object;
    }
    return nullptr;
}

// The bus master goes off before any memory that it may be writing to goes back to the kernel, which
// would give it to somebody else.
void Device::State::release_all(Session& session, bool owner_lives, Finished& finished) {
    {
        Hold<Lock::tables> held(kernel);
        if (tables.controller == &session) stop_bus_master();
    }
    while (Object* object = take_out(session)) discard(session, object, owner_lives, finished);
    Hold<Lock::tables> held(kernel);
    session.claimed = false;
    unclaim(session);
}

// The next live object from `slot` on, marked revoked.
Object* Device::State::revoke_next(Session& session, std::uint32_t& slot, Revoke what) {
    Hold<Lock::tables> held(kernel);
    for (; slot < session.objects.capacity(); ++slot) {
        Object* object = session.objects.at(slot);
        if (object == nullptr || object->state != ObjectState::live) continue;
        if (what == Revoke::mappings && object->kind != ObjectKind::mapping) continue;
        if (what == Revoke::vectors && object->kind != ObjectKind::vector) continue;
        object->state = ObjectState::revoked;
        return object;
    }
    unclaim(session);
    return nullptr;
}

// Of all handles. The ids stay, so that their owners can let go of them in their own time. Handles come
// and go meanwhile, but only at the head of the list, since Lock::objects is held.
void Device::State::revoke_all(Revoke what, Status waits_end, Finished& finished) {
    Session* session = nullptr;
    {
        Hold<Lock::tables> held(kernel);
        if (what == Revoke::everything) stop_bus_master();
        session = tables.sessions;
    }
    while (session != nullptr) {
        std::uint32_t slot = 0;
        while (Object* object = revoke_next(*session, slot, what)) {
            give_back(*session, *object, {waits_end, true}, finished);
            counters.revocations.add();
        }
        Hold<Lock::tables> held(kernel);
        session = session->next;
    }
}

}  // namespace openbar::driver
