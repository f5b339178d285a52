#include "openbar/vfio_user/client.hpp"

#include "base/failure.hpp"
#include "base/region_name.hpp"
#include "vfio_user/capabilities.hpp"
#include "vfio_user/client_implementation.hpp"
#include "vfio_user/connect_socket.hpp"
#include "vfio_user/mapped_area.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace openbar::vfio_user {
namespace {

/// So that a deadline does not wrap round into the past.
std::chrono::milliseconds limit_of(const Options& options) {
    constexpr std::chrono::nanoseconds longest = std::chrono::hours(24 * 365);
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::min(options.timeout.nanoseconds(), longest));
}

}  // namespace

Client::Implementation::Implementation(FileDescriptor socket, std::string name, Options wanted)
    : options(wanted),
      connection(std::move(socket), std::move(name), limit_of(wanted), client_max_transfer) {}

Result<void> Client::Implementation::negotiate(Deadline deadline) {
    if (auto ready = connection.prepare(); !ready) {
        return named(std::move(ready).error(), "connect to " + connection.name());
    }
    if (auto agreed = agree_on_version(deadline); !agreed) return agreed;
    return ask_device_info(deadline);
}

Result<void> Client::Implementation::agree_on_version(Deadline deadline) {
    const std::string attempted = "agree on a version with " + connection.name();
    const protocol::Version version;
    const std::string data = to_version_data({.max_descriptors = client_max_descriptors,
                                              .max_transfer = client_max_transfer,
                                              .twin_socket = options.twin_socket,
                                              .write_multiple = options.write_multiple});
    Connection::Turn turn(connection);
    auto reply = turn.exchange_until(deadline, protocol::Command::version,
                                     {{part_of(version), part_of(data.data(), data.size())}});
    if (reply) return accept_version(**reply, attempted);
    Error error = std::move(reply).error();
    if (error.code == ErrorCode::busy) {
        error.hint = "wait for its other client to end, or start a second server";
    } else if (error.code == ErrorCode::timed_out) {
        error.hint = "it hangs, serves another client, or is no vfio-user server";
    } else if (error.code == ErrorCode::removed) {
        error.hint =
            "see what the server says: it may speak another version, or serve "
            "another client";
    }
    return named(std::move(error), attempted);
}

Result<void> Client::Implementation::accept_version(Message& reply, const std::string& attempted) {
    protocol::Version version;
    if (reply.header.command != protocol::Command::version || !reply.get(version)) {
        return lie(attempted, "its reply is too short to hold a version");
    }
    if (version.major != protocol::major_version || version.minor > protocol::minor_version) {
        return failure(
            ErrorCode::unsupported, attempted,
            fmt::format("it speaks version {}.{}, and this client {}.{} and below", version.major,
                        version.minor, protocol::major_version, protocol::minor_version));
    }
    const auto theirs = from_version_data(reply.payload.subspan(sizeof version));
    if (!theirs) return lie(attempted, "its list of capabilities: " + theirs.error());
    negotiated.major = version.major;
    negotiated.minor = version.minor;
    negotiated.max_descriptors = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(theirs->max_descriptors, Descriptors::capacity));
    negotiated.max_transfer = std::min(theirs->max_transfer, client_max_transfer);
    negotiated.max_dma_maps = theirs->max_dma_maps;
    negotiated.page_sizes = theirs->page_sizes;
    negotiated.write_multiple = theirs->write_multiple && options.write_multiple;
    if (!theirs->twin_socket || !options.twin_socket) return {};
    return accept_twin(theirs->twin_descriptor, reply, attempted);
}

Result<void> Client::Implementation::accept_twin(std::optional<std::uint64_t> index, Message& reply,
                                                 const std::string& attempted) {
    if (!index || *index >= reply.descriptors.size()) {
        return lie(attempted, "it announces a twin socket and sends none");
    }
    FileDescriptor socket = reply.descriptors.take(static_cast<std::size_t>(*index));
    int type = 0;
    socklen_t length = sizeof type;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
        type != SOCK_STREAM) {
        return lie(attempted, "what it sends as twin socket is not a stream socket");
    }
    connection.use_twin(std::move(socket));
    negotiated.twin_socket = true;
    return {};
}

Result<void> Client::Implementation::ask_device_info(Deadline deadline) {
    const std::string attempted = of_server("ask for the description");
    const protocol::DeviceInfo request;
    protocol::DeviceInfo info;
    {
        Connection::Turn turn(connection);
        auto reply =
            turn.exchange_until(deadline, protocol::Command::device_get_info, {{part_of(request)}});
        if (!reply) return named(std::move(reply).error(), attempted);
        if (!(*reply)->get(info)) return lie(attempted, "its reply is too short");
    }
    if (info.regions > most_regions) {
        return lie(attempted, fmt::format("it claims {} regions", info.regions));
    }
    device = {.can_reset = (info.flags & protocol::device_reset) != 0,
              .is_pci = (info.flags & protocol::device_pci) != 0,
              .regions = info.regions,
              .interrupts = std::min(info.irqs, protocol::pci_irqs)};
    regions_ = std::vector<std::atomic<const KnownRegion*>>(info.regions);
    return {};
}

Result<KnownRegion> Client::Implementation::ask_region(RegionIndex index) {
    const std::string attempted = of_server("ask what is " + region_name(index));
    // The descriptors come only with a reply that has room for everything.
    std::uint32_t room = 4096;
    constexpr std::uint32_t most_room = 64 * 1024;
    for (;;) {
        const protocol::RegionInfo request{.argsz = room, .index = index};
        Connection::Turn turn(connection);
        auto reply = turn.exchange(protocol::Command::get_region_info, {{part_of(request)}});
        if (!reply) return named(std::move(reply).error(), attempted);
        const std::uint32_t wanted = size_wanted(**reply);
        if (wanted > most_room) {
            return lie(attempted, fmt::format("it wants to describe it in {} bytes", wanted));
        }
        if (wanted > room) {
            room = wanted;
            continue;
        }
        auto region = understand_region(index, **reply);
        if (!region) return lie(attempted, std::move(region).error());
        return std::move(*region);
    }
}

Result<const KnownRegion*> Client::Implementation::known_region(RegionIndex index) {
    if (index >= regions_.size()) {
        return failure(ErrorCode::not_found, of_server("use " + region_name(index)),
                       fmt::format("the device has {} regions", regions_.size()));
    }
    if (const auto* known = regions_[index].load(std::memory_order_acquire)) return known;
    const std::scoped_lock lock(filling_);
    if (const auto* known = regions_[index].load(std::memory_order_relaxed)) return known;
    auto region = ask_region(index);
    if (!region) return std::move(region).error();
    const auto& owned =
        owned_regions_.emplace_back(std::make_unique<const KnownRegion>(std::move(*region)));
    regions_[index].store(owned.get(), std::memory_order_release);
    return owned.get();
}

Client::Client(std::unique_ptr<Implementation> implementation) noexcept
    : implementation_(std::move(implementation)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(const std::string& path, Options options) {
    const auto deadline = std::chrono::steady_clock::now() + limit_of(options);
    auto socket = connect_socket(path, deadline);
    if (!socket) return std::move(socket).error();
    auto implementation =
        std::make_unique<Implementation>(std::move(*socket), "vfio-user:" + path, options);
    if (auto ready = implementation->negotiate(deadline); !ready) {
        return std::move(ready).error();
    }
    return Client(std::move(implementation));
}

Result<Client> Client::adopt(int socket, std::string name, Options options) {
    const auto deadline = std::chrono::steady_clock::now() + limit_of(options);
    auto implementation =
        std::make_unique<Implementation>(FileDescriptor(socket), std::move(name), options);
    if (auto ready = implementation->negotiate(deadline); !ready) {
        return std::move(ready).error();
    }
    return Client(std::move(implementation));
}

const std::string& Client::name() const noexcept {
    return implementation_->connection.name();
}
const Negotiated& Client::negotiated() const noexcept {
    return implementation_->negotiated;
}
const DeviceInfo& Client::device() const noexcept {
    return implementation_->device;
}
int Client::hangup_descriptor() const noexcept {
    return implementation_->connection.socket();
}

Result<const RegionDetails*> Client::region(RegionIndex index) const {
    auto known = implementation_->known_region(index);
    if (!known) return std::move(known).error();
    return &(*known)->details;
}

Result<MappedArea> Client::map(RegionIndex index, Range range, bool writable) const {
    auto known = implementation_->known_region(index);
    if (!known) return std::move(known).error();
    const KnownRegion& region = **known;
    const std::string subject = fmt::format("{} {}", name(), region_name(index));
    const std::string attempted =
        fmt::format("map {:#x} bytes at {:#x} of {}", range.length, range.offset, subject);
    const auto& areas = region.details.mappable;
    if (areas.empty()) {
        return failure(ErrorCode::unsupported, attempted, region.details.not_mappable_because);
    }
    const auto area = std::ranges::find_if(areas, [&](const Range& candidate) {
        return range.offset >= candidate.offset &&
               range.offset - candidate.offset <= candidate.length &&
               range.length <= candidate.length - (range.offset - candidate.offset);
    });
    if (area == areas.end() || range.length == 0) {
        return failure(ErrorCode::out_of_range, attempted,
                       "it does not lie within one of the region's mappable parts");
    }
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (range.offset % page != 0 ||
        (range.length % page != 0 && range.offset + range.length != region.details.size)) {
        return failure(ErrorCode::misaligned, attempted,
                       fmt::format("offset and length must be multiples of {:#x}", page));
    }
    const auto number =
        region.descriptors.size() == 1 ? 0 : static_cast<std::size_t>(area - areas.begin());
    auto mapped = MappedArea::Implementation::map(
        {.descriptor = region.descriptors[number].get(),
         .offset = static_cast<off_t>(region.file_offset + range.offset),
         .length = static_cast<std::size_t>(range.length),
         .readable = region.details.readable,
         .writable = writable && region.details.writable,
         .allow_unsealed = implementation_->options.map_unsealed,
         .name = subject});
    if (!mapped) return std::move(mapped).error();
    return MappedArea(std::move(*mapped));
}

Result<void> Client::reset() const {
    const std::string attempted = "reset " + name();
    if (!implementation_->device.can_reset) {
        return failure(ErrorCode::unsupported, attempted, "its server offers no reset");
    }
    Connection::Turn turn(implementation_->connection);
    auto reply = turn.exchange(protocol::Command::device_reset, {});
    if (!reply) return Implementation::named(std::move(reply).error(), attempted);
    return {};
}

}  // namespace openbar::vfio_user
