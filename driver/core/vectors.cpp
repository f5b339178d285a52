// Vectors: enabled by one handle, waited for by requests that pend.
#include "driver/core/access.hpp"
#include "driver/core/capture.hpp"
#include "driver/core/interval.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

constexpr std::uint32_t known_flags = OPENBAR_SILENCE_BY_REGISTERS | OPENBAR_SILENCE_BY_STATUS;

Status check_fields(const openbar_enable_vector& in) {
    if (in.reserved != 0 || (in.flags & ~known_flags) != 0) return Status::invalid;
    const bool by_registers = (in.flags & OPENBAR_SILENCE_BY_REGISTERS) != 0;
    if (!by_registers) {
        const bool empty = in.flags == 0 && in.region == 0 && in.width == 0 &&
                           in.status_offset == 0 && in.status_mask == 0 && in.silence_offset == 0 &&
                           in.silence_value == 0;
        return empty ? Status::ok : Status::invalid;
    }
    return in.status_mask != 0 ? Status::ok : Status::invalid;
}

}  // namespace

// The interrupt routine will make these two accesses unasked, so they are checked as those of a
// program are, and not in the configuration space. The region's view stays while it does.
Status Device::State::make_silence(const openbar_enable_vector& in, Silence& out) {
    if (in.region >= OPENBAR_MAX_REGIONS) return Status::not_found;
    Region& region = regions[in.region];
    if (region.kind == OPENBAR_REGION_CONFIG || in.width > 4) return Status::unsupported;
    const auto width = static_cast<std::uint8_t>(in.width);
    if (Status status = check_access(*this, in.region, in.status_offset, width, width, false);
        status != Status::ok)
        return status;
    if (Status status = check_access(*this, in.region, in.silence_offset, width, width, true);
        status != Status::ok)
        return status;
    out.by_registers = true;
    out.by_status = (in.flags & OPENBAR_SILENCE_BY_STATUS) != 0;
    out.port = region.kind == OPENBAR_REGION_PORT;
    out.width = width;
    out.status_mask = in.status_mask;
    out.value = in.silence_value;
    out.status_port = region.physical + in.status_offset;
    out.silence_port = region.physical + in.silence_offset;
    if (out.port) return Status::ok;
    if (region.type != MemoryType::uncached) return Status::busy;
    if (region.size > kernel.facts().max_kernel_view) return Status::unsupported;
    if (Status status = need_view(region); status != Status::ok) return status;
    out.status_address = static_cast<char*>(region.view.address) + in.status_offset;
    out.silence_address = static_cast<char*>(region.view.address) + in.silence_offset;
    return Status::ok;
}

// Whether this vector can be enabled at all, whoever asks. A level-triggered line that nobody
// silences before the interrupt routine returns fires for ever and hangs the machine; user code
// comes far too late for that.
Status Device::State::check_vector(const openbar_enable_vector& in) const {
    if (in.vector >= vector_count) return Status::not_found;
    const bool by_registers = (in.flags & OPENBAR_SILENCE_BY_REGISTERS) != 0;
    if (has_messages()) {
        if (by_registers) return Status::invalid;
        return settings.dma_policy == OPENBAR_DMA_OFF ? Status::policy : Status::ok;
    }
    const bool safe = by_registers || can_disable_intx || resources.line_is_edge;
    return safe ? Status::ok : Status::unsupported;
}

Status Device::State::enable_vector(Session& session, const openbar_enable_vector& in,
                                    openbar_object& out) {
    if (Status status = check_fields(in); status != Status::ok) return status;
    Hold hardware(kernel, Lock::hardware_shared);
    Hold tables(kernel, Lock::tables);
    if (Status status = may_create(session); status != Status::ok) return status;
    if (Status status = check_vector(in); status != Status::ok) return status;
    Vector& vector = vectors[in.vector];
    if (vector.owned) return Status::busy;
    Silence silence{};
    if ((in.flags & OPENBAR_SILENCE_BY_REGISTERS) != 0)
        if (Status status = make_silence(in, silence); status != Status::ok) return status;
    if (Status status = claim_for(session); status != Status::ok) return status;

    Object* object = new_object(ObjectKind::vector, 0);
    Status status = object == nullptr ? Status::no_memory : Status::ok;
    if (status == Status::ok) {
        object->number = in.vector;
        status = adopt(session, *object);
        if (status != Status::ok) unmake(kernel, object);
    }
    if (status == Status::ok) {
        status = connect(vector, silence, in.region);
        if (status != Status::ok) forget(session, *object);
    }
    if (status != Status::ok) {
        unclaim(session);
        return status;
    }
    session.awake = true;
    out.header.size = sizeof out;
    out.header.version = OPENBAR_CONTRACT_VERSION;
    out.object = object->id;
    return Status::ok;
}

// Under hardware and tables. Connected first, enabled second, unmasked last: an interrupt in
// between is this device's, and is counted or silenced as any other.
Status Device::State::connect(Vector& vector, const Silence& silence, std::uint32_t region) {
    if (vectors_enabled == 0)
        if (Status status = kernel.connect_interrupts(); status != Status::ok) return status;
    ++vectors_enabled;
    vector.owned = true;
    vector.region = region;
    if (silence.by_registers) ++regions[region].interrupt_users;
    {
        Hold waits_lock(kernel, Lock::waits);
        vector.masked = false;
        vector.count = vector.status = vector.newest = 0;
        Hold interrupt_lock(kernel, Lock::interrupt);
        vector.silence = silence;
        vector.fresh = 0;
        vector.fresh_status = 0;
        vector.enabled = true;
    }
    counters.vectors_now.add();
    update_bus_master();
    set_intx(true);
    return Status::ok;
}

// Under hardware and tables. The line is silenced before the routine that would do it goes away:
// it may be shared, and its other devices' drivers cannot silence this one.
void Device::State::disable(Vector& vector, Status waits_end, Finished& finished) {
    set_intx(false);
    {
        Hold waits_lock(kernel, Lock::waits);
        {
            Hold interrupt_lock(kernel, Lock::interrupt);
            vector.enabled = false;
            if (vector.silence.by_registers && !vector.silence.by_status && reachable)
                silence_line(vector.silence, vector.silence.value);
        }
        while (Wait* wait = vector.waits.first) {
            vector.waits.remove(*wait);
            wait->vector = nullptr;  // its cancel routine may be on its way: it will only complete
            --wait->session->waits;
            if (!kernel.claim(*wait)) continue;
            counters.waits_now.subtract();
            finished.add(*wait, waits_end);
        }
    }
    if (vector.silence.by_registers) --regions[vector.region].interrupt_users;
    vector.owned = false;
    counters.vectors_now.subtract();
    if (--vectors_enabled == 0) kernel.disconnect_interrupts();
    update_bus_master();
}

Status Device::State::disable_vector(Session& session, const openbar_object& in) {
    return let_go(session, in.object, ObjectKind::vector);
}

Status Device::State::find_vector(Session& session, std::uint64_t id, Vector*& vector) const {
    if (session.closed.load()) return Status::closed;
    const Object* object = session.objects.find(id, ObjectKind::vector);
    if (object == nullptr) return Status::not_found;
    if (object->revoked) return phase == Phase::gone ? Status::removed : Status::cancelled;
    vector = &vectors[object->number];
    return Status::ok;
}

// A masked line is masked in the device. A masked message is still counted, but wakes nobody: the
// bits that would stop the device from sending it are the operating system's.
Status Device::State::mask_vector(Session& session, const openbar_object& in, bool masked) {
    Finished finished(kernel);
    Hold tables(kernel, Lock::tables);
    Vector* vector = nullptr;
    if (Status status = find_vector(session, in.object, vector); status != Status::ok)
        return status;
    set_masked(*vector, masked, finished);
    return Status::ok;
}

void Device::State::set_masked(Vector& vector, bool masked, Finished& finished) {
    {
        Hold waits_lock(kernel, Lock::waits);
        vector.masked = masked;
        drain(vector);
        deliver(vector, finished);
    }
    set_intx(!masked);
}

Status Device::State::wait_vector(Session& session, Request& request) {
    openbar_wait in;
    if (Status status = capture(request, in); status != Status::ok) return status;
    if (in.reserved != 0 || (in.flags & ~std::uint32_t{OPENBAR_WAIT_UNMASKS}) != 0)
        return Status::invalid;
    if (Status status = room_for(request, sizeof(openbar_wait_result)); status != Status::ok)
        return status;
    auto* wait = make<Wait>(kernel);
    if (wait == nullptr) return Status::no_memory;
    wait->irp = request.irp;
    wait->session = &session;
    wait->seen = in.seen;
    wait->output = request.output;

    Finished finished(kernel);
    Hold tables(kernel, Lock::tables);
    Status status = find_vector(session, in.object, wait->vector);
    if (status == Status::ok) {
        counters.waits.add();
        if ((in.flags & OPENBAR_WAIT_UNMASKS) != 0) set_masked(*wait->vector, false, finished);
        status = begin_wait(*wait);
    }
    if (status == Status::pending) return status;  // whoever completes it frees it
    if (status == Status::ok) request.produced = wait->produced;
    unmake(kernel, wait);
    return status;
}

// Under tables, so that the vector cannot be disabled in between. ok: it has happened already.
Status Device::State::begin_wait(Wait& wait) {
    Hold waits_lock(kernel, Lock::waits);
    Vector& vector = *wait.vector;
    drain(vector);
    if (wait.seen > vector.count) return Status::invalid;
    if (wait.seen != vector.count && !vector.masked) {
        fill(wait, vector);
        vector.status = 0;
        return Status::ok;
    }
    if (wait.session->waits == OPENBAR_MAX_WAITS) return Status::limit;
    vector.waits.add(wait);
    if (!kernel.make_cancellable(wait)) {
        vector.waits.remove(wait);
        return Status::cancelled;
    }
    ++wait.session->waits;
    counters.waits_now.add();
    return Status::pending;
}

}  // namespace openbar::driver
