// Memory that the device reaches by itself. Without an IOMMU that is all memory, so none of this
// happens unless the machine's administrator has switched it on for this device.
//
// Memory is allocated and locked without any lock: pages may be read from a drive that never answers,
// and neither power nor removal nor anybody's exit may wait for that. What is under way counts against
// the limits, and keeps its handle the controller.
#include "driver/core/interval.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {

// A place for so many bytes; the bus then belongs to this handle.
Status Device::State::reserve_dma(Session& session, Object& object, std::uint32_t& starts) {
    Hold<Lock::tables> held(kernel);
    if (Status status = may_create(session); status != Status::ok) return status;
    if (tables.dma_policy != OPENBAR_DMA_ON) return Status::policy;
    if (!kernel.facts().has_dma_adapter) return Status::unsupported;
    if (tables.dma_bytes > tables.max_dma || object.bytes > tables.max_dma - tables.dma_bytes)
        return Status::limit;
    if (Status status = claim_for(session); status != Status::ok) return status;
    if (Status status = adopt(session, object); status != Status::ok) {
        unclaim(session);
        return status;
    }
    tables.dma_bytes += object.bytes;
    starts = tables.starts;
    return Status::ok;
}

// Whether the handle and the device are still those that it was made for.
Status Device::State::keep_dma(Session& session, Object& object, std::uint32_t starts) {
    Hold<Lock::tables> held(kernel);
    if (session.closed.load()) return Status::closed;
    if (tables.standing.phase == Phase::gone) return Status::removed;
    if (tables.standing.phase == Phase::stopped || tables.starts != starts)
        return Status::cancelled;
    object.state = ObjectState::live;
    session.awake = true;
    return Status::ok;
}

Status Device::State::allocate_dma(Session& session, const openbar_allocate_dma& in,
                                   openbar_dma& out) {
    if (in.length == 0) return Status::invalid;
    if (in.length > OPENBAR_MAX_DMA_BUFFER) return Status::limit;
    const std::uint64_t bytes = page_up(in.length, kernel.facts().page_size);
    if (bytes > kernel.facts().max_user_view) return Status::limit;
    Object* object = new_object(ObjectKind::dma_buffer, 1);
    if (object == nullptr) return Status::no_memory;
    object->bytes = bytes;
    std::uint32_t starts = 0;
    if (Status status = reserve_dma(session, *object, starts); status != Status::ok) {
        unmake(kernel, object);
        return status;
    }
    Status status = kernel.allocate_common(bytes, object->buffer);
    if (status == Status::ok) {
        // AllocateCommonBuffer does not clear: what another driver left there must not be seen.
        clear_bytes(object->buffer.address, static_cast<std::size_t>(bytes));
        Piece& piece = object->pieces[0];
        piece.length = bytes;
        status = kernel.map_user(object->buffer.address, bytes, MemoryType::cached, 0, piece.user);
        if (status == Status::ok) {
            out.object = object->id;
            out.address = piece.user.address;
            out.iova = object->buffer.iova;
            out.length = in.length;
            out.segment_count = 1;
            status = keep_dma(session, *object, starts);
            if (status != Status::ok) unmap_pieces(session, *object, false);
        }
        if (status != Status::ok) kernel.free_common(object->buffer);
    }
    if (status != Status::ok) {
        abandon(session, *object);
        return status;
    }
    counters.dma_bytes_now.add(bytes);
    return Status::ok;
}

Status Device::State::pin(Session& session, const openbar_pin& in, openbar_dma& out) {
    if (in.device_writes > 1 || (in.flags & ~std::uint32_t{OPENBAR_PIN_MAY_COPY}) != 0)
        return Status::invalid;
    if (in.length == 0) return Status::invalid;
    const KernelFacts& facts = kernel.facts();
    if (in.length > OPENBAR_MAX_PIN || in.length > facts.max_user_view) return Status::limit;
    if (!has_end(in.address, in.length)) return Status::range;
    if (in.address + (in.length - 1) > facts.highest_user_address) return Status::fault;
    Object* object = new_object(ObjectKind::pinned_memory, 0);
    if (object == nullptr) return Status::no_memory;
    // Whole pages are locked, so whole pages count.
    object->bytes =
        page_up(in.address + in.length, facts.page_size) - page_down(in.address, facts.page_size);
    std::uint32_t starts = 0;
    if (Status status = reserve_dma(session, *object, starts); status != Status::ok) {
        unmake(kernel, object);
        return status;
    }
    const std::uint64_t bytes = object->bytes;
    Status status = kernel.pin(in.address, in.length, in.device_writes != 0, object->pages);
    if (status == Status::ok) {
        const bool may_copy = (in.flags & OPENBAR_PIN_MAY_COPY) != 0;
        out.object = object->id;
        out.iova = kernel.segment(object->pages, 0).iova;
        out.length = in.length;
        out.segment_count = object->pages.segments;
        out.flags = object->pages.copied ? OPENBAR_DMA_COPIED : 0;
        status = object->pages.copied && !may_copy ? Status::unsupported
                                                   : keep_dma(session, *object, starts);
        if (status != Status::ok) kernel.unpin(object->pages);
    }
    if (status != Status::ok) {
        abandon(session, *object);
        return status;
    }
    counters.pinned_bytes_now.add(bytes);
    return Status::ok;
}

Status Device::State::dma_segments(Session& session, const openbar_dma_query& in,
                                   openbar_dma_segments& out) {
    if (in.reserved != 0) return Status::invalid;
    Hold<Lock::tables> held(kernel);
    if (session.closed.load()) return Status::closed;
    const Object* object = session.objects.find(in.object, ObjectKind::dma_buffer);
    const bool is_buffer = object != nullptr;
    if (!is_buffer) object = session.objects.find(in.object, ObjectKind::pinned_memory);
    if (object == nullptr) return Status::not_found;
    if (object->state == ObjectState::revoked)
        return tables.standing.phase == Phase::gone ? Status::removed : Status::cancelled;
    out.total = is_buffer ? 1 : object->pages.segments;
    if (in.first >= out.total) return Status::range;
    while (out.count < OPENBAR_MAX_SEGMENTS && in.first + out.count < out.total) {
        const Segment segment = is_buffer ? Segment{object->buffer.iova, object->bytes}
                                          : kernel.segment(object->pages, in.first + out.count);
        out.segments[out.count++] = {segment.iova, segment.length};
    }
    return Status::ok;
}

// Freeing what the device still writes to is the caller's mistake to avoid while it lives: it
// stops the device first. When the handle goes, `release_all` stops the bus master before.
Status Device::State::free_dma(Session& session, const openbar_object& in) {
    const Status status = let_go(session, in.object, ObjectKind::dma_buffer);
    return status == Status::not_found ? let_go(session, in.object, ObjectKind::pinned_memory)
                                       : status;
}

Status Device::State::bus_master(Session& session, const openbar_switch& in) {
    if (in.on > 1 || in.reserved != 0) return Status::invalid;
    Hold<Lock::hardware_shared> shared(kernel);
    Hold<Lock::tables> held(kernel);
    if (Status status = may_create(session); status != Status::ok) return status;
    if (!tables.readable || !tables.may_write_command) return Status::unsupported;
    if (tables.dma_policy != OPENBAR_DMA_ON && in.on != 0) return Status::policy;
    if (Status status = claim_for(session); status != Status::ok) return status;
    session.bus_master = in.on != 0;
    update_bus_master();
    const bool done =
        bus_master_is(in.on != 0 || (!tables.has_line && tables.vectors_enabled != 0));
    if (!done) {
        session.bus_master = false;
        update_bus_master();
    }
    unclaim(session);
    return done ? Status::ok : Status::device;
}

}  // namespace openbar::driver
