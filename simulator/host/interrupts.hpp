/// The interrupts of a card on their way to whoever waits for them.
///
///     Interrupts interrupts(description, space, table, report);
///     interrupts.connect(InterruptKind::msi, 0, sinks);      // switches MSI on
///     interrupts.set_line(true);            // the card asserts its line: INTx fires once
///     interrupts.send_message(3);           // MSI-X or MSI, whichever is on
///
/// Behaves as Linux VFIO does for a real card (linux/vfio.h; drivers/vfio/pci/vfio_pci_intrs.c):
/// connecting vectors of MSI or MSI-X switches that kind on and unmasks those vectors. Messages are
/// lost while the card may not master the bus. INTx is
/// level-triggered and masks itself as it fires, and fires again on unmask while the line is
/// still asserted.
///
/// Not thread-safe.
#pragma once

#include "simulator/configuration_space.hpp"
#include "simulator/msix_table.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace openbar::simulator {

/// The kinds of a PCI card, as linux/vfio.h numbers them.
enum class InterruptKind : std::uint8_t { intx, msi, msix, error, request };
inline constexpr std::uint32_t interrupt_kinds = 5;

/// Where the interrupts of a vector go.
class InterruptSink {
public:
    virtual ~InterruptSink() = default;
    /// Never waits.
    virtual void signal() noexcept = 0;
};

class Interrupts {
public:
    /// Told of each sink that is signalled.
    using Report = std::function<void(InterruptKind kind, std::uint32_t vector)>;

    Interrupts(const Description& description, ConfigurationSpace& space, MsixTable& table,
               Report report);

    [[nodiscard]] std::uint32_t count(InterruptKind kind) const noexcept;
    /// Whether single vectors can be masked: Linux VFIO masks INTx alone.
    [[nodiscard]] static bool maskable(InterruptKind kind) noexcept {
        return kind == InterruptKind::intx;
    }

    /// Vectors from `first` on, which the card has; null disconnects one.
    void connect(InterruptKind kind, std::uint32_t first,
                 std::span<std::unique_ptr<InterruptSink>> sinks);
    /// Disconnects all of a kind, and switches it off.
    void release(InterruptKind kind);
    void release_all();

    void mask(InterruptKind kind, std::uint32_t vector);
    void unmask(InterruptKind kind, std::uint32_t vector);
    /// As if the card had; a mask is no obstacle.
    void trigger(InterruptKind kind, std::uint32_t vector) { signal(kind, vector); }

    void set_line(bool asserted);
    /// What `Bus::send_message` answers.
    [[nodiscard]] bool send_message(std::uint16_t vector);
    /// Of the card: nothing is asserted or held back any more. What is connected stays so.
    void reset();
    void report_error() { signal(InterruptKind::error, 0); }
    /// Asks whoever uses the card to close it.
    void request_device() { signal(InterruptKind::request, 0); }
    /// After a write to the configuration space or the MSI-X table: what was held back may be due.
    void look_again();

private:
    struct Vector {
        std::unique_ptr<InterruptSink> sink;
        bool masked = false;
        bool pending = false;  // came while masked by `mask`
    };

    [[nodiscard]] std::vector<Vector>& of(InterruptKind kind) noexcept {
        return vectors_[static_cast<std::size_t>(kind)];
    }
    void switch_on(InterruptKind kind, bool on);
    void update_line();
    void send(InterruptKind kind, std::uint32_t vector);
    void deliver(InterruptKind kind, std::uint32_t vector);
    void signal(InterruptKind kind, std::uint32_t vector);

    ConfigurationSpace& space_;
    MsixTable& table_;
    Report report_;
    std::array<std::vector<Vector>, interrupt_kinds> vectors_;
};

}  // namespace openbar::simulator
