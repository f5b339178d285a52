// Mapping part of a memory region into its owner's process, and taking it away again.
#include "driver/core/interval.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// A hole that was found may be filled by another thread of the process before it is used.
constexpr unsigned attempts_to_place = 4;

MemoryType type_to_ask_for(const Region& region, std::uint32_t asked) {
    // Stores merged or loads repeated are harmless only where the device says so; and no device
    // memory is ever cached, because nothing keeps such a cache coherent.
    if (asked == OPENBAR_WRITE_COMBINING && (region.flags & OPENBAR_REGION_PREFETCHABLE) != 0)
        return MemoryType::write_combining;
    return MemoryType::uncached;
}

// Counted, not divided: a 64-bit division would need a compiler library in 32-bit kernels.
std::uint32_t pieces_of(std::uint64_t bytes, std::uint64_t step) {
    std::uint32_t count = 1;
    for (std::uint64_t rest = bytes; rest > step && count <= OPENBAR_MAX_PIECES; rest -= step)
        ++count;
    return count;
}

}  // namespace

// Under tables. The view for mediated accesses stays until the resources go.
Status Device::State::need_view(Region& region) {
    if (region.view.address != nullptr) return Status::ok;
    return kernel.map_io(region.physical, region.size, region.type, region.view);
}

// Under hardware_exclusive and tables: nobody is in the middle of an access through it.
void Device::State::drop_view(Region& region) {
    if (region.view.address == nullptr) return;
    kernel.unmap_io(region.view);
    region.view = KernelView{};
}

void Device::State::give_back_pieces(Session& session, Object& object) {
    for (std::uint32_t i = object.piece_count; i-- > 0;) {
        Piece& piece = object.pieces[i];
        if (piece.user.handle != nullptr) kernel.unmap_user(session.owner, piece.user);
        if (piece.kernel.address != nullptr) kernel.unmap_io(piece.kernel);
        piece = Piece{};
    }
}

// One MDL describes at most `max_user_view` bytes. The first piece of several goes where there is
// a hole for all of them, and each further one right behind, or not at all.
Status Device::State::map_pieces(const Region& region, std::uint64_t first, Object& object) {
    const std::uint64_t step = kernel.facts().max_user_view;
    std::uint64_t wanted = 0;
    if (object.piece_count > 1)
        if (Status status = kernel.find_user_hole(object.bytes, wanted); status != Status::ok)
            return status;
    for (std::uint32_t i = 0; i < object.piece_count; ++i) {
        Piece& piece = object.pieces[i];
        const std::uint64_t at = i * step;
        const std::uint64_t length = object.bytes - at < step ? object.bytes - at : step;
        if (Status status =
                kernel.map_io(region.physical + first + at, length, region.type, piece.kernel);
            status != Status::ok)
            return status;
        if (Status status = kernel.map_user(piece.kernel.address, length, piece.kernel.type,
                                            wanted == 0 ? 0 : wanted + at, piece.user);
            status != Status::ok)
            return status;
    }
    return Status::ok;
}

// Makes the object that owns the mapping, maps, and undoes both where that fails.
Status Device::State::place(Session& session, const Region& region, std::uint64_t first,
                            Object& object) {
    if (Status status = adopt(session, object); status != Status::ok) {
        unmake(kernel, &object);
        return status;
    }
    Status status = Status::no_addresses;
    for (unsigned i = 0; i < attempts_to_place && status == Status::no_addresses; ++i) {
        status = map_pieces(region, first, object);
        if (status == Status::ok) return status;
        give_back_pieces(session, object);
        if (object.piece_count == 1) break;
    }
    forget(session, object);
    return status;
}

Status Device::State::map(Session& session, const openbar_map& in, openbar_mapping& out) {
    if (in.region >= OPENBAR_MAX_REGIONS) return Status::not_found;
    if (in.memory_type > OPENBAR_CACHED) return Status::invalid;
    // Another memory type than the present one means a new kernel view: nobody may be using it.
    const bool other_type = in.memory_type != OPENBAR_UNCACHED;
    Hold hardware(kernel, other_type ? Lock::hardware_exclusive : Lock::hardware_shared);
    Hold tables(kernel, Lock::tables);
    if (Status status = may_create(session); status != Status::ok) return status;
    Region& region = regions[in.region];
    if (region.kind == OPENBAR_REGION_ABSENT) return Status::not_found;
    if (region.kind != OPENBAR_REGION_MEMORY) return Status::unsupported;
    if (!decodes(region)) return Status::asleep;

    std::uint64_t first = 0;
    std::uint64_t bytes = 0;
    if (Status status =
            pages_to_map(region, in.offset, in.length, kernel.facts().page_size, first, bytes);
        status != Status::ok)
        return status;
    const std::uint32_t pieces = pieces_of(bytes, kernel.facts().max_user_view);
    if (pieces > OPENBAR_MAX_PIECES) return Status::limit;
    Object* object = new_object(ObjectKind::mapping, pieces);
    if (object == nullptr) return Status::no_memory;
    object->number = in.region;
    object->bytes = bytes;
    object->piece_count = pieces;

    // The first mapping of a page decides its memory type, whatever later ones ask for.
    const bool retype = other_type && region.mappings == 0 && region.interrupt_users == 0;
    if (retype) {
        drop_view(region);
        region.type = type_to_ask_for(region, in.memory_type);
    }
    if (Status status = place(session, region, first, *object); status != Status::ok) {
        if (retype) region.type = MemoryType::uncached;
        return status;
    }
    ++region.mappings;
    session.awake = true;
    counters.maps.add();
    counters.maps_now.add();
    const std::uint64_t inside = in.offset - first;
    out.object = object->id;
    out.address = object->pieces[0].user.address + inside;
    out.length = in.length;
    out.memory_type = static_cast<std::uint32_t>(object->pieces[0].kernel.type);
    out.page_offset = static_cast<std::uint32_t>(inside);
    return Status::ok;
}

Status Device::State::unmap(Session& session, const openbar_object& in) {
    return let_go(session, in.object, ObjectKind::mapping);
}

}  // namespace openbar::driver
