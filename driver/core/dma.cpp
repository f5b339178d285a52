// Memory that the device reaches by itself. Without an IOMMU that is all memory, so none of this
// happens unless the machine's administrator has switched it on for this device.
#include "driver/core/interval.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {

// Under tables. Whether this handle may have `bytes` more; the bus then belongs to it.
Status Device::State::begin_dma(Session& session, std::uint64_t bytes) {
    if (Status status = may_create(session); status != Status::ok) return status;
    if (settings.dma_policy != OPENBAR_DMA_ON) return Status::policy;
    if (!kernel.facts().has_dma_adapter) return Status::unsupported;
    if (dma_bytes > settings.max_dma || bytes > settings.max_dma - dma_bytes) return Status::limit;
    return claim_for(session);
}

// Under tables: what was begun has failed.
Status Device::State::abandon(Session& session, Object* object, Status status) {
    unmake(kernel, object);
    unclaim(session);
    return status;
}

Status Device::State::allocate_dma(Session& session, const openbar_allocate_dma& in,
                                   openbar_dma& out) {
    if (in.length == 0) return Status::invalid;
    if (in.length > OPENBAR_MAX_DMA_BUFFER) return Status::limit;
    const std::uint64_t bytes = page_up(in.length, kernel.facts().page_size);
    if (bytes > kernel.facts().max_user_view) return Status::limit;
    Hold hardware(kernel, Lock::hardware_shared);
    Hold tables(kernel, Lock::tables);
    if (Status status = begin_dma(session, bytes); status != Status::ok) return status;
    Object* object = new_object(ObjectKind::dma_buffer, 0);
    if (object == nullptr) return abandon(session, object, Status::no_memory);
    object->bytes = bytes;
    if (Status status = kernel.allocate_common(bytes, object->buffer); status != Status::ok)
        return abandon(session, object, status);
    // AllocateCommonBuffer does not clear: what another driver left there must not be seen.
    clear_bytes(object->buffer.address, static_cast<std::size_t>(bytes));
    Status status =
        kernel.map_user(object->buffer.address, bytes, MemoryType::cached, 0, object->view);
    if (status == Status::ok) {
        status = adopt(session, *object);
        if (status != Status::ok) kernel.unmap_user(session.owner, object->view);
    }
    if (status != Status::ok) {
        kernel.free_common(object->buffer);
        return abandon(session, object, status);
    }
    dma_bytes += bytes;
    counters.dma_bytes_now.add(bytes);
    session.awake = true;
    out.object = object->id;
    out.address = object->view.address;
    out.iova = object->buffer.iova;
    out.length = in.length;
    out.segment_count = 1;
    return Status::ok;
}

Status Device::State::pin(Session& session, const openbar_pin& in, openbar_dma& out) {
    if (in.device_writes > 1 || in.reserved != 0 || in.length == 0) return Status::invalid;
    if (in.length > OPENBAR_MAX_PIN) return Status::limit;
    if (!has_end(in.address, in.length)) return Status::range;
    // Whole pages are locked, so whole pages count.
    const std::uint32_t page = kernel.facts().page_size;
    const std::uint64_t bytes = page_up(in.address + in.length, page) - page_down(in.address, page);
    Hold hardware(kernel, Lock::hardware_shared);
    Hold tables(kernel, Lock::tables);
    if (Status status = begin_dma(session, bytes); status != Status::ok) return status;
    Object* object = new_object(ObjectKind::pinned_memory, 0);
    if (object == nullptr) return abandon(session, object, Status::no_memory);
    object->bytes = bytes;
    Status status = kernel.pin(in.address, in.length, in.device_writes != 0, object->pages);
    if (status != Status::ok) return abandon(session, object, status);
    status = adopt(session, *object);
    if (status != Status::ok) {
        kernel.unpin(object->pages);
        return abandon(session, object, status);
    }
    dma_bytes += bytes;
    counters.pinned_bytes_now.add(bytes);
    session.awake = true;
    out.object = object->id;
    out.iova = kernel.segment(object->pages, 0).iova;
    out.length = in.length;
    out.segment_count = object->pages.segments;
    return Status::ok;
}

Status Device::State::dma_segments(Session& session, const openbar_dma_query& in,
                                   openbar_dma_segments& out) {
    if (in.reserved != 0) return Status::invalid;
    Hold tables(kernel, Lock::tables);
    if (session.closed.load()) return Status::closed;
    const Object* object = session.objects.find(in.object, ObjectKind::dma_buffer);
    const bool is_buffer = object != nullptr;
    if (!is_buffer) object = session.objects.find(in.object, ObjectKind::pinned_memory);
    if (object == nullptr) return Status::not_found;
    if (object->revoked) return phase == Phase::gone ? Status::removed : Status::cancelled;
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
    Hold hardware(kernel, Lock::hardware_shared);
    Hold tables(kernel, Lock::tables);
    if (Status status = may_create(session); status != Status::ok) return status;
    if (!configuration.readable || configuration.header_type != 0) return Status::unsupported;
    if (settings.dma_policy != OPENBAR_DMA_ON) return Status::policy;
    if (Status status = claim_for(session); status != Status::ok) return status;
    session.bus_master = in.on != 0;
    update_bus_master();
    const bool done = bus_master_is(in.on != 0 || (has_messages() && vectors_enabled != 0));
    if (!done) {
        session.bus_master = false;
        update_bus_master();
    }
    unclaim(session);
    return done ? Status::ok : Status::device;
}

}  // namespace openbar::driver
