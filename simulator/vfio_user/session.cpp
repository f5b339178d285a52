#include "simulator/vfio_user/session.hpp"

#include "vfio_user/capabilities.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;
using openbar::vfio_user::Capabilities;
using protocol::Command;

constexpr std::uint64_t max_transfer = protocol::default_max_transfer;
constexpr std::size_t largest_message = static_cast<std::size_t>(max_transfer) + 4096;

}  // namespace

Session::Session(Card& card, FileDescriptor socket, const Limits& limits)
    : card_(card),
      limits_(limits),
      stream_(std::move(socket), largest_message),
      deadline_(std::chrono::steady_clock::now() + limits.negotiation) {
    // Blocking, but not for long: what must not wait at all says so in each call.
    const int flags = ::fcntl(stream_.socket(), F_GETFL);
    ::fcntl(stream_.socket(), F_SETFL, flags & ~O_NONBLOCK);
    const timeval limit{.tv_sec = 0, .tv_usec = std::chrono::microseconds(hot_wait).count()};
    ::setsockopt(stream_.socket(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    card_.begin_use(
        {.read = [this](auto iova,
                        auto bytes) { return move_by_message(iova, bytes, Command::dma_read); },
         .write = [this](auto iova,
                         auto bytes) { return move_by_message(iova, bytes, Command::dma_write); }});
}

Session::~Session() {
    card_.end_use();
}

short Session::events() const noexcept {
    // A client that does not take its replies gets no further ones.
    return blocked() ? POLLOUT : POLLIN;
}

Session::State Session::step(bool readable) {
    if (blocked()) flush();
    if (!blocked() && readable && state_ != State::over) {
        const auto progress = stream_.receive(MSG_DONTWAIT);
        if (progress != Progress::done && progress != Progress::nothing_yet) {
            end_by(progress, stream_);
        }
    }
    take_requests();
    if (state_ != State::over) watch_the_time();
    return state_;
}

Session::State Session::step_waiting(bool& came) {
    const auto progress = stream_.receive(0);
    came = progress == Progress::done;
    if (!came && progress != Progress::nothing_yet) end_by(progress, stream_);
    take_requests();
    const bool idle = !blocked() && !stream_.in_a_message();
    if (state_ != State::over && !idle) watch_the_time();
    return state_;
}

void Session::watch_the_time() {
    const auto now = std::chrono::steady_clock::now();
    if (deadline_ && now >= *deadline_) {
        end(state_ == State::negotiating ? "it has not said which version it speaks"
            : blocked()                  ? "it does not take its replies"
                                         : "it began a message and did not end it");
    } else if (state_ == State::ready) {
        // Each new piece of a message does not buy new time; a whole message does.
        if (!blocked() && !stream_.in_a_message())
            deadline_.reset();
        else if (!deadline_)
            deadline_ = now + limits_.message;
    }
}

// What is there, until it is used up or the client takes no more replies.
void Session::take_requests() {
    while (state_ != State::over && !blocked()) {
        if (!deferred_.empty()) {
            Deferred request = std::move(deferred_.front());
            deferred_.pop_front();
            deferred_bytes_ -= request.payload.size();
            Message message{request.header, request.payload, std::move(request.descriptors)};
            handle(message);
            continue;
        }
        if (!stream_.in_a_message()) return;
        const auto progress = stream_.next(message_);
        if (progress == Progress::nothing_yet) return;
        if (progress != Progress::done) return end_by(progress, stream_);
        if (state_ == State::ready) deadline_.reset();
        handle(message_);
    }
}

void Session::handle(Message& request) {
    if (request.is_reply()) return end("it sent a reply to nothing");
    if (state_ == State::negotiating) return negotiate(request);
    outgoing_.clear();
    const Answer answer = dispatch(request);
    if (state_ != State::over) reply(request, answer);
}

Session::Answer Session::dispatch(Message& request) {
    switch (request.header.command) {
        case Command::device_get_info: return device_info(request);
        case Command::get_region_info: return region_info(request);
        case Command::get_irq_info: return irq_info(request);
        case Command::set_irqs: return set_irqs(request);
        case Command::region_read: return region_read(request);
        case Command::region_write: return region_write(request);
        case Command::region_write_multi: return write_multi(request);
        case Command::dma_map: return dma_map(request);
        case Command::dma_unmap: return dma_unmap(request);
        case Command::device_reset: card_.reset(); return {};
        case Command::version: return {.error = EINVAL};
        default: return {.error = EOPNOTSUPP};
    }
}

Session::Answer Session::device_info(const Message& request) {
    protocol::DeviceInfo info;
    if (!request.get(info) || info.argsz < sizeof info) return {.error = EINVAL};
    return with(protocol::DeviceInfo{.flags = protocol::device_reset | protocol::device_pci,
                                     .regions = protocol::pci_regions,
                                     .irqs = protocol::pci_irqs});
}

Session::Answer Session::region_info(const Message& request) {
    protocol::RegionInfo wanted;
    if (!request.get(wanted) || wanted.argsz < sizeof wanted ||
        wanted.index >= protocol::pci_regions) {
        return {.error = EINVAL};
    }
    protocol::RegionInfo info{.index = wanted.index, .size = card_.region_size(wanted.index)};
    if (info.size != 0) info.flags = protocol::region_read | protocol::region_write;
    const auto* region = card_.region(wanted.index);
    const int descriptor = card_.plain().descriptor(wanted.index);
    if (!region || descriptor < 0 || client_descriptors_ == 0) return with(info);
    const std::size_t areas = region->plain.size();
    info.flags |= protocol::region_mmap | protocol::region_capabilities;
    info.argsz = static_cast<std::uint32_t>(sizeof info + sizeof(protocol::CapabilityHeader) +
                                            sizeof(protocol::SparseMmap) +
                                            areas * sizeof(protocol::SparseArea));
    // Without room for all of it: only how much room it takes, and no descriptor yet.
    if (wanted.argsz < info.argsz) return with(info);
    info.capabilities = sizeof info;
    put(info);
    put(protocol::CapabilityHeader{.id = protocol::capability_sparse_mmap, .version = 1});
    put(protocol::SparseMmap{.areas = static_cast<std::uint32_t>(areas)});
    for (const auto& part : region->plain) put(protocol::SparseArea{part.offset, part.length});
    return {.bytes = &outgoing_, .descriptor = descriptor};
}

Session::Answer Session::irq_info(const Message& request) {
    protocol::IrqInfo info;
    if (!request.get(info) || info.argsz < sizeof info || info.index >= protocol::pci_irqs) {
        return {.error = EINVAL};
    }
    return with(protocol::IrqInfo{.flags = card_.interrupts().flags(info.index),
                                  .index = info.index,
                                  .count = card_.interrupts().count(info.index)});
}

Session::Answer Session::set_irqs(Message& request) {
    protocol::IrqSet set;
    if (!request.get(set) || set.argsz < sizeof set || set.index >= protocol::pci_irqs) {
        return {.error = EINVAL};
    }
    return {.error = card_.interrupts().set(set, request.payload.subspan(sizeof set),
                                            request.descriptors)};
}

Session::Answer Session::region_read(const Message& request) {
    protocol::RegionAccess access;
    if (!request.get(access) || access.count > max_transfer || access.count > client_transfer_) {
        return {.error = EINVAL};
    }
    put(access);
    outgoing_.resize(sizeof access + access.count);
    const auto bytes = std::span(outgoing_).subspan(sizeof access);
    const int error = card_.access(access.region, access.offset, bytes, Card::Direction::read);
    return {.error = error, .bytes = &outgoing_};
}

Session::Answer Session::region_write(const Message& request) {
    protocol::RegionAccess access;
    if (!request.get(access)) return {.error = EINVAL};
    const auto data = request.payload.subspan(sizeof access);
    if (data.size() != access.count || access.count > max_transfer) return {.error = EINVAL};
    // While the model acts, it may ask for memory, and what then arrives takes the place of the
    // request in the stream's buffer.
    incoming_.assign(data.begin(), data.end());
    if (int error = card_.access(access.region, access.offset, incoming_, Card::Direction::write)) {
        return {.error = error};
    }
    return with(access);
}

Session::Answer Session::write_multi(const Message& request) {
    protocol::WriteMulti multi;
    if (!request.get(multi)) return {.error = EINVAL};
    const auto data = request.payload.subspan(sizeof multi);
    if (multi.count != data.size() / sizeof(protocol::SingleWrite) ||
        data.size() % sizeof(protocol::SingleWrite) != 0) {
        return {.error = EINVAL};
    }
    std::vector<protocol::SingleWrite> writes(static_cast<std::size_t>(multi.count));
    if (!writes.empty()) std::memcpy(writes.data(), data.data(), data.size());
    protocol::WriteMulti done;
    for (protocol::SingleWrite& write : writes) {
        const std::span bytes(reinterpret_cast<std::byte*>(&write.data), sizeof write.data);
        if (write.count == 0 || write.count > bytes.size()) break;
        if (card_.access(write.region, write.offset, bytes.first(write.count),
                         Card::Direction::write) != 0) {
            break;
        }
        ++done.count;
    }
    return with(done);
}

Session::Answer Session::dma_map(Message& request) {
    protocol::DmaMap map;
    if (!request.get(map) || request.descriptors.size() > 1) return {.error = EINVAL};
    FileDescriptor descriptor;
    if (request.descriptors.size() == 1) descriptor = request.descriptors.take(0);
    const int error = card_.client_memory().map(map, std::move(descriptor));
    card_.trace({.kind = TraceEvent::Kind::memory,
                 .offset = map.address,
                 .length = map.size,
                 .ok = error == 0,
                 .text = "given"});
    return {.error = error};
}

Session::Answer Session::dma_unmap(const Message& request) {
    protocol::DmaUnmap unmap;
    if (!request.get(unmap) || unmap.argsz < sizeof unmap) return {.error = EINVAL};
    int error = 0;
    if (unmap.flags == protocol::dma_unmap_all && unmap.address == 0 && unmap.size == 0) {
        card_.client_memory().clear();
    } else if (unmap.flags != 0) {
        error = EINVAL;
    } else {
        error = card_.client_memory().unmap(unmap.address, unmap.size);
    }
    card_.trace({.kind = TraceEvent::Kind::memory,
                 .offset = unmap.address,
                 .length = unmap.size,
                 .ok = error == 0,
                 .text = "taken back"});
    if (error != 0) return {.error = error};
    unmap.argsz = sizeof unmap;
    return with(unmap);
}

void Session::negotiate(Message& request) {
    protocol::Version version;
    if (request.header.command != Command::version || !request.get(version)) {
        return end("its first message does not say which version it speaks");
    }
    outgoing_.clear();
    if (version.major != protocol::major_version) {
        reply(request, {.error = EINVAL});
        return end(fmt::format("it speaks version {}.{}", version.major, version.minor));
    }
    version.minor = std::min(version.minor, protocol::minor_version);
    put(version);
    const Answer answer = accept_capabilities(request.payload.subspan(sizeof version));
    // The client's end of the twin socket is the client's alone once it has been sent.
    const FileDescriptor sent(answer.descriptor);
    reply(request, answer);
    if (answer.error != 0 || state_ == State::over) return;
    state_ = State::ready;
    deadline_.reset();
}

Session::Answer Session::accept_capabilities(std::span<const std::byte> data) {
    const auto theirs = openbar::vfio_user::from_version_data(data);
    if (!theirs) {
        end("its list of capabilities: " + theirs.error());
        return {.error = EINVAL};
    }
    client_transfer_ = std::min(theirs->max_transfer, max_transfer);
    client_descriptors_ = theirs->max_descriptors;
    Capabilities ours{.max_descriptors = Descriptors::capacity,
                      .max_transfer = max_transfer,
                      .max_dma_maps = ClientMemory::most,
                      .write_multiple = theirs->write_multiple};
    Answer answer{.bytes = &outgoing_};
    std::array<int, 2> ends{-1, -1};
    if (theirs->twin_socket && client_descriptors_ > 0 &&
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0) {
        twin_.emplace(FileDescriptor(ends[0]), largest_message);
        answer.descriptor = ends[1];
        ours.twin_socket = true;
        ours.twin_descriptor = 0;
    }
    for (const char character : openbar::vfio_user::to_version_data(ours)) {
        outgoing_.push_back(static_cast<std::byte>(character));
    }
    return answer;
}

void Session::reply(const Message& request, const Answer& answer) {
    if ((request.header.flags & protocol::flag_no_reply) != 0) return;
    const bool failed = answer.error != 0;
    const std::size_t payload = failed || !answer.bytes ? 0 : answer.bytes->size();
    protocol::Header header{.id = request.header.id,
                            .command = request.header.command,
                            .size = static_cast<std::uint32_t>(sizeof header + payload),
                            .flags = protocol::type_reply | (failed ? protocol::flag_error : 0),
                            .error = static_cast<std::uint32_t>(answer.error)};
    const std::array<iovec, 2> parts{
        {{&header, sizeof header}, {payload ? answer.bytes->data() : nullptr, payload}}};
    const bool has_descriptor = !failed && answer.descriptor >= 0;
    std::size_t sent = 0;
    const auto progress = stream_.send_some(
        parts, std::span<const int>(&answer.descriptor, has_descriptor ? 1 : 0), sent);
    if (progress == Progress::nothing_yet && has_descriptor) {
        return end("it does not take its replies");
    }
    if (progress != Progress::done && progress != Progress::nothing_yet) {
        return end_by(progress, stream_);
    }
    for (const iovec& part : parts) {
        const auto* bytes = static_cast<const std::byte*>(part.iov_base);
        const std::size_t skipped = std::min(sent, part.iov_len);
        unsent_.insert(unsent_.end(), bytes + skipped, bytes + part.iov_len);
        sent -= skipped;
    }
}

void Session::flush() {
    const iovec part{unsent_.data(), unsent_.size()};
    std::size_t sent = 0;
    const auto progress = stream_.send_some({&part, 1}, {}, sent);
    if (progress != Progress::done && progress != Progress::nothing_yet) {
        return end_by(progress, stream_);
    }
    unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
    if (unsent_.empty()) deadline_.reset();
}

void Session::end(std::string reason) {
    if (state_ == State::over) return;
    state_ = State::over;
    reason_ = std::move(reason);
}

void Session::end_by(Progress progress, const MessageStream& stream) {
    switch (progress) {
        case Progress::closed:
            return end(stream.in_a_message() ? "it closed the connection in the middle of a message"
                                             : "it closed the connection");
        case Progress::malformed: return end(fmt::format("it sent {}", stream.fault()));
        case Progress::nothing_yet: return end("it does not answer");
        default:
            return end(std::error_code(stream.system_error(), std::generic_category()).message());
    }
}

}  // namespace openbar::simulator::vfio_user
