// Vectors: enabled by one handle, waited for by requests that pend.
#include "driver/core/access.hpp"
#include "driver/core/capture.hpp"
#include "driver/core/interval.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

constexpr std::uint32_t known_flags =
    OPENBAR_SILENCE_BY_REGISTERS | OPENBAR_SILENCE_BY_STATUS | OPENBAR_SILENCE_SHUTS_OFF;

Status check_fields(const openbar_enable_vector& in) {
    if (in.reserved != 0 || (in.flags & ~known_flags) != 0) return Status::invalid;
    const bool by_registers = (in.flags & OPENBAR_SILENCE_BY_REGISTERS) != 0;
    if (!by_registers) {
        const bool empty = in.flags == 0 && in.region == 0 && in.width == 0 &&
                           in.status_offset == 0 && in.status_mask == 0 && in.silence_offset == 0 &&
                           in.silence_value == 0 && in.shut_off_offset == 0 &&
                           in.shut_off_value == 0;
        return empty ? Status::ok : Status::invalid;
    }
    const bool shuts_off = (in.flags & OPENBAR_SILENCE_SHUTS_OFF) != 0;
    if (!shuts_off && (in.shut_off_offset != 0 || in.shut_off_value != 0)) return Status::invalid;
    return in.status_mask != 0 ? Status::ok : Status::invalid;
}

}  // namespace

// The interrupt routine will make these accesses unasked, so they are checked as those of a
// program are, and not in the configuration space. The region's view stays while it does.
Status Device::State::make_silence(const openbar_enable_vector& in, Silence& out) {
    if (in.region >= OPENBAR_MAX_REGIONS) return Status::not_found;
    const Region& region = hardware.regions[in.region];
    if (region.kind == OPENBAR_REGION_CONFIG || in.width > 4) return Status::unsupported;
    const auto width = static_cast<std::uint8_t>(in.width);
    if (Status status = check_access(*this, in.region, in.status_offset, width, width, false);
        status != Status::ok)
        return status;
    if (Status status = check_access(*this, in.region, in.silence_offset, width, width, true);
        status != Status::ok)
        return status;
    out.shuts_off = (in.flags & OPENBAR_SILENCE_SHUTS_OFF) != 0;
    if (out.shuts_off)
        if (Status status = check_access(*this, in.region, in.shut_off_offset, width, width, true);
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
    out.shut_off_port = region.physical + in.shut_off_offset;
    out.shut_off_value = in.shut_off_value;
    if (out.port) return Status::ok;
    if (region.size > kernel.facts().max_kernel_view) return Status::unsupported;
    KernelView view{};
    if (Status status = need_view(in.region, view); status != Status::ok) return status;
    out.status_address = static_cast<char*>(view.address) + in.status_offset;
    out.silence_address = static_cast<char*>(view.address) + in.silence_offset;
    out.shut_off_address = static_cast<char*>(view.address) + in.shut_off_offset;
    return Status::ok;
}

// Whether this vector can be enabled at all. A level-triggered line that nobody silences before the
// interrupt routine returns fires for ever and hangs the machine; user code comes far too late for
// that. What a program says of its card's registers may be wrong: the PCI 2.3 bit then ends the storm,
// and where it is missing, only an administrator is believed.
Status Device::State::check_vector(const Session& session, const openbar_enable_vector& in) const {
    if (in.vector >= hardware.vector_count) return Status::not_found;
    const bool by_registers = (in.flags & OPENBAR_SILENCE_BY_REGISTERS) != 0;
    if (hardware.has_messages()) {
        if (by_registers) return Status::invalid;
        return hardware.settings.dma_policy == OPENBAR_DMA_OFF ? Status::policy : Status::ok;
    }
    if (hardware.can_disable_intx || hardware.resources.line_is_edge) return Status::ok;
    if ((in.flags & OPENBAR_SILENCE_SHUTS_OFF) == 0 || !by_registers) return Status::unsupported;
    return session.administrator ? Status::ok : Status::policy;
}

// pending: the registers are mapped with another memory type, which nobody uses any more.
Status Device::State::reserve_vector(Session& session, Object& object,
                                     const openbar_enable_vector& in, bool wrong_type) {
    const bool by_registers = (in.flags & OPENBAR_SILENCE_BY_REGISTERS) != 0;
    Hold<Lock::tables> held(kernel);
    if (Status status = may_create(session); status != Status::ok) return status;
    VectorOwnership& vector = tables.vectors[in.vector];
    if (vector.owned) return Status::busy;
    if (wrong_type) return tables.uses[in.region].mappings != 0 ? Status::busy : Status::pending;
    if (Status status = claim_for(session); status != Status::ok) return status;
    if (Status status = adopt(session, object); status != Status::ok) {
        unclaim(session);
        return status;
    }
    vector = {true, by_registers, in.region};
    if (by_registers) ++tables.uses[in.region].interrupts;
    return Status::ok;
}

Status Device::State::enable_as_it_is(Session& session, const openbar_enable_vector& in,
                                      openbar_object& out) {
    Finished finished(kernel);
    Hold<Lock::hardware_shared> shared(kernel);
    Hold<Lock::objects> objects(kernel);
    if (Status status = hardware.standing.check(); status != Status::ok) return status;
    if (Status status = check_vector(session, in); status != Status::ok) return status;
    if (Status status = may_arm(); status != Status::ok) return status;
    Silence silence{};
    bool wrong_type = false;
    if ((in.flags & OPENBAR_SILENCE_BY_REGISTERS) != 0) {
        if (Status status = make_silence(in, silence); status != Status::ok) return status;
        wrong_type = !silence.port && hardware.regions[in.region].type != MemoryType::uncached;
    }
    Object* object = new_object(ObjectKind::vector, 0);
    if (object == nullptr) return Status::no_memory;
    object->number = in.vector;
    if (Status status = reserve_vector(session, *object, in, wrong_type); status != Status::ok) {
        unmake(kernel, object);
        return status;
    }
    Status status = connect(in.vector, silence);
    if (status == Status::ok) {
        Hold<Lock::tables> held(kernel);
        if (session.closed.load()) status = Status::closed;
        if (status == Status::ok) {
            object->state = ObjectState::live;
            session.awake = true;
            out.header.size = sizeof out;
            out.header.version = OPENBAR_CONTRACT_VERSION;
            out.object = object->id;
            return status;
        }
    }
    if (status == Status::closed) disable(in.vector, Status::closed, finished);
    abandon(session, *object);
    return status;
}

Status Device::State::enable_vector(Session& session, const openbar_enable_vector& in,
                                    openbar_object& out) {
    if (Status status = check_fields(in); status != Status::ok) return status;
    Status status = enable_as_it_is(session, in, out);
    if (status != Status::pending) return status;
    status = change_type(in.region, OPENBAR_UNCACHED);
    if (status == Status::ok) status = enable_as_it_is(session, in, out);
    return status == Status::pending ? Status::busy : status;
}

// The device is silenced before its routine is connected, and the routine knows how from its first
// call on; then the vector is enabled, and the line unmasked last.
Status Device::State::connect(std::uint32_t index, const Silence& silence) {
    bool is_connected = false;
    {
        Hold<Lock::tables> held(kernel);
        is_connected = tables.connected;
        Hold<Lock::interrupt> interrupts(kernel);
        line.silence = silence;
        line.rounds = line.unserved = 0;
        line.vectors[index] = {};
        shut_off_line();
    }
    if (!is_connected)
        if (Status status = kernel.connect_interrupts(); status != Status::ok) {
            Hold<Lock::tables> held(kernel);
            VectorOwnership& vector = tables.vectors[index];
            if (vector.silenced) --tables.uses[vector.region].interrupts;
            vector = {};
            return status;
        }
    Hold<Lock::tables> held(kernel);
    tables.connected = true;
    ++tables.vectors_enabled;
    {
        Hold<Lock::waits> waits(kernel);
        VectorWaits& vector = waiting.vectors[index];
        vector.masked = false;
        vector.count = vector.status = vector.newest = 0;
        Hold<Lock::interrupt> interrupts(kernel);
        line.vectors[index].enabled = true;
    }
    counters.vectors_now.add();
    update_bus_master();
    set_intx(true);
    return Status::ok;
}

void Device::State::end_waits(std::uint32_t index, Status status, Finished& finished) {
    VectorWaits& vector = waiting.vectors[index];
    while (Wait* wait = vector.waits.first) {
        vector.waits.remove(*wait);
        wait->in_list = false;  // its cancel routine may be on its way: it will only complete
        --wait->session->waits;
        if (!kernel.claim(*wait)) continue;
        counters.waits_now.subtract();
        finished.add(*wait, status);
    }
}

// The device is silenced before the routine that would do it goes away: the line may be shared, and the
// drivers of its other devices cannot silence this one. Until it is gone the routine still answers
// what comes, and silences it again.
void Device::State::disable(std::uint32_t index, Status waits_end, Finished& finished) {
    bool disconnects = false;
    {
        Hold<Lock::tables> held(kernel);
        set_intx(false);
        Hold<Lock::waits> waits(kernel);
        {
            Hold<Lock::interrupt> interrupts(kernel);
            line.vectors[index].enabled = false;
            shut_off_line();
        }
        end_waits(index, waits_end, finished);
        disconnects = --tables.vectors_enabled == 0 && tables.connected;
        if (disconnects) tables.connected = false;
    }
    if (disconnects) kernel.disconnect_interrupts();
    Hold<Lock::tables> held(kernel);
    VectorOwnership& vector = tables.vectors[index];
    if (vector.silenced) --tables.uses[vector.region].interrupts;
    vector = {};
    counters.vectors_now.subtract();
    update_bus_master();
    Hold<Lock::interrupt> interrupts(kernel);
    line.silence = {};
}

Status Device::State::disable_vector(Session& session, const openbar_object& in) {
    return let_go(session, in.object, ObjectKind::vector);
}

Status Device::State::find_vector(Session& session, std::uint64_t id, std::uint32_t& index) const {
    if (session.closed.load()) return Status::closed;
    const Object* object = session.objects.find(id, ObjectKind::vector);
    if (object == nullptr) return Status::not_found;
    if (object->state == ObjectState::revoked)
        return tables.standing.phase == Phase::gone ? Status::removed : Status::cancelled;
    index = object->number;
    return Status::ok;
}

// A masked line is masked in the device, by the PCI 2.3 bit or the write that shuts it off. A masked
// message is still counted, but wakes nobody: the bits that would stop the device from sending it are
// the operating system's.
Status Device::State::mask_vector(Session& session, const openbar_object& in, bool masked) {
    Finished finished(kernel);
    Hold<Lock::tables> held(kernel);
    std::uint32_t index = 0;
    if (Status status = find_vector(session, in.object, index); status != Status::ok) return status;
    if (!masked)
        if (Status status = may_arm(); status != Status::ok) return status;
    set_masked(index, masked, finished);
    return Status::ok;
}

void Device::State::set_masked(std::uint32_t index, bool masked, Finished& finished) {
    {
        Hold<Lock::waits> waits(kernel);
        waiting.vectors[index].masked = masked;
        drain(index);
        deliver(waiting.vectors[index], finished);
        Hold<Lock::interrupt> interrupts(kernel);
        // Not the rounds: the processor that is kept in the routine may be another one.
        line.unserved = 0;
        if (masked && !line.can_disable) shut_off_line();
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
    Hold<Lock::tables> held(kernel);
    Status status = find_vector(session, in.object, wait->index);
    const bool unmasks = (in.flags & OPENBAR_WAIT_UNMASKS) != 0;
    if (status == Status::ok && unmasks) status = may_arm();
    if (status == Status::ok) {
        counters.waits.add();
        if (unmasks) set_masked(wait->index, false, finished);
        status = begin_wait(*wait);
    }
    if (status == Status::pending) return status;  // whoever completes it frees it
    if (status == Status::ok) request.produced = wait->produced;
    unmake(kernel, wait);
    return status;
}

// Under tables, so that the vector cannot be disabled in between. ok: it has happened already.
Status Device::State::begin_wait(Wait& wait) {
    Hold<Lock::waits> waits(kernel);
    VectorWaits& vector = waiting.vectors[wait.index];
    drain(wait.index);
    {
        Hold<Lock::interrupt> interrupts(kernel);
        line.unserved = 0;
    }
    if (wait.seen > vector.count) return Status::invalid;
    if (wait.seen != vector.count && !vector.masked) {
        fill(wait, vector);
        vector.status = 0;
        return Status::ok;
    }
    if (wait.session->waits == OPENBAR_MAX_WAITS) return Status::limit;
    vector.waits.add(wait);
    wait.in_list = true;
    if (!kernel.make_cancellable(wait)) {
        vector.waits.remove(wait);
        return Status::cancelled;
    }
    ++wait.session->waits;
    counters.waits_now.add();
    return Status::pending;
}

}  // namespace openbar::driver
