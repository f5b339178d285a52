// What handles own, and the one function that gives any of it back.
#include "driver/core/state.hpp"

namespace openbar::driver {

Object* Device::State::new_object(ObjectKind kind, std::uint32_t pieces) {
    auto* object = make_with<Object>(kernel, pieces * sizeof(Piece));
    if (object == nullptr) return nullptr;
    object->kind = kind;
    object->pieces = reinterpret_cast<Piece*>(object + 1);
    for (std::uint32_t i = 0; i < pieces; ++i) ::new (&object->pieces[i]) Piece;
    return object;
}

Status Device::State::adopt(Session& session, Object& object) {
    return session.objects.add(kernel, object, next_serial++);
}

// Under hardware (exclusive unless the region's memory type is uncached) and tables. Gives back
// exactly once: who comes second, by whatever way, finds `revoked`.
void Device::State::give_back(Session& session, Object& object, Status waits_end,
                              Finished& finished) {
    if (object.revoked) return;
    object.revoked = true;
    switch (object.kind) {
        case ObjectKind::mapping: {
            give_back_pieces(session, object);
            Region& region = regions[object.number];
            counters.maps_now.subtract();
            if (--region.mappings == 0 && region.type != MemoryType::uncached) {
                drop_view(region);
                region.type = MemoryType::uncached;
            }
            break;
        }
        case ObjectKind::vector: disable(vectors[object.number], waits_end, finished); break;
        case ObjectKind::dma_buffer:
            kernel.unmap_user(session.owner, object.view);
            kernel.free_common(object.buffer);
            dma_bytes -= object.bytes;
            counters.dma_bytes_now.subtract(object.bytes);
            break;
        case ObjectKind::pinned_memory:
            kernel.unpin(object.pages);
            dma_bytes -= object.bytes;
            counters.pinned_bytes_now.subtract(object.bytes);
            break;
    }
}

void Device::State::forget(Session& session, Object& object) {
    session.objects.remove(object);
    unmake(kernel, &object);
}

// A request to let go of one object. Uncached mappings, vectors and DMA memory leave the views of
// register programs alone; the last mapping of another memory type does not.
Status Device::State::let_go(Session& session, std::uint64_t id, ObjectKind kind) {
    Finished finished(kernel);
    const bool exclusive = kind == ObjectKind::mapping;
    Hold hardware(kernel, exclusive ? Lock::hardware_exclusive : Lock::hardware_shared);
    Hold tables(kernel, Lock::tables);
    if (session.closed.load()) return Status::closed;
    Object* object = session.objects.find(id, kind);
    if (object == nullptr) return Status::not_found;
    give_back(session, *object, Status::cancelled, finished);
    forget(session, *object);
    unclaim(session);
    return Status::ok;
}

// Under hardware_exclusive and tables, of all handles. The ids stay, so that their owners can let
// go of them in their own time.
void Device::State::revoke_all(bool mappings_only, Status waits_end, Finished& finished) {
    if (!mappings_only) stop_bus_master();
    for (Session* session = sessions; session != nullptr; session = session->next) {
        for (std::uint32_t slot = 0; slot < session->objects.capacity(); ++slot) {
            Object* object = session->objects.at(slot);
            if (object == nullptr || object->revoked) continue;
            if (mappings_only && object->kind != ObjectKind::mapping) continue;
            give_back(*session, *object, waits_end, finished);
            counters.revocations.add();
        }
        unclaim(*session);
    }
}

// Under hardware_exclusive and tables. The bus master goes off before any memory that it may be
// writing to goes back to the kernel, which would give it to somebody else.
void Device::State::release_all(Session& session, Status waits_end, Finished& finished) {
    if (controller == &session) stop_bus_master();
    for (std::uint32_t slot = 0; slot < session.objects.capacity(); ++slot) {
        Object* object = session.objects.at(slot);
        if (object == nullptr) continue;
        give_back(session, *object, waits_end, finished);
        forget(session, *object);
    }
    session.claimed = false;
    unclaim(session);
}

}  // namespace openbar::driver
