/// The interrupts of a card on their way to a client's eventfds.
///
///     Interrupts interrupts(space, table, report);
///     if (int error = interrupts.set(request, booleans, descriptors)) return error;
///     interrupts.set_line(true);            // the card asserts its line: INTx fires once
///     interrupts.send_message(3);           // MSI-X or MSI, whichever is on
///
/// Behaves as Linux VFIO does for a real card (linux/vfio.h; drivers/vfio/pci/vfio_pci_intrs.c):
/// assigning eventfds of MSI or MSI-X switches that kind on and unmasks those vectors; INTx is
/// level-triggered and masks itself as it fires, and fires again on unmask while the line is
/// still asserted.
#pragma once

#include "base/file_descriptor.hpp"
#include "simulator/configuration_space.hpp"
#include "simulator/msix_table.hpp"
#include "vfio_user/descriptors.hpp"
#include "vfio_user/protocol.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace openbar::simulator::vfio_user {

class Interrupts {
public:
    /// Told of each eventfd that is signalled: the kind's index and the vector.
    using Report = std::function<void(std::uint32_t kind, std::uint32_t vector)>;

    Interrupts(const Description& description, ConfigurationSpace& space, MsixTable& table,
               Report report);

    [[nodiscard]] std::uint32_t count(std::uint32_t kind) const noexcept;
    [[nodiscard]] std::uint32_t flags(std::uint32_t kind) const noexcept;

    /// Carries out a SET_IRQS request; an errno, 0 where done. Takes the descriptors it wants.
    [[nodiscard]] int set(const openbar::vfio_user::protocol::IrqSet& request,
                          std::span<const std::byte> booleans,
                          openbar::vfio_user::Descriptors& descriptors);
    /// The client has gone: nothing is signalled any more.
    void release_all();

    void set_line(bool asserted);
    [[nodiscard]] bool send_message(std::uint16_t vector);
    void report_error() { signal(openbar::vfio_user::protocol::error_irq, 0); }
    /// Asks the client to close the card.
    void request_device() { signal(openbar::vfio_user::protocol::request_irq, 0); }
    /// After the client has written to the configuration space or the MSI-X table: what was held
    /// back may be due.
    void look_again();

private:
    struct Vector {
        FileDescriptor eventfd;
        bool masked = false;
        bool pending = false;  // came while masked by the client's MASK
    };
    enum class Action : std::uint8_t { mask, unmask, trigger };

    [[nodiscard]] bool valid(const openbar::vfio_user::protocol::IrqSet& request,
                             std::size_t booleans, std::size_t descriptors) const;
    [[nodiscard]] int assign(std::uint32_t kind, std::uint32_t first, std::uint32_t count,
                             openbar::vfio_user::Descriptors& descriptors);
    void act(std::uint32_t kind, std::uint32_t vector, Action action);
    void release(std::uint32_t kind);
    void switch_on(std::uint32_t kind, bool on);
    void update_line();
    void deliver(std::uint32_t kind, std::uint32_t vector);
    void signal(std::uint32_t kind, std::uint32_t vector);

    ConfigurationSpace& space_;
    MsixTable& table_;
    Report report_;
    std::array<std::vector<Vector>, openbar::vfio_user::protocol::pci_irqs> vectors_;
};

}  // namespace openbar::simulator::vfio_user
