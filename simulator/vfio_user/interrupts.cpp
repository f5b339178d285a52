#include "simulator/vfio_user/interrupts.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;

constexpr std::uint32_t intx = 0;
constexpr std::uint32_t msi = 1;
constexpr std::uint32_t msix = 2;

// PCI Local Bus Specification 3.0, sections 6.7 (the list), 6.8.1.3 and 6.8.2.3 (the controls).
constexpr std::uint8_t msi_capability = 0x05;
constexpr std::uint8_t msix_capability = 0x11;
constexpr std::uint64_t msi_enable = 1U << 0;
constexpr std::uint64_t msi_multiple_enable = 7U << 4;
constexpr std::uint64_t msix_enable = 1U << 15;
constexpr std::uint64_t msix_function_mask = 1U << 14;

/// Where a capability's control register lies; 0 where the card lacks it.
std::uint64_t control_of(const ConfigurationSpace& space, std::uint8_t capability) {
    std::uint64_t offset = space.read(0x34, 1);
    for (int steps = 0; offset != 0 && steps < 48; ++steps) {
        if (space.read(offset, 1) == capability) return offset + 2;
        offset = space.read(offset + 1, 1);
    }
    return 0;
}

/// A write to any other kind of file could wait for ever, or harm whatever it is.
bool is_eventfd(int descriptor) {
    std::array<char, 64> target{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
    if (length < 0) return false;
    const std::string_view name(target.data(), static_cast<std::size_t>(length));
    return name.starts_with("anon_inode:[eventfd");
}

}  // namespace

Interrupts::Interrupts(const Description& description, ConfigurationSpace& space, MsixTable& table,
                       Report report)
    : space_(space), table_(table), report_(std::move(report)) {
    vectors_[intx].resize(description.intx ? 1 : 0);
    vectors_[msi].resize(description.msi_vectors);
    vectors_[msix].resize(description.msix_vectors);
    vectors_[protocol::error_irq].resize(1);
    vectors_[protocol::request_irq].resize(1);
}

std::uint32_t Interrupts::count(std::uint32_t kind) const noexcept {
    return kind < vectors_.size() ? static_cast<std::uint32_t>(vectors_[kind].size()) : 0;
}

std::uint32_t Interrupts::flags(std::uint32_t kind) const noexcept {
    switch (kind) {
        case intx: return protocol::irq_eventfd | protocol::irq_maskable | protocol::irq_automasked;
        case msi:
        case msix: return protocol::irq_eventfd | protocol::irq_maskable;
        default: return protocol::irq_eventfd;
    }
}

bool Interrupts::valid(const protocol::IrqSet& request, std::size_t booleans,
                       std::size_t descriptors) const {
    const std::uint32_t data = request.flags & protocol::irq_data_bits;
    const std::uint32_t action = request.flags & protocol::irq_action_bits;
    const std::uint32_t known = count(request.index);
    if (data + action != request.flags || std::popcount(data) != 1 || std::popcount(action) != 1) {
        return false;
    }
    if (request.start > known || request.count > known - request.start) return false;
    if (request.count == 0) {
        // Only "all of this kind off" names no vector.
        return request.start == 0 && data == protocol::irq_data_none &&
               action == protocol::irq_action_trigger && descriptors == 0;
    }
    if (data == protocol::irq_data_eventfd) {
        return action == protocol::irq_action_trigger &&
               (descriptors == 0 || descriptors == request.count);
    }
    if (descriptors != 0 || (data == protocol::irq_data_bool && booleans < request.count)) {
        return false;
    }
    const bool maskable = (flags(request.index) & protocol::irq_maskable) != 0;
    return action == protocol::irq_action_trigger || maskable;
}

int Interrupts::set(const protocol::IrqSet& request, std::span<const std::byte> booleans,
                    openbar::vfio_user::Descriptors& descriptors) {
    if (!valid(request, booleans.size(), descriptors.size())) return EINVAL;
    if (request.count == 0) {
        release(request.index);
        return 0;
    }
    if ((request.flags & protocol::irq_data_eventfd) != 0) {
        return assign(request.index, request.start, request.count, descriptors);
    }
    const auto action = (request.flags & protocol::irq_action_mask) != 0     ? Action::mask
                        : (request.flags & protocol::irq_action_unmask) != 0 ? Action::unmask
                                                                             : Action::trigger;
    const bool all = (request.flags & protocol::irq_data_none) != 0;
    for (std::uint32_t i = 0; i < request.count; ++i) {
        if (all || booleans[i] != std::byte{0}) act(request.index, request.start + i, action);
    }
    return 0;
}

int Interrupts::assign(std::uint32_t kind, std::uint32_t first, std::uint32_t count,
                       openbar::vfio_user::Descriptors& descriptors) {
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
        if (!is_eventfd(descriptors[i])) return EINVAL;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        Vector& vector = vectors_[kind][first + i];
        vector = {};
        if (descriptors.size() > 0) vector.eventfd = descriptors.take(i);
        // What masks the entry after power-on is for the system to lift: here that is us.
        if (kind == msix) {
            const std::uint64_t control = (first + i) * MsixTable::entry_size + 12;
            table_.write(control, 4, descriptors.size() > 0 ? 0 : 1);
        }
    }
    const bool any =
        std::ranges::any_of(vectors_[kind], [](const Vector& v) { return bool(v.eventfd); });
    switch_on(kind, any);
    look_again();
    return 0;
}

// MSI and MSI-X exclude each other and INTx, as on a real card.
void Interrupts::switch_on(std::uint32_t kind, bool on) {
    if (kind == msi) {
        const std::uint64_t control = control_of(space_, msi_capability);
        const auto vectors = static_cast<std::uint64_t>(std::bit_width(vectors_[msi].size()) - 1);
        std::uint64_t value = space_.read(control, 2) & ~(msi_enable | msi_multiple_enable);
        if (on) value |= msi_enable | (vectors << 4);
        space_.write(control, 2, value);
    } else if (kind == msix) {
        const std::uint64_t control = control_of(space_, msix_capability);
        std::uint64_t value = space_.read(control, 2) & ~(msix_enable | msix_function_mask);
        if (on) value |= msix_enable;
        space_.write(control, 2, value);
    }
}

void Interrupts::act(std::uint32_t kind, std::uint32_t index, Action action) {
    Vector& vector = vectors_[kind][index];
    if (action == Action::trigger) return signal(kind, index);
    vector.masked = action == Action::mask;
    if (vector.masked) return;
    if (kind == intx) return update_line();
    if (std::exchange(vector.pending, false)) deliver(kind, index);
}

void Interrupts::release(std::uint32_t kind) {
    for (Vector& vector : vectors_[kind]) vector = {};
    if (!vectors_[kind].empty()) switch_on(kind, false);
    update_line();
}

void Interrupts::release_all() {
    for (std::uint32_t kind = 0; kind < vectors_.size(); ++kind) release(kind);
}

void Interrupts::set_line(bool asserted) {
    space_.set_interrupt_line(asserted);
    update_line();
}

void Interrupts::update_line() {
    if (vectors_[intx].empty()) return;
    Vector& line = vectors_[intx].front();
    if (!line.eventfd || line.masked || !space_.intx_asserted()) return;
    line.masked = true;
    signal(intx, 0);
}

bool Interrupts::send_message(std::uint16_t vector) {
    if (space_.msix_enabled()) {
        if (vector >= vectors_[msix].size()) return true;
        if (space_.msix_function_masked() || table_.masked(vector))
            table_.set_pending(vector);
        else
            deliver(msix, vector);
        return true;
    }
    const unsigned enabled = space_.msi_vectors_enabled();
    if (!space_.msi_enabled() || enabled == 0) return false;
    // A card that was granted fewer messages than it has lets them share (section 6.8.1.6).
    const unsigned granted = vector % enabled;
    if (space_.msi_masked(granted))
        space_.set_msi_pending(granted);
    else
        deliver(msi, granted);
    return true;
}

void Interrupts::look_again() {
    update_line();
    std::uint32_t due = space_.take_msi_unmasked();
    for (std::uint32_t vector = 0; due != 0; ++vector, due >>= 1) {
        if ((due & 1) != 0) deliver(msi, vector);
    }
    if (!space_.msix_enabled() || space_.msix_function_masked()) return;
    for (std::uint32_t vector = 0; vector < vectors_[msix].size(); ++vector) {
        if (table_.take_unmasked(vector)) deliver(msix, vector);
    }
}

void Interrupts::deliver(std::uint32_t kind, std::uint32_t index) {
    if (index >= vectors_[kind].size()) return;
    Vector& vector = vectors_[kind][index];
    if (vector.masked)
        vector.pending = true;
    else
        signal(kind, index);
}

void Interrupts::signal(std::uint32_t kind, std::uint32_t index) {
    const Vector& vector = vectors_[kind][index];
    if (!vector.eventfd) return;
    // A counter that is full would make the write wait; whoever reads it is signalled anyway.
    pollfd state{vector.eventfd.get(), POLLOUT, 0};
    if (::poll(&state, 1, 0) == 1 && (state.revents & POLLOUT) != 0) {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(vector.eventfd.get(), &one, sizeof one);
    }
    if (report_) report_(kind, index);
}

}  // namespace openbar::simulator::vfio_user
