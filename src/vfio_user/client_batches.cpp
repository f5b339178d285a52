// Many accesses of regions at once: pipelined, or in one message where the server can.
#include "base/failure.hpp"
#include "base/region_name.hpp"
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

using protocol::Command;
using protocol::RegionAccess;

/// Pipelined requests that are sent at once: more would fill a socket's buffer.
constexpr std::size_t most_posted = 256;
constexpr std::size_t most_coalesced = 1024;

}  // namespace

/// One message for many writes; the reply says where the server stopped.
Result<void> Client::Implementation::send_coalesced(std::span<const RegionWrite> writes) {
    std::vector<protocol::SingleWrite> singles;
    singles.reserve(writes.size());
    for (const RegionWrite& write : writes) {
        singles.push_back({write.offset, write.region, write.width, write.value});
    }
    const protocol::WriteMulti request{singles.size()};
    Connection::Turn turn(connection);
    OPENBAR_TRY(reply,
                turn.exchange(Command::region_write_multi,
                              {{part_of(request),
                                part_of(singles.data(), singles.size() * sizeof singles[0])}}));
    protocol::WriteMulti done;
    if (!reply->get(done) || done.count > writes.size())
        return lie("the reply is not about what was asked");
    if (done.count == writes.size()) return {};
    return failure(ErrorCode::io, fmt::format("the server has carried out {} of {} writes",
                                              done.count, writes.size()));
}

/// Many messages in one system call, of which only the last asks for a reply.
Result<void> Client::Implementation::send_pipelined(std::span<const RegionWrite> writes) {
    Connection::Turn turn(connection);
    for (std::size_t i = 0; i < writes.size(); ++i) {
        const RegionWrite& write = writes[i];
        const RegionAccess request{write.offset, write.region, write.width};
        turn.add(Command::region_write, {{part_of(request), part_of(&write.value, write.width)}},
                 i + 1 == writes.size());
    }
    OPENBAR_TRY(sent, turn.send());
    unsigned number = 0;
    OPENBAR_TRY(reply, turn.next_reply(number));
    if (reply->is_error()) return refusal(*reply);
    return {};
}

/// Elements that are under way at once.
Result<void> Client::Implementation::read_some_elements(RegionIndex region, std::uint64_t offset,
                                                        std::span<std::byte> destination,
                                                        unsigned width) {
    const auto count = static_cast<unsigned>(destination.size() / width);
    Connection::Turn turn(connection);
    for (unsigned i = 0; i < count; ++i) {
        const RegionAccess request{offset + i * width, region, width};
        turn.add(Command::region_read, {{part_of(request)}}, true);
    }
    OPENBAR_TRY(sent, turn.send());
    std::optional<std::pair<unsigned, Error>> first_error;
    for (unsigned i = 0; i < count; ++i) {
        unsigned number = 0;
        OPENBAR_TRY(reply, turn.next_reply(number));
        if (reply->is_error()) {
            if (!first_error || number < first_error->first)
                first_error = {number, refusal(*reply)};
            continue;
        }
        const RegionAccess request{offset + number * width, region, width};
        if (!answers(*reply, request, width)) return lie("the reply is not about what was asked");
        std::memcpy(destination.data() + number * width, reply->payload.data() + sizeof request,
                    width);
    }
    if (!first_error) return {};
    return Result<void>(std::move(first_error->second)).attempting([&] {
        return fmt::format("at {:#x}", offset + first_error->first * width);
    });
}

Result<void> Client::Implementation::read_elements(RegionIndex region, std::uint64_t offset,
                                                   std::span<std::byte> destination,
                                                   unsigned width) {
    OPENBAR_TRY(right, check_width({offset, destination.size()}, width));
    OPENBAR_TRY(allowed, check_access(region, {offset, destination.size()}, Direction::read));
    while (!destination.empty()) {
        const auto some = destination.first(std::min<std::size_t>(
            destination.size(), std::size_t{Connection::Turn::most_replies} * width));
        OPENBAR_TRY(done, read_some_elements(region, offset, some, width));
        destination = destination.subspan(some.size());
        offset += some.size();
    }
    return {};
}

Result<void> Client::Implementation::write_batch(std::span<const RegionWrite> writes) {
    for (const RegionWrite& write : writes) {
        const Range part{write.offset, write.width};
        OPENBAR_TRY(
            right, check_width(part, write.width)
                       .and_then([&] { return check_access(write.region, part, Direction::write); })
                       .attempting([&] {
                           return fmt::format("write {} bytes at {:#x} of {}", write.width,
                                              write.offset, region_name(write.region));
                       }));
    }
    // The structure's own size counts as data: a server may bound its messages by that.
    const auto most =
        negotiated.write_multiple
            ? std::clamp<std::uint64_t>(negotiated.max_transfer / sizeof(protocol::SingleWrite), 1,
                                        most_coalesced)
            : most_posted;
    while (!writes.empty()) {
        const auto batch = writes.first(std::min<std::size_t>(writes.size(), most));
        OPENBAR_TRY(done,
                    negotiated.write_multiple ? send_coalesced(batch) : send_pipelined(batch));
        writes = writes.subspan(batch.size());
    }
    return {};
}

Result<void> Client::Implementation::write_elements(RegionIndex region, std::uint64_t offset,
                                                    std::span<const std::byte> source,
                                                    unsigned width) {
    OPENBAR_TRY(right, check_width({offset, source.size()}, width));
    OPENBAR_TRY(allowed, check_access(region, {offset, source.size()}, Direction::write));
    std::vector<RegionWrite> writes(source.size() / width);
    for (std::size_t i = 0; i < writes.size(); ++i) {
        writes[i] = {region, offset + i * width, width, 0};
        std::memcpy(&writes[i].value, source.data() + i * width, width);
    }
    return write_batch(writes);
}

}  // namespace openbar::vfio_user
