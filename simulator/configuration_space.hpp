/// The 256 bytes of a conventional PCI configuration space, made from a card's description.
///
///     ConfigurationSpace space(model.description());
///     space.write(0x10, 4, 0xffffffff);               // how software asks for the size of BAR 0 …
///     auto mask = space.read(0x10, 4);                // … 0xfff00000 for a memory BAR of 1 MiB
///     space.write(0x04, 2, 0x0006);                   // command: decode memory, master the bus
///     if (space.bus_master()) …
///
/// It is what a host serves as region 7 and asks before it lets the card reach memory or
/// interrupt. Only bits that are writable in hardware change; writes of anything else, and of
/// bytes outside, are ignored, and reads outside give all ones.
///
/// Source of facts: PCI Local Bus Specification 3.0, chapter 6 (header, MSI, MSI-X); PCI Bus Power
/// Management Interface Specification 1.2, section 3.2.
///
/// Layout: capabilities, as far as the card has them, in this order from 0x40: power management
/// (8 bytes), MSI with 64-bit address (14, with masks 24), MSI-X (12).
///
/// Plain C++ without system headers; nothing here throws. Not thread-safe.
#pragma once

#include "simulator/model.hpp"
#include "simulator/msix_table.hpp"

#include <array>
#include <cstdint>

namespace openbar::simulator {

class ConfigurationSpace {
public:
    static constexpr std::uint32_t size = 256;

    /// The state after power-on. A description that `mistake_in` objects to gives a space without
    /// the parts that make no sense, never an access out of bounds.
    explicit ConfigurationSpace(const Description& description);

    /// `width` is 1…8 bytes; any offset. Little endian, as on the bus.
    [[nodiscard]] std::uint64_t read(std::uint64_t offset, unsigned width) const noexcept;
    void write(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept;
    void reset() noexcept;

    // What the system does to a card, beside what software writes.
    void set_decoding(bool on) noexcept;
    void set_bus_master(bool on) noexcept;
    /// With all the messages that the card has.
    void switch_msi(bool on) noexcept;
    /// Not masked as a whole.
    void switch_msix(bool on) noexcept;

    [[nodiscard]] bool asleep() const noexcept;  ///< in D3hot
    void wake() noexcept;                        ///< into D0
    /// Forgets the messages that are held back.
    void clear_pending() noexcept;
    [[nodiscard]] bool io_enabled() const noexcept;
    [[nodiscard]] bool memory_enabled() const noexcept;  ///< false also while asleep (D3hot)
    [[nodiscard]] bool bus_master() const noexcept;      ///< false also while asleep
    /// Where software has placed a BAR, without its type bits; 0 for regions the card lacks.
    [[nodiscard]] std::uint64_t bar_address(RegionNumber region) const noexcept;

    /// The level of the card's line, as the status register shows it.
    void set_interrupt_line(bool asserted) noexcept;
    [[nodiscard]] bool interrupt_disabled() const noexcept;
    /// Whether INTA is to be driven now: line asserted, not disabled, neither MSI nor MSI-X on, not
    /// asleep.
    [[nodiscard]] bool intx_asserted() const noexcept;

    [[nodiscard]] bool msi_enabled() const noexcept;
    [[nodiscard]] unsigned msi_vectors_enabled() const noexcept;  ///< 1…32; 0 while MSI is off
    [[nodiscard]] bool msi_masked(unsigned vector) const noexcept;
    [[nodiscard]] InterruptMessage msi_message(unsigned vector) const noexcept;
    /// What a host does when the card signals a vector that is masked: its pending bit is set.
    void set_msi_pending(unsigned vector) noexcept;
    /// The vectors that are pending and no longer masked, one bit each; they stop being pending.
    /// A host asks after each write to the space and sends what it is given.
    [[nodiscard]] std::uint32_t take_msi_unmasked() noexcept;

    [[nodiscard]] bool msix_enabled() const noexcept;
    [[nodiscard]] bool msix_function_masked() const noexcept;

private:
    void describe_header(const Description& description) noexcept;
    void describe_bars(const Description& description) noexcept;
    void add_power_management(bool keeps_state) noexcept;
    void add_msi(unsigned vectors, bool maskable) noexcept;
    void add_msix(const Description& description) noexcept;
    std::uint32_t add_capability(std::uint8_t id, std::uint32_t length) noexcept;

    void set(std::uint32_t offset, unsigned width, std::uint64_t value) noexcept;
    void allow(std::uint32_t offset, unsigned width, std::uint64_t mask) noexcept;
    [[nodiscard]] std::uint32_t get(std::uint32_t offset, unsigned width) const noexcept;
    [[nodiscard]] bool msi_maskable() const noexcept;
    /// After a write: what hardware does not accept.
    void correct(std::uint32_t power_before) noexcept;

    std::array<std::uint8_t, size> bytes_{};
    std::array<std::uint8_t, size> initial_{};   // what reset restores
    std::array<std::uint8_t, size> writable_{};  // bits that software may change
    std::uint32_t last_link_ = 0x34;             // where the next capability's offset goes
    std::uint32_t next_free_ = 0x40;
    // Offsets of the capabilities; 0 where the card has none.
    std::uint32_t power_management_ = 0;
    std::uint32_t msi_ = 0;
    std::uint32_t msix_ = 0;
};

}  // namespace openbar::simulator
