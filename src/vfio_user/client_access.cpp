// Reads and writes of regions by message, one at a time; many at once are in client_batches.cpp.
#include "base/failure.hpp"
#include "base/range.hpp"
#include "vfio_user/access_request.hpp"
#include "vfio_user/client_implementation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace openbar::vfio_user {
namespace {

using protocol::Command;
using protocol::RegionAccess;

/// Which piece of a transfer failed, where it takes more than one message.
template <typename Bytes>
Result<void> as_piece(Result<void> done, std::uint64_t offset, Bytes piece, Bytes all) {
    if (piece.size() == all.size()) return done;
    return std::move(done).attempting(
        [&] { return fmt::format("{} bytes at {:#x}", piece.size(), offset); });
}

}  // namespace

Result<void> Client::Implementation::check_access(RegionIndex index, Range part,
                                                  Direction direction) {
    OPENBAR_TRY(known, known_region(index));
    const RegionDetails& region = known->details;
    if (region.size == 0) return failure(ErrorCode::not_found, "the device has no such region");
    if (!lies_within(part, region.size))
        return failure(ErrorCode::out_of_range,
                       fmt::format("the region has {:#x} bytes", region.size));
    if (direction == Direction::read ? !region.readable : !region.writable)
        return failure(ErrorCode::unsupported, direction == Direction::read
                                                   ? "the region cannot be read"
                                                   : "the region cannot be written");
    return {};
}

Result<std::uint64_t> Client::Implementation::read_width(RegionIndex region, std::uint64_t offset,
                                                         unsigned width) {
    OPENBAR_TRY(right, check_width({offset, width}, width));
    OPENBAR_TRY(allowed, check_access(region, {offset, width}, Direction::read));
    std::uint64_t value = 0;
    OPENBAR_TRY(done, read_piece(region, offset,
                                 std::as_writable_bytes(std::span(&value, 1)).first(width)));
    return value;
}

Result<void> Client::Implementation::write_width(RegionIndex region, std::uint64_t offset,
                                                 unsigned width, std::uint64_t value) {
    OPENBAR_TRY(right, check_width({offset, width}, width));
    OPENBAR_TRY(allowed, check_access(region, {offset, width}, Direction::write));
    return write_piece(region, offset, std::as_bytes(std::span(&value, 1)).first(width));
}

Result<void> Client::Implementation::read(RegionIndex region, std::uint64_t offset,
                                          std::span<std::byte> destination) {
    OPENBAR_TRY(allowed, check_access(region, {offset, destination.size()}, Direction::read));
    const auto most = static_cast<std::size_t>(negotiated.max_transfer);
    for (auto rest = destination; !rest.empty();) {
        const auto piece = rest.first(std::min(rest.size(), most));
        OPENBAR_TRY(done, as_piece(read_piece(region, offset, piece), offset, piece, destination));
        rest = rest.subspan(piece.size());
        offset += piece.size();
    }
    return {};
}

Result<void> Client::Implementation::write(RegionIndex region, std::uint64_t offset,
                                           std::span<const std::byte> source) {
    OPENBAR_TRY(allowed, check_access(region, {offset, source.size()}, Direction::write));
    const auto most = static_cast<std::size_t>(negotiated.max_transfer);
    for (auto rest = source; !rest.empty();) {
        const auto piece = rest.first(std::min(rest.size(), most));
        OPENBAR_TRY(done, as_piece(write_piece(region, offset, piece), offset, piece, source));
        rest = rest.subspan(piece.size());
        offset += piece.size();
    }
    return {};
}

Result<void> Client::Implementation::read_piece(RegionIndex region, std::uint64_t offset,
                                                std::span<std::byte> destination) {
    const RegionAccess request{offset, region, static_cast<std::uint32_t>(destination.size())};
    Connection::Turn turn(connection);
    OPENBAR_TRY(reply, turn.exchange(Command::region_read, {{part_of(request)}}));
    if (!answers(*reply, request, destination.size()))
        return lie("the reply is not about what was asked");
    std::memcpy(destination.data(), reply->payload.data() + sizeof request, destination.size());
    return {};
}

Result<void> Client::Implementation::write_piece(RegionIndex region, std::uint64_t offset,
                                                 std::span<const std::byte> source) {
    const RegionAccess request{offset, region, static_cast<std::uint32_t>(source.size())};
    Connection::Turn turn(connection);
    OPENBAR_TRY(reply, turn.exchange(Command::region_write,
                                     {{part_of(request), part_of(source.data(), source.size())}}));
    if (!answers(*reply, request, 0)) return lie("the reply is not about what was asked");
    return {};
}

Result<void> Client::Implementation::write_posted(RegionIndex region, std::uint64_t offset,
                                                  unsigned width, std::uint64_t value) {
    OPENBAR_TRY(right, check_width({offset, width}, width));
    OPENBAR_TRY(allowed, check_access(region, {offset, width}, Direction::write));
    const RegionAccess request{offset, region, width};
    Connection::Turn turn(connection);
    return turn.post(Command::region_write, {{part_of(request), part_of(&value, width)}});
}

Result<void> Client::Implementation::fence() {
    const protocol::DeviceInfo request;
    Connection::Turn turn(connection);
    OPENBAR_TRY(reply, turn.exchange(Command::device_get_info, {{part_of(request)}}));
    return {};
}

}  // namespace openbar::vfio_user
