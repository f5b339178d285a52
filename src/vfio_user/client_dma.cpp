// Memory that the device may reach.
#include "base/failure.hpp"
#include "base/range.hpp"
#include "vfio_user/client_implementation.hpp"

#include <fmt/format.h>

namespace openbar::vfio_user {
namespace {

Result<void> check_placement(std::uint64_t iova, std::uint64_t size, std::uint64_t offset,
                             std::uint64_t page_sizes) {
    if (size == 0) return failure(ErrorCode::invalid_argument, "the memory is empty");
    if (wraps({iova, size}) || wraps({offset, size})) {
        return failure(ErrorCode::out_of_range, "its end wraps round");
    }
    const std::uint64_t smallest_page = page_sizes & (~page_sizes + 1);
    if (((iova | size | offset) & (smallest_page - 1)) != 0) {
        return failure(ErrorCode::misaligned,
                       fmt::format("address, size and file offset must be multiples of {:#x}, the "
                                   "smallest page that the server knows",
                                   smallest_page));
    }
    return {};
}

}  // namespace

Result<void> Client::Implementation::dma_map(std::uint64_t iova, std::span<std::byte> memory,
                                             DmaAccess access, int descriptor,
                                             std::uint64_t offset) {
    const bool by_descriptor = descriptor >= 0 && negotiated.max_descriptors > 0;
    if (!by_descriptor) offset = 0;
    OPENBAR_TRY(right, check_placement(iova, memory.size(), offset, negotiated.page_sizes));
    const auto bits = static_cast<unsigned>(access);
    const bool readable = (bits & static_cast<unsigned>(DmaAccess::read)) != 0;
    const bool writable = (bits & static_cast<unsigned>(DmaAccess::write)) != 0;
    if (connection.dma().size() >= negotiated.max_dma_maps) {
        return failure(
            ErrorCode::resource_exhausted,
            fmt::format("the server keeps {} mappings at most", negotiated.max_dma_maps));
    }
    OPENBAR_TRY(served, connection.serve_in_background());
    // The device may use it before the reply is here.
    if (!connection.dma().add({iova, memory, readable, writable, descriptor < 0})) {
        return failure(ErrorCode::busy, "it overlaps memory that was given before",
                       "unmap that first, or choose other addresses");
    }
    const protocol::DmaMap request{
        .flags = (readable ? protocol::dma_readable : 0) | (writable ? protocol::dma_writable : 0),
        .offset = offset,
        .address = iova,
        .size = memory.size()};
    Connection::Turn turn(connection);
    auto reply = turn.exchange(
        protocol::Command::dma_map, {{part_of(request)}},
        by_descriptor ? std::span<const int>(&descriptor, 1) : std::span<const int>{});
    if (reply) return {};
    connection.dma().remove(iova);
    return std::move(reply).error();
}

Result<void> Client::Implementation::dma_unmap(std::uint64_t iova, std::uint64_t size) {
    if (!connection.dma().contains(iova, size)) {
        return failure(ErrorCode::not_found, "exactly this was never given");
    }
    const protocol::DmaUnmap request{.address = iova, .size = size};
    Connection::Turn turn(connection);
    auto reply = turn.exchange(protocol::Command::dma_unmap, {{part_of(request)}});
    // Whatever the server thinks: by message it reaches this memory no more.
    connection.dma().remove(iova);
    if (reply) return {};
    return std::move(reply).error();
}

Result<void> Client::Implementation::dma_unmap_all() {
    const protocol::DmaUnmap request{.flags = protocol::dma_unmap_all};
    Connection::Turn turn(connection);
    auto reply = turn.exchange(protocol::Command::dma_unmap, {{part_of(request)}});
    connection.dma().clear();
    if (reply) return {};
    return std::move(reply).error();
}

}  // namespace openbar::vfio_user
