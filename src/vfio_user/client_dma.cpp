// Memory that the device may reach.
#include "base/failure.hpp"
#include "vfio_user/client_implementation.hpp"

namespace openbar::vfio_user {
namespace {

Result<void> check_placement(const std::string& attempted, std::uint64_t iova, std::uint64_t size,
                             std::uint64_t offset, std::uint64_t page_sizes) {
    if (size == 0) return failure(ErrorCode::invalid_argument, attempted, "the memory is empty");
    if (iova + (size - 1) < iova || offset + (size - 1) < offset) {
        return failure(ErrorCode::out_of_range, attempted, "its end wraps round");
    }
    const std::uint64_t smallest_page = page_sizes & (~page_sizes + 1);
    if (((iova | size | offset) & (smallest_page - 1)) != 0) {
        return failure(ErrorCode::misaligned, attempted,
                       fmt::format("address, size and file offset must be multiples of {:#x}, the "
                                   "smallest page that the server knows",
                                   smallest_page));
    }
    return {};
}

}  // namespace

Result<void> Client::dma_map(std::uint64_t iova, std::span<std::byte> memory, DmaAccess access,
                             int descriptor, std::uint64_t offset) const {
    const std::string attempted =
        fmt::format("give {} memory at {:#x} ({:#x} bytes)", name(), iova, memory.size());
    const bool by_descriptor = descriptor >= 0 && negotiated().max_descriptors > 0;
    if (!by_descriptor) offset = 0;
    auto right = check_placement(attempted, iova, memory.size(), offset, negotiated().page_sizes);
    if (!right) return right;
    Connection& connection = implementation_->connection;
    const auto bits = static_cast<unsigned>(access);
    const bool readable = (bits & static_cast<unsigned>(DmaAccess::read)) != 0;
    const bool writable = (bits & static_cast<unsigned>(DmaAccess::write)) != 0;
    if (connection.dma().size() >= negotiated().max_dma_maps) {
        return failure(
            ErrorCode::resource_exhausted, attempted,
            fmt::format("the server keeps {} mappings at most", negotiated().max_dma_maps));
    }
    if (auto served = connection.serve_in_background(); !served) {
        return Implementation::named(std::move(served).error(), attempted);
    }
    // The device may use it before the reply is here.
    if (!connection.dma().add({iova, memory, readable, writable, descriptor < 0})) {
        return failure(ErrorCode::busy, attempted, "it overlaps memory that was given before",
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
    return Implementation::named(std::move(reply).error(), attempted);
}

Result<void> Client::dma_unmap(std::uint64_t iova, std::uint64_t size) const {
    const std::string attempted =
        fmt::format("take back memory at {:#x} ({:#x} bytes) from {}", iova, size, name());
    Connection& connection = implementation_->connection;
    if (!connection.dma().contains(iova, size)) {
        return failure(ErrorCode::not_found, attempted, "exactly this was never given");
    }
    const protocol::DmaUnmap request{.address = iova, .size = size};
    Connection::Turn turn(connection);
    auto reply = turn.exchange(protocol::Command::dma_unmap, {{part_of(request)}});
    // Whatever the server thinks: by message it reaches this memory no more.
    connection.dma().remove(iova);
    if (reply) return {};
    return Implementation::named(std::move(reply).error(), attempted);
}

Result<void> Client::dma_unmap_all() const {
    Connection& connection = implementation_->connection;
    const protocol::DmaUnmap request{.flags = protocol::dma_unmap_all};
    Connection::Turn turn(connection);
    auto reply = turn.exchange(protocol::Command::dma_unmap, {{part_of(request)}});
    connection.dma().clear();
    if (reply) return {};
    return Implementation::named(std::move(reply).error(), "take back all memory from " + name());
}

}  // namespace openbar::vfio_user
