// SET_IRQS: what a client wants to happen when the card interrupts.
#include "simulator/vfio_user/session.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;

/// A write to any other kind of file could wait for ever, or harm whatever it is.
bool is_eventfd(int descriptor) {
    std::array<char, 64> target{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
    if (length < 0) return false;
    const std::string_view name(target.data(), static_cast<std::size_t>(length));
    return name.starts_with("anon_inode:[eventfd");
}

class EventfdSink final : public InterruptSink {
public:
    explicit EventfdSink(FileDescriptor eventfd) noexcept : eventfd_(std::move(eventfd)) {}
    void signal() noexcept override {
        // A counter that is full would make the write wait; whoever reads it is signalled anyway.
        pollfd state{eventfd_.get(), POLLOUT, 0};
        if (::poll(&state, 1, 0) != 1 || (state.revents & POLLOUT) == 0) return;
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(eventfd_.get(), &one, sizeof one);
    }

private:
    FileDescriptor eventfd_;
};

bool makes_sense(const protocol::IrqSet& request, std::uint32_t known, std::size_t booleans,
                 std::size_t descriptors) {
    const std::uint32_t data = request.flags & protocol::irq_data_bits;
    const std::uint32_t action = request.flags & protocol::irq_action_bits;
    if (data + action != request.flags || std::popcount(data) != 1 || std::popcount(action) != 1)
        return false;
    if (request.start > known || request.count > known - request.start) return false;
    if (request.count == 0) {
        // Only "all of this kind off" names no vector.
        return request.start == 0 && data == protocol::irq_data_none &&
               action == protocol::irq_action_trigger && descriptors == 0;
    }
    if (data == protocol::irq_data_eventfd)
        return action == protocol::irq_action_trigger &&
               (descriptors == 0 || descriptors == request.count);
    if (descriptors != 0 || (data == protocol::irq_data_bool && booleans < request.count))
        return false;
    return action == protocol::irq_action_trigger ||
           Interrupts::maskable(static_cast<InterruptKind>(request.index));
}

}  // namespace

std::uint32_t irq_flags(InterruptKind kind) noexcept {
    std::uint32_t flags = protocol::irq_eventfd;
    if (Interrupts::maskable(kind)) flags |= protocol::irq_maskable;
    if (kind == InterruptKind::intx) flags |= protocol::irq_automasked;
    return flags;
}

int Session::connect_eventfds(const protocol::IrqSet& request, Descriptors& descriptors) {
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        if (!is_eventfd(descriptors[i])) return EINVAL;
    std::vector<std::unique_ptr<InterruptSink>> sinks(request.count);
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        sinks[i] = std::make_unique<EventfdSink>(descriptors.take(i));
    card_.interrupts().connect(static_cast<InterruptKind>(request.index), request.start, sinks);
    return 0;
}

Session::Answer Session::set_irqs(Message& request) {
    protocol::IrqSet set;
    if (!request.get(set) || set.argsz < sizeof set || set.index >= protocol::pci_irqs)
        return {.error = EINVAL};
    const auto booleans = request.payload.subspan(sizeof set);
    const auto kind = static_cast<InterruptKind>(set.index);
    Interrupts& interrupts = card_.interrupts();
    if (!makes_sense(set, interrupts.count(kind), booleans.size(), request.descriptors.size()))
        return {.error = EINVAL};
    if (set.count == 0) {
        interrupts.release(kind);
        return {};
    }
    if ((set.flags & protocol::irq_data_eventfd) != 0)
        return {.error = connect_eventfds(set, request.descriptors)};
    const bool all = (set.flags & protocol::irq_data_none) != 0;
    for (std::uint32_t i = 0; i < set.count; ++i) {
        if (!all && booleans[i] == std::byte{0}) continue;
        if ((set.flags & protocol::irq_action_mask) != 0)
            interrupts.mask(kind, set.start + i);
        else if ((set.flags & protocol::irq_action_unmask) != 0)
            interrupts.unmask(kind, set.start + i);
        else
            interrupts.trigger(kind, set.start + i);
    }
    return {};
}

}  // namespace openbar::simulator::vfio_user
