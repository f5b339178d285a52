// Many accesses of regions at once: pipelined, or in one message where the server can.
#include "base/failure.hpp"
#include "vfio_user/access_request.hpp"
#include "vfio_user/client_implementation.hpp"
#include "vfio_user/connection_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace openbar::vfio_user {
namespace {

using Direction = Client::Implementation::Direction;
using protocol::Command;
using protocol::RegionAccess;

/// Pipelined requests that are sent at once: more would fill a socket's buffer.
constexpr std::size_t most_posted = 256;
constexpr std::size_t most_coalesced = 1024;

/// One message for many writes; tells where the server stopped.
Result<void> send_coalesced(Client::Implementation& client, std::span<const RegionWrite> writes,
                            const std::string& attempted) {
    std::vector<protocol::SingleWrite> singles;
    singles.reserve(writes.size());
    for (const RegionWrite& write : writes) {
        singles.push_back({write.offset, write.region, write.width, write.value});
    }
    const protocol::WriteMulti request{singles.size()};
    Connection::Turn turn(client.connection);
    auto reply = turn.exchange(
        Command::region_write_multi,
        {{part_of(request), part_of(singles.data(), singles.size() * sizeof singles[0])}});
    if (!reply) return Client::Implementation::named(std::move(reply).error(), attempted);
    protocol::WriteMulti done;
    if (!(*reply)->get(done) || done.count > writes.size()) {
        return client.lie(attempted, "the reply is not about what was asked");
    }
    if (done.count == writes.size()) return {};
    return failure(
        ErrorCode::io, attempted,
        fmt::format("the server has carried out {} of {} writes", done.count, writes.size()));
}

/// Many messages in one system call, of which only the last asks for a reply.
Result<void> send_pipelined(Client::Implementation& client, std::span<const RegionWrite> writes,
                            const std::string& attempted) {
    Connection::Turn turn(client.connection);
    for (std::size_t i = 0; i < writes.size(); ++i) {
        const RegionWrite& write = writes[i];
        const RegionAccess request{write.offset, write.region, write.width};
        turn.add(Command::region_write, {{part_of(request), part_of(&write.value, write.width)}},
                 i + 1 == writes.size());
    }
    if (auto sent = turn.send(); !sent) {
        return Client::Implementation::named(std::move(sent).error(), attempted);
    }
    unsigned number = 0;
    auto reply = turn.next_reply(number);
    if (!reply) return Client::Implementation::named(std::move(reply).error(), attempted);
    if ((*reply)->is_error()) {
        return Client::Implementation::named(refusal(**reply), attempted);
    }
    return {};
}

}  // namespace

Result<void> Client::read_elements(RegionIndex region, std::uint64_t offset,
                                   std::span<std::byte> destination, unsigned width) const {
    auto right = check_width(name(), Direction::read, region, offset, width);
    if (!right) return right;
    auto attempted = [&] {
        return describe(name(), Direction::read, region, offset, destination.size());
    };
    if (destination.size() % width != 0) {
        return failure(ErrorCode::invalid_argument, attempted(),
                       "the size is not a multiple of the width");
    }
    right = implementation_->check_access(region, offset, destination.size(), Direction::read);
    if (!right) return right;
    while (!destination.empty()) {
        const auto count = static_cast<unsigned>(
            std::min<std::size_t>(destination.size() / width, Connection::Turn::most_replies));
        Connection::Turn turn(implementation_->connection);
        for (unsigned i = 0; i < count; ++i) {
            const RegionAccess request{offset + i * width, region, width};
            turn.add(Command::region_read, {{part_of(request)}}, true);
        }
        if (auto sent = turn.send(); !sent) {
            return Implementation::named(std::move(sent).error(), attempted());
        }
        std::optional<std::pair<unsigned, Error>> first_error;
        for (unsigned i = 0; i < count; ++i) {
            unsigned number = 0;
            auto reply = turn.next_reply(number);
            if (!reply) return Implementation::named(std::move(reply).error(), attempted());
            if ((*reply)->is_error()) {
                if (!first_error || number < first_error->first) {
                    first_error = {number, refusal(**reply)};
                }
                continue;
            }
            const RegionAccess request{offset + number * width, region, width};
            if (!answers(**reply, request, width)) {
                return implementation_->lie(attempted(), "the reply is not about what was asked");
            }
            std::memcpy(destination.data() + number * width,
                        (*reply)->payload.data() + sizeof request, width);
        }
        if (first_error) {
            return Implementation::named(std::move(first_error->second), attempted());
        }
        destination = destination.subspan(std::size_t{count} * width);
        offset += std::uint64_t{count} * width;
    }
    return {};
}

Result<void> Client::write_batch(std::span<const RegionWrite> writes) const {
    for (const RegionWrite& write : writes) {
        auto right = check_width(name(), Direction::write, write.region, write.offset, write.width);
        if (right) {
            right = implementation_->check_access(write.region, write.offset, write.width,
                                                  Direction::write);
        }
        if (!right) return right;
    }
    const bool coalesce = negotiated().write_multiple;
    // The structure's own size counts as data: a server may bound its messages by that.
    const auto most =
        coalesce ? std::clamp<std::uint64_t>(
                       negotiated().max_transfer / sizeof(protocol::SingleWrite), 1, most_coalesced)
                 : most_posted;
    const std::string attempted = fmt::format("carry out {} writes of {}", writes.size(), name());
    while (!writes.empty()) {
        const auto batch = writes.first(std::min<std::size_t>(writes.size(), most));
        auto done = coalesce ? send_coalesced(*implementation_, batch, attempted)
                             : send_pipelined(*implementation_, batch, attempted);
        if (!done) return done;
        writes = writes.subspan(batch.size());
    }
    return {};
}

Result<void> Client::write_elements(RegionIndex region, std::uint64_t offset,
                                    std::span<const std::byte> source, unsigned width) const {
    if (auto right = check_width(name(), Direction::write, region, offset, width); !right) {
        return right;
    }
    if (source.size() % width != 0) {
        return failure(ErrorCode::invalid_argument,
                       describe(name(), Direction::write, region, offset, source.size()),
                       "the size is not a multiple of the width");
    }
    auto right = implementation_->check_access(region, offset, source.size(), Direction::write);
    if (!right) return right;
    std::vector<RegionWrite> writes(source.size() / width);
    for (std::size_t i = 0; i < writes.size(); ++i) {
        writes[i] = {region, offset + i * width, width, 0};
        std::memcpy(&writes[i].value, source.data() + i * width, width);
    }
    return write_batch(writes);
}

}  // namespace openbar::vfio_user
