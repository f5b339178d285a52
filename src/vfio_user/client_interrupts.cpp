// Interrupts: what there are, and what happens when they fire.
#include "base/failure.hpp"
#include "base/range.hpp"
#include "vfio_user/client_implementation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::vfio_user {
namespace {

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
    if (index >= device.interrupts) {
        return failure(ErrorCode::not_found, "the device has no such interrupt");
    }
    const MutexLock lock(filling_);
    if (!interrupts_[index]) {
        OPENBAR_TRY(info, ask_interrupt(kind));
        interrupts_[index] = info;
    }
    return *interrupts_[index];
}

Result<InterruptInfo> Client::Implementation::ask_interrupt(InterruptKind kind) {
    const protocol::IrqInfo request{.index = static_cast<std::uint32_t>(kind)};
    Connection::Turn turn(connection);
    OPENBAR_TRY(reply, turn.exchange(protocol::Command::get_irq_info, {{part_of(request)}}));
    protocol::IrqInfo info;
    if (!reply->get(info) || info.index != request.index) {
        return lie("the reply is not about what was asked");
    }
    if (info.count > most_vectors) return lie(fmt::format("it claims {} vectors", info.count));
    return InterruptInfo{.count = info.count,
                         .eventfd = (info.flags & protocol::irq_eventfd) != 0,
                         .maskable = (info.flags & protocol::irq_maskable) != 0,
                         .automasked = (info.flags & protocol::irq_automasked) != 0,
                         .not_resizable = (info.flags & protocol::irq_noresize) != 0};
}

Result<void> Client::Implementation::set_irqs(const protocol::IrqSet& set,
                                              std::span<const std::uint8_t> data,
                                              std::span<const int> eventfds) {
    OPENBAR_TRY(info, interrupt(static_cast<InterruptKind>(set.index)).attempting([] {
        return "find out how many there are";
    }));
    if (!lies_within({set.start, set.count}, info.count)) {
        return failure(ErrorCode::out_of_range,
                       fmt::format("the device has {} of them", info.count));
    }
    protocol::IrqSet request = set;
    request.argsz = static_cast<std::uint32_t>(sizeof request + data.size());
    Connection::Turn turn(connection);
    OPENBAR_TRY(reply,
                turn.exchange(protocol::Command::set_irqs,
                              {{part_of(request), part_of(data.data(), data.size())}}, eventfds));
    return {};
}

Result<void> Client::Implementation::set_eventfds(InterruptKind kind, std::uint32_t first,
                                                  std::span<const int> eventfds) {
    constexpr auto flags = protocol::irq_data_eventfd | protocol::irq_action_trigger;
    const std::size_t most = negotiated.max_descriptors;
    if (first > most_vectors || eventfds.size() > most_vectors) {
        return failure(ErrorCode::out_of_range,
                       fmt::format("no device has more than {} vectors", most_vectors));
    }
    const auto assigned = [](int descriptor) { return descriptor >= 0; };
    for (auto rest = eventfds; !rest.empty();) {
        // Runs that are assigned, and runs that are not: a descriptor of -1 cannot be sent.
        const bool sending = assigned(rest.front());
        auto run = static_cast<std::size_t>(
            std::ranges::find_if(rest, [&](int d) { return assigned(d) != sending; }) -
            rest.begin());
        if (sending && most == 0) {
            return failure(ErrorCode::unsupported, "its server takes no descriptors");
        }
        if (sending) run = std::min(run, most);
        const auto set = irq_set(kind, flags, first, run);
        OPENBAR_TRY(
            done,
            set_irqs(set, {}, sending ? rest.first(run) : std::span<const int>{}).attempting([&] {
                return fmt::format("{} {}…{}", sending ? "assign" : "release", first, first + run);
            }));
        first += static_cast<std::uint32_t>(run);
        rest = rest.subspan(run);
    }
    return {};
}

Result<void> Client::Implementation::disable_interrupts(InterruptKind kind) {
    constexpr auto flags = protocol::irq_data_none | protocol::irq_action_trigger;
    return set_irqs(irq_set(kind, flags, 0, 0), {}, {});
}

Result<void> Client::Implementation::act(InterruptKind kind, std::uint32_t action,
                                         std::uint32_t first, std::uint32_t count,
                                         std::span<const std::uint8_t> selected) {
    if (count == 0) return failure(ErrorCode::invalid_argument, "no vector is named");
    if (!selected.empty() && selected.size() != count) {
        return failure(
            ErrorCode::invalid_argument,
            fmt::format("the selection has {} elements, the range {}", selected.size(), count));
    }
    const auto data = selected.empty() ? protocol::irq_data_none : protocol::irq_data_bool;
    std::vector<std::uint8_t> booleans(selected.size());
    std::ranges::transform(selected, booleans.begin(),
                           [](std::uint8_t value) { return std::uint8_t{value != 0}; });
    return set_irqs(irq_set(kind, data | action, first, count), booleans, {});
}

}  // namespace openbar::vfio_user
