// The beginning of a connection: the socket, the version, what the device has.
#include "base/failure.hpp"
#include "vfio_user/capabilities.hpp"
#include "vfio_user/client_implementation.hpp"
#include "vfio_user/connect_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

namespace openbar::vfio_user {
namespace {

/// So that a deadline does not wrap round into the past.
std::chrono::milliseconds limit_of(const Options& options) {
    constexpr std::chrono::nanoseconds longest = std::chrono::hours(24 * 365);
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::min(options.timeout.nanoseconds(), longest));
}

std::string_view hint_for(ErrorCode code) {
    switch (code) {
        case ErrorCode::busy: return "wait for its other client to end, or start a second server";
        case ErrorCode::timed_out:
            return "it hangs, serves another client, or is no vfio-user server";
        case ErrorCode::removed:
            return "see what the server says: it may speak another version, or serve another "
                   "client";
        default: return {};
    }
}

}  // namespace

Client::Implementation::Implementation(FileDescriptor socket, std::string name, Options wanted)
    : options(wanted),
      connection(std::move(socket), std::move(name), limit_of(wanted), client_max_transfer) {}

Result<Client::Implementation::Pointer> Client::Implementation::connect(const std::string& path,
                                                                        Options options) {
    const auto deadline = std::chrono::steady_clock::now() + limit_of(options);
    OPENBAR_TRY(socket, connect_socket(path, deadline));
    auto client = std::make_unique<Implementation>(std::move(socket), "vfio-user:" + path, options);
    OPENBAR_TRY(ready, client->negotiate(deadline));
    return client;
}

Result<Client::Implementation::Pointer> Client::Implementation::adopt(int socket, std::string name,
                                                                      Options options) {
    const auto deadline = std::chrono::steady_clock::now() + limit_of(options);
    auto client =
        std::make_unique<Implementation>(FileDescriptor(socket), std::move(name), options);
    OPENBAR_TRY(ready, client->negotiate(deadline));
    return client;
}

Result<void> Client::Implementation::negotiate(Deadline deadline) {
    OPENBAR_TRY(ready, connection.prepare());
    OPENBAR_TRY(agreed, agree_on_version(deadline).attempting([] { return "agree on a version"; }));
    return ask_device_info(deadline).attempting([] { return "ask for the description"; });
}

Result<void> Client::Implementation::agree_on_version(Deadline deadline) {
    const protocol::Version version;
    const std::string data = to_version_data({.max_descriptors = client_max_descriptors,
                                              .max_transfer = client_max_transfer,
                                              .twin_socket = options.twin_socket,
                                              .write_multiple = options.write_multiple});
    Connection::Turn turn(connection);
    auto reply = turn.exchange_until(deadline, protocol::Command::version,
                                     {{part_of(version), part_of(data.data(), data.size())}});
    if (reply) return accept_version(**reply);
    Error error = std::move(reply).error();
    if (const auto hint = hint_for(error.code); !hint.empty()) error.hint = hint;
    return error;
}

Result<void> Client::Implementation::accept_version(Message& reply) {
    protocol::Version version;
    if (reply.header.command != protocol::Command::version || !reply.get(version)) {
        return lie("its reply is too short to hold a version");
    }
    if (version.major != protocol::major_version || version.minor > protocol::minor_version) {
        return failure(
            ErrorCode::unsupported,
            fmt::format("it speaks version {}.{}, and this client {}.{} and below", version.major,
                        version.minor, protocol::major_version, protocol::minor_version));
    }
    auto theirs = from_version_data(reply.payload.subspan(sizeof version));
    if (!theirs) return lie("its list of capabilities: " + theirs.error().cause);
    negotiated.major = version.major;
    negotiated.minor = version.minor;
    negotiated.max_descriptors = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(theirs->max_descriptors, Descriptors::capacity));
    negotiated.max_transfer = std::min(theirs->max_transfer, client_max_transfer);
    negotiated.max_dma_maps = theirs->max_dma_maps;
    negotiated.page_sizes = theirs->page_sizes;
    negotiated.write_multiple = theirs->write_multiple && options.write_multiple;
    if (!theirs->twin_socket || !options.twin_socket) return {};
    return accept_twin(theirs->twin_descriptor, reply);
}

Result<void> Client::Implementation::accept_twin(std::optional<std::uint64_t> index,
                                                 Message& reply) {
    if (!index || *index >= reply.descriptors.size()) {
        return lie("it announces a twin socket and sends none");
    }
    FileDescriptor socket = reply.descriptors.take(static_cast<std::size_t>(*index));
    int type = 0;
    socklen_t length = sizeof type;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
        type != SOCK_STREAM) {
        return lie("what it sends as twin socket is not a stream socket");
    }
    connection.use_twin(std::move(socket));
    negotiated.twin_socket = true;
    return {};
}

Result<void> Client::Implementation::ask_device_info(Deadline deadline) {
    const protocol::DeviceInfo request;
    protocol::DeviceInfo info;
    {
        Connection::Turn turn(connection);
        OPENBAR_TRY(reply, turn.exchange_until(deadline, protocol::Command::device_get_info,
                                               {{part_of(request)}}));
        if (!reply->get(info)) return lie("its reply is too short");
    }
    if (info.regions > most_regions) {
        return lie(fmt::format("it claims {} regions", info.regions));
    }
    device = {.can_reset = (info.flags & protocol::device_reset) != 0,
              .is_pci = (info.flags & protocol::device_pci) != 0,
              .regions = info.regions,
              .interrupts = std::min(info.irqs, protocol::pci_irqs)};
    regions_ = std::vector<std::atomic<const KnownRegion*>>(info.regions);
    return {};
}

Error Client::Implementation::lie(std::string cause) {
    return connection.give_up(failure(ErrorCode::protocol, std::move(cause)));
}

}  // namespace openbar::vfio_user
