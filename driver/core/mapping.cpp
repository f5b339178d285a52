// Mapping part of a memory region into its owner's process, and taking it away again.
#include "driver/core/interval.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// A hole that was found may be filled by another thread of the process before it is used.
constexpr unsigned attempts_to_place = 4;
// Windows rounds the address that is asked for down to a multiple of this.
constexpr std::uint64_t address_granularity = 64 * 1024;

// The bytes of one piece, all but the last: so many that the next can follow right behind.
std::uint64_t piece_bytes(const KernelFacts& facts) {
    return facts.max_user_view >= address_granularity
               ? page_down(facts.max_user_view, address_granularity)
               : facts.max_user_view;
}

// Counted, not divided: a 64-bit division would need a compiler library in 32-bit kernels.
std::uint32_t pieces_of(std::uint64_t bytes, const KernelFacts& facts) {
    if (bytes <= facts.max_user_view) return 1;
    const std::uint64_t step = piece_bytes(facts);
    std::uint32_t count = 1;
    for (std::uint64_t rest = bytes; rest > step && count <= OPENBAR_MAX_PIECES; rest -= step)
        ++count;
    return count;
}

}  // namespace

void Device::State::unmap_pieces(Session& session, Object& object, bool keep_addresses) {
    for (std::uint32_t i = object.piece_count; i-- > 0;) {
        Piece& piece = object.pieces[i];
        if (piece.user.handle != nullptr) {
            if (!keep_addresses)
                kernel.unmap_user(session.owner, piece.user);
            else
                piece.addresses = kernel.take_from_user(session.owner, piece.user, piece.length)
                                      ? Addresses::reserved
                                      : Addresses::lost;
        }
        if (piece.kernel.address != nullptr) kernel.unmap_io(piece.kernel);
        piece.kernel = {};
        piece.user.handle = nullptr;
    }
}

// Of a mapping that was revoked: its owner lets go of it now. What was lost is another's.
void Device::State::release_addresses(Session& session, Object& object) {
    for (std::uint32_t i = 0; i < object.piece_count; ++i) {
        const Piece& piece = object.pieces[i];
        if (piece.addresses == Addresses::reserved)
            kernel.release_user(session.owner, piece.user.address, piece.length);
    }
}

Status Device::State::mapping_state(Session& session, const openbar_object& in,
                                    openbar_mapping_state& out) {
    Hold<Lock::objects> objects(kernel);  // what is being revoked has been, then
    Hold<Lock::tables> held(kernel);
    if (session.closed.load()) return Status::closed;
    const Object* object = session.objects.find(in.object, ObjectKind::mapping);
    if (object == nullptr) object = session.objects.find(in.object, ObjectKind::dma_buffer);
    if (object == nullptr) return Status::not_found;
    out.address = object->pieces[0].user.address;
    out.length = object->bytes;
    for (std::uint32_t i = 0; i < object->piece_count; ++i) {
        const Addresses addresses = object->pieces[i].addresses;
        if (addresses == Addresses::lost) out.condition = OPENBAR_MAPPING_LOST;
        if (addresses == Addresses::reserved && out.condition == OPENBAR_MAPPED)
            out.condition = OPENBAR_MAPPING_REVOKED;
    }
    return Status::ok;
}

// One MDL describes at most `max_user_view` bytes. The first piece of several goes where there is
// a hole for all of them, and each further one right behind, or not at all.
Status Device::State::map_pieces(const Region& region, std::uint64_t first, Object& object) {
    const std::uint64_t step = object.piece_count > 1 ? piece_bytes(kernel.facts()) : object.bytes;
    std::uint64_t wanted = 0;
    if (object.piece_count > 1)
        if (Status status = kernel.find_user_hole(object.bytes, wanted); status != Status::ok)
            return status;
    for (std::uint32_t i = 0; i < object.piece_count; ++i) {
        Piece& piece = object.pieces[i];
        const std::uint64_t at = i * step;
        const std::uint64_t length = object.bytes - at < step ? object.bytes - at : step;
        piece.length = length;
        if (Status status =
                kernel.map_io(region.physical + first + at, length, region.type, piece.kernel);
            status != Status::ok)
            return status;
        if (Status status = kernel.map_user(piece.kernel.address, length, piece.kernel.type,
                                            wanted == 0 ? 0 : wanted + at, piece.user);
            status != Status::ok)
            return status;
        if (wanted != 0 && piece.user.address != wanted + at) return Status::no_addresses;
    }
    return Status::ok;
}

Status Device::State::place(Session& session, const Region& region, std::uint64_t first,
                            Object& object) {
    Status status = Status::no_addresses;
    for (unsigned i = 0; i < attempts_to_place && status == Status::no_addresses; ++i) {
        status = map_pieces(region, first, object);
        if (status == Status::ok) return status;
        unmap_pieces(session, object, false);
        if (object.piece_count == 1) return status;
    }
    return status;
}

// Lock::hardware is held throughout, so that power-down, stop and removal find the mapping made or not
// begun. pending: the region has another memory type than asked for, and nobody who would mind a
// change.
Status Device::State::map_as_it_is(Session& session, const openbar_map& in, bool may_change,
                                   openbar_mapping& out) {
    Hold<Lock::hardware_shared> shared(kernel);
    if (Status status = hardware.standing.check(); status != Status::ok) return status;
    const Region& region = hardware.regions[in.region];
    if (region.kind == OPENBAR_REGION_ABSENT) return Status::not_found;
    if (region.kind != OPENBAR_REGION_MEMORY) return Status::unsupported;
    if (!decodes(region)) return Status::asleep;
    std::uint64_t first = 0;
    std::uint64_t bytes = 0;
    if (Status status =
            pages_to_map(region, in.offset, in.length, kernel.facts().page_size, first, bytes);
        status != Status::ok)
        return status;
    const std::uint32_t pieces = pieces_of(bytes, kernel.facts());
    if (pieces > OPENBAR_MAX_PIECES) return Status::limit;
    Object* object = new_object(ObjectKind::mapping, pieces);
    if (object == nullptr) return Status::no_memory;
    object->number = in.region;
    object->bytes = bytes;
    Status status = Status::ok;
    {
        Hold<Lock::tables> held(kernel);
        status = may_create(session);
        RegionUse& use = tables.uses[in.region];
        const bool is_free = use.mappings == 0 && use.interrupts == 0;
        if (status == Status::ok && may_change && is_free &&
            type_for(region, in.memory_type) != region.type)
            status = Status::pending;
        if (status == Status::ok) status = adopt(session, *object);
        if (status == Status::ok) ++use.mappings;
    }
    if (status != Status::ok) {
        unmake(kernel, object);
        return status;
    }
    status = place(session, region, first, *object);
    if (status == Status::ok) {
        Hold<Lock::tables> held(kernel);
        if (session.closed.load()) status = Status::closed;
        if (status == Status::ok) {
            object->state = ObjectState::live;
            session.awake = true;
            const std::uint64_t inside = in.offset - first;
            out.object = object->id;
            out.address = object->pieces[0].user.address + inside;
            out.length = in.length;
            out.memory_type = static_cast<std::uint32_t>(object->pieces[0].kernel.type);
            out.page_offset = static_cast<std::uint32_t>(inside);
        }
    }
    if (status != Status::ok) {
        unmap_pieces(session, *object, false);
        abandon(session, *object);
        return status;
    }
    counters.maps.add();
    counters.maps_now.add();
    return Status::ok;
}

Status Device::State::map(Session& session, const openbar_map& in, openbar_mapping& out) {
    if (in.region >= OPENBAR_MAX_REGIONS) return Status::not_found;
    if (in.memory_type > OPENBAR_CACHED) return Status::invalid;
    Status status = map_as_it_is(session, in, true, out);
    if (status != Status::pending) return status;
    status = change_type(in.region, in.memory_type);
    // Somebody else may have been first, and then decides.
    return status != Status::ok ? status : map_as_it_is(session, in, false, out);
}

Status Device::State::unmap(Session& session, const openbar_object& in) {
    return let_go(session, in.object, ObjectKind::mapping);
}

}  // namespace openbar::driver
