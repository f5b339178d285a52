#include "simulator/host/interrupts.hpp"

#include <algorithm>
#include <utility>

namespace openbar::simulator {
Interrupts::Interrupts(const Description& description, ConfigurationSpace& space, MsixTable& table,
                       Report report)
    : space_(space), table_(table), report_(std::move(report)) {
    of(InterruptKind::intx).resize(description.intx ? 1 : 0);
    of(InterruptKind::msi).resize(description.msi_vectors);
    of(InterruptKind::msix).resize(description.msix_vectors);
    of(InterruptKind::error).resize(1);
    of(InterruptKind::request).resize(1);
}

std::uint32_t Interrupts::count(InterruptKind kind) const noexcept {
    return static_cast<std::uint32_t>(vectors_[static_cast<std::size_t>(kind)].size());
}

void Interrupts::connect(InterruptKind kind, std::uint32_t first,
                         std::span<std::unique_ptr<InterruptSink>> sinks) {
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        Vector& vector = of(kind)[first + i];
        vector = {.sink = std::move(sinks[i])};
        // What masks the entry after power-on is for the system to lift: here that is us.
        if (kind == InterruptKind::msix) {
            const std::uint64_t control =
                (first + i) * MsixTable::entry_size + pci::msix_vector_control;
            table_.write(control, 4, vector.sink != nullptr ? 0 : 1);
        }
    }
    switch_on(kind,
              std::ranges::any_of(of(kind), [](const Vector& v) { return v.sink != nullptr; }));
    look_again();
}

// MSI and MSI-X exclude each other and INTx, as on a real card.
void Interrupts::switch_on(InterruptKind kind, bool on) {
    if (kind == InterruptKind::msi) space_.switch_msi(on);
    if (kind == InterruptKind::msix) space_.switch_msix(on);
}

void Interrupts::mask(InterruptKind kind, std::uint32_t vector) {
    of(kind)[vector].masked = true;
}

void Interrupts::unmask(InterruptKind kind, std::uint32_t index) {
    Vector& vector = of(kind)[index];
    vector.masked = false;
    if (kind == InterruptKind::intx) return update_line();
    if (std::exchange(vector.pending, false)) deliver(kind, index);
}

void Interrupts::release(InterruptKind kind) {
    for (Vector& vector : of(kind)) vector = {};
    if (!of(kind).empty()) switch_on(kind, false);
    update_line();
}

void Interrupts::release_all() {
    for (std::uint32_t kind = 0; kind < interrupt_kinds; ++kind)
        release(static_cast<InterruptKind>(kind));
}

void Interrupts::set_line(bool asserted) {
    space_.set_interrupt_line(asserted);
    update_line();
}

void Interrupts::update_line() {
    if (of(InterruptKind::intx).empty()) return;
    Vector& line = of(InterruptKind::intx).front();
    if (line.sink == nullptr || line.masked || !space_.intx_asserted()) return;
    line.masked = true;
    signal(InterruptKind::intx, 0);
}

bool Interrupts::send_message(std::uint16_t vector) {
    if (space_.msix_enabled()) {
        if (vector >= count(InterruptKind::msix)) return false;
        if (space_.msix_function_masked() || table_.masked(vector))
            table_.set_pending(vector);
        else
            send(InterruptKind::msix, vector);
        return true;
    }
    const unsigned enabled = space_.msi_vectors_enabled();
    if (enabled == 0 || vector >= count(InterruptKind::msi)) return false;
    // A card that was granted fewer messages than it has lets them share (section 6.8.1.6).
    const unsigned granted = vector % enabled;
    if (space_.msi_masked(granted))
        space_.set_msi_pending(granted);
    else
        send(InterruptKind::msi, granted);
    return true;
}

// A message is a write to memory, which a card makes only as bus master.
void Interrupts::send(InterruptKind kind, std::uint32_t vector) {
    if (space_.bus_master()) deliver(kind, vector);
}

void Interrupts::look_again() {
    update_line();
    if (!space_.bus_master()) return;  // they stay pending
    std::uint32_t due = space_.take_msi_unmasked();
    for (std::uint32_t vector = 0; due != 0; ++vector, due >>= 1) {
        if ((due & 1) != 0) deliver(InterruptKind::msi, vector);
    }
    if (!space_.msix_enabled() || space_.msix_function_masked()) return;
    for (std::uint32_t vector = 0; vector < count(InterruptKind::msix); ++vector) {
        if (table_.take_unmasked(vector)) deliver(InterruptKind::msix, vector);
    }
}

void Interrupts::reset() {
    space_.clear_pending();
    table_.clear_pending();
    for (auto& kind : vectors_)
        for (Vector& vector : kind) vector.pending = false;
    set_line(false);
}

void Interrupts::deliver(InterruptKind kind, std::uint32_t index) {
    if (index >= of(kind).size()) return;
    Vector& vector = of(kind)[index];
    if (vector.masked)
        vector.pending = true;
    else
        signal(kind, index);
}

void Interrupts::signal(InterruptKind kind, std::uint32_t index) {
    const Vector& vector = of(kind)[index];
    if (vector.sink == nullptr) return;
    vector.sink->signal();
    if (report_) report_(kind, index);
}

}  // namespace openbar::simulator
