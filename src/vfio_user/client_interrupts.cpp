// Interrupts: what there are, and what happens when they fire.
#include "base/failure.hpp"
#include "vfio_user/client_implementation.hpp"

#include <algorithm>

namespace openbar::vfio_user {
namespace {

const char* kind_name(InterruptKind kind) {
    switch (kind) {
        case InterruptKind::intx: return "INTx";
        case InterruptKind::msi: return "MSI";
        case InterruptKind::msix: return "MSI-X";
        case InterruptKind::error: return "error interrupt";
        case InterruptKind::request: return "request interrupt";
    }
    return "interrupt";
}

protocol::IrqSet irq_set(InterruptKind kind, std::uint32_t flags, std::uint32_t first,
                         std::size_t count) {
    return {.flags = flags,
            .index = static_cast<std::uint32_t>(kind),
            .start = first,
            .count = static_cast<std::uint32_t>(count)};
}

}  // namespace

Result<InterruptInfo> Client::Implementation::interrupt(InterruptKind kind) {
    const auto index = static_cast<std::uint32_t>(kind);
    const std::string attempted = of_server(fmt::format("ask for the {}", kind_name(kind)));
    if (index >= device.interrupts) {
        return failure(ErrorCode::not_found, attempted, "the device has no such interrupt");
    }
    const std::scoped_lock lock(filling_);
    if (interrupts_[index]) return *interrupts_[index];
    const protocol::IrqInfo request{.index = index};
    Connection::Turn turn(connection);
    auto reply = turn.exchange(protocol::Command::get_irq_info, {{part_of(request)}});
    if (!reply) return named(std::move(reply).error(), attempted);
    protocol::IrqInfo info;
    if (!(*reply)->get(info) || info.index != index) {
        return lie(attempted, "the reply is not about what was asked");
    }
    if (info.count > most_vectors) {
        return lie(attempted, fmt::format("it claims {} vectors", info.count));
    }
    interrupts_[index] = {.count = info.count,
                          .eventfd = (info.flags & protocol::irq_eventfd) != 0,
                          .maskable = (info.flags & protocol::irq_maskable) != 0,
                          .automasked = (info.flags & protocol::irq_automasked) != 0,
                          .not_resizable = (info.flags & protocol::irq_noresize) != 0};
    return *interrupts_[index];
}

Result<void> Client::Implementation::set_irqs(const protocol::IrqSet& set,
                                              std::span<const std::uint8_t> data,
                                              std::span<const int> eventfds, const char* what) {
    const auto kind = static_cast<InterruptKind>(set.index);
    auto attempted = [&] {
        return fmt::format("{} {} {}…{} of {}", what, kind_name(kind), set.start,
                           set.start + set.count, connection.name());
    };
    auto info = interrupt(kind);
    if (!info) return std::move(info).error();
    if (set.start > info->count || set.count > info->count - set.start) {
        return failure(ErrorCode::out_of_range, attempted(),
                       fmt::format("the device has {} of them", info->count));
    }
    protocol::IrqSet request = set;
    request.argsz = static_cast<std::uint32_t>(sizeof request + data.size());
    Connection::Turn turn(connection);
    auto reply = turn.exchange(protocol::Command::set_irqs,
                               {{part_of(request), part_of(data.data(), data.size())}}, eventfds);
    if (!reply) return named(std::move(reply).error(), attempted());
    return {};
}

Result<InterruptInfo> Client::interrupt(InterruptKind kind) const {
    return implementation_->interrupt(kind);
}

Result<void> Client::set_eventfds(InterruptKind kind, std::uint32_t first,
                                  std::span<const int> eventfds) const {
    constexpr auto flags = protocol::irq_data_eventfd | protocol::irq_action_trigger;
    const std::size_t most = negotiated().max_descriptors;
    if (first > most_vectors || eventfds.size() > most_vectors) {
        return failure(ErrorCode::out_of_range,
                       implementation_->of_server(fmt::format("set up the {}", kind_name(kind))),
                       fmt::format("no device has more than {} vectors", most_vectors));
    }
    auto assigned = [](int descriptor) { return descriptor >= 0; };
    while (!eventfds.empty()) {
        // Runs that are assigned, and runs that are not: a descriptor of -1 cannot be sent.
        const bool sending = assigned(eventfds.front());
        auto run = static_cast<std::size_t>(
            std::ranges::find_if(eventfds, [&](int d) { return assigned(d) != sending; }) -
            eventfds.begin());
        if (sending && most == 0) {
            return failure(
                ErrorCode::unsupported,
                implementation_->of_server(fmt::format("set up the {}", kind_name(kind))),
                "its server takes no descriptors");
        }
        if (sending) run = std::min(run, most);
        auto done = implementation_->set_irqs(
            irq_set(kind, flags, first, run), {},
            sending ? eventfds.first(run) : std::span<const int>{}, sending ? "assign" : "release");
        if (!done) return done;
        first += static_cast<std::uint32_t>(run);
        eventfds = eventfds.subspan(run);
    }
    return {};
}

Result<void> Client::disable_interrupts(InterruptKind kind) const {
    constexpr auto flags = protocol::irq_data_none | protocol::irq_action_trigger;
    return implementation_->set_irqs(irq_set(kind, flags, 0, 0), {}, {}, "disable");
}

namespace {

Result<void> act(Client::Implementation& client, InterruptKind kind, std::uint32_t action,
                 std::uint32_t first, std::uint32_t count, std::span<const std::uint8_t> selected,
                 const char* what) {
    if (count == 0 || (!selected.empty() && selected.size() != count)) {
        return failure(
            ErrorCode::invalid_argument,
            client.of_server(fmt::format("{} {}", what, kind_name(kind))),
            count == 0 ? "no vector is named" : "the selection has another length than the range");
    }
    const auto data = selected.empty() ? protocol::irq_data_none : protocol::irq_data_bool;
    std::vector<std::uint8_t> booleans(selected.size());
    std::ranges::transform(selected, booleans.begin(),
                           [](std::uint8_t value) { return std::uint8_t{value != 0}; });
    return client.set_irqs(irq_set(kind, data | action, first, count), booleans, {}, what);
}

}  // namespace

Result<void> Client::mask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                          std::span<const std::uint8_t> selected) const {
    return act(*implementation_, kind, protocol::irq_action_mask, first, count, selected, "mask");
}

Result<void> Client::unmask(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                            std::span<const std::uint8_t> selected) const {
    return act(*implementation_, kind, protocol::irq_action_unmask, first, count, selected,
               "unmask");
}

Result<void> Client::trigger(InterruptKind kind, std::uint32_t first, std::uint32_t count,
                             std::span<const std::uint8_t> selected) const {
    return act(*implementation_, kind, protocol::irq_action_trigger, first, count, selected,
               "trigger");
}

}  // namespace openbar::vfio_user
