// Reads and writes of regions by message, one at a time; many at once are in client_batches.cpp.
#include "base/failure.hpp"
#include "vfio_user/access_request.hpp"
#include "vfio_user/client_implementation.hpp"

#include <algorithm>
#include <cstring>

namespace openbar::vfio_user {
namespace {

using Direction = Client::Implementation::Direction;
using protocol::Command;
using protocol::RegionAccess;

}  // namespace

Result<void> Client::Implementation::check_access(RegionIndex index, std::uint64_t offset,
                                                  std::uint64_t length, Direction direction) {
    auto known = known_region(index);
    if (!known) return std::move(known).error();
    const RegionDetails& region = (*known)->details;
    auto attempted = [&] { return describe(connection.name(), direction, index, offset, length); };
    if (region.size == 0) {
        return failure(ErrorCode::not_found, attempted(), "the device has no such region");
    }
    if (offset > region.size || length > region.size - offset) {
        return failure(ErrorCode::out_of_range, attempted(),
                       fmt::format("the region has {:#x} bytes", region.size));
    }
    if (direction == Direction::read ? !region.readable : !region.writable) {
        return failure(ErrorCode::unsupported, attempted(),
                       direction == Direction::read ? "the region cannot be read"
                                                    : "the region cannot be written");
    }
    return {};
}

Result<std::uint64_t> Client::read_width(RegionIndex region, std::uint64_t offset,
                                         unsigned width) const {
    auto right = check_width(name(), Direction::read, region, offset, width);
    if (right) right = implementation_->check_access(region, offset, width, Direction::read);
    if (!right) return std::move(right).error();
    const RegionAccess request{offset, region, width};
    Connection::Turn turn(implementation_->connection);
    auto reply = turn.exchange(Command::region_read, {{part_of(request)}});
    if (!reply) {
        return Implementation::named(std::move(reply).error(),
                                     describe(name(), Direction::read, region, offset, width));
    }
    if (!answers(**reply, request, width)) {
        return implementation_->lie(describe(name(), Direction::read, region, offset, width),
                                    "the reply is not about what was asked");
    }
    std::uint64_t value = 0;
    std::memcpy(&value, (*reply)->payload.data() + sizeof request, width);
    return value;
}

Result<void> Client::write_width(RegionIndex region, std::uint64_t offset, unsigned width,
                                 std::uint64_t value) const {
    if (auto right = check_width(name(), Direction::write, region, offset, width); !right) {
        return right;
    }
    return write(region, offset, {reinterpret_cast<const std::byte*>(&value), width});
}

Result<void> Client::read(RegionIndex region, std::uint64_t offset,
                          std::span<std::byte> destination) const {
    if (auto right =
            implementation_->check_access(region, offset, destination.size(), Direction::read);
        !right) {
        return right;
    }
    const auto most = static_cast<std::size_t>(negotiated().max_transfer);
    while (!destination.empty()) {
        const auto piece = destination.first(std::min(destination.size(), most));
        auto attempted = [&] {
            return describe(name(), Direction::read, region, offset, piece.size());
        };
        const RegionAccess request{offset, region, static_cast<std::uint32_t>(piece.size())};
        Connection::Turn turn(implementation_->connection);
        auto reply = turn.exchange(Command::region_read, {{part_of(request)}});
        if (!reply) return Implementation::named(std::move(reply).error(), attempted());
        if (!answers(**reply, request, piece.size())) {
            return implementation_->lie(attempted(), "the reply is not about what was asked");
        }
        std::memcpy(piece.data(), (*reply)->payload.data() + sizeof request, piece.size());
        destination = destination.subspan(piece.size());
        offset += piece.size();
    }
    return {};
}

Result<void> Client::write(RegionIndex region, std::uint64_t offset,
                           std::span<const std::byte> source) const {
    if (auto right = implementation_->check_access(region, offset, source.size(), Direction::write);
        !right) {
        return right;
    }
    const auto most = static_cast<std::size_t>(negotiated().max_transfer);
    while (!source.empty()) {
        const auto piece = source.first(std::min(source.size(), most));
        auto attempted = [&] {
            return describe(name(), Direction::write, region, offset, piece.size());
        };
        const RegionAccess request{offset, region, static_cast<std::uint32_t>(piece.size())};
        Connection::Turn turn(implementation_->connection);
        auto reply = turn.exchange(Command::region_write,
                                   {{part_of(request), part_of(piece.data(), piece.size())}});
        if (!reply) return Implementation::named(std::move(reply).error(), attempted());
        if (!answers(**reply, request, 0)) {
            return implementation_->lie(attempted(), "the reply is not about what was asked");
        }
        source = source.subspan(piece.size());
        offset += piece.size();
    }
    return {};
}

Result<void> Client::write_posted(RegionIndex region, std::uint64_t offset, unsigned width,
                                  std::uint64_t value) const {
    auto right = check_width(name(), Direction::write, region, offset, width);
    if (right) right = implementation_->check_access(region, offset, width, Direction::write);
    if (!right) return right;
    const RegionAccess request{offset, region, width};
    Connection::Turn turn(implementation_->connection);
    auto sent = turn.post(Command::region_write, {{part_of(request), part_of(&value, width)}});
    if (sent) return sent;
    return Implementation::named(std::move(sent).error(),
                                 describe(name(), Direction::write, region, offset, width));
}

Result<void> Client::fence() const {
    const protocol::DeviceInfo request;
    Connection::Turn turn(implementation_->connection);
    auto reply = turn.exchange(Command::device_get_info, {{part_of(request)}});
    if (reply) return {};
    return Implementation::named(std::move(reply).error(),
                                 implementation_->of_server("wait for earlier writes"));
}

}  // namespace openbar::vfio_user
