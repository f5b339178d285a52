/// The MSI-X table of a card and its pending bits, which a host serves for the model.
///
///     MsixTable table(model.description());
///     if (auto within = table.offset_of(region, offset)) return table.read(*within, width);
///
///     // when the card signals a vector:
///     if (table.masked(vector) || space.msix_function_masked()) table.set_pending(vector);
///     else send(table.message(vector));
///
/// Facts: PCI Local Bus Specification 3.0, section 6.8.2. A table entry is 16 bytes: address low,
/// address high, data, vector control (bit 0 masks, and is set after power-on). The pending bits
/// follow the table in the same BAR, in units of 8 bytes.
///
/// Plain C++ without system headers. Not thread-safe.
#pragma once

#include "openbar/pci_registers.hpp"

#include "simulator/model.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace openbar::simulator {

/// A message-signalled interrupt: this data, written to that address.
struct InterruptMessage {
    std::uint64_t address = 0;
    std::uint32_t data = 0;
};

class MsixTable {
public:
    static constexpr std::uint64_t entry_size = pci::msix_entry_size;

    /// Bytes from the start of the BAR to the pending bits, and to the end of these.
    static constexpr std::uint64_t pending_offset(const Description& description) {
        return description.msix_offset + entry_size * description.msix_vectors;
    }
    static constexpr std::uint64_t end_offset(const Description& description) {
        return pending_offset(description) + (description.msix_vectors + 63ull) / 64 * 8;
    }

    explicit MsixTable(const Description& description);

    /// How far into the table (or the pending bits behind it) an access lies; nothing where it
    /// is the model's.
    [[nodiscard]] std::optional<std::uint64_t> offset_of(RegionNumber region,
                                                         std::uint64_t offset) const noexcept;
    /// Any width of 1…8 bytes that `offset_of` let through. Pending bits are read-only.
    [[nodiscard]] std::uint64_t read(std::uint64_t offset, unsigned width) const noexcept;
    void write(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept;
    void reset() noexcept;

    [[nodiscard]] bool masked(unsigned vector) const noexcept;  ///< true for vectors it lacks
    [[nodiscard]] InterruptMessage message(unsigned vector) const noexcept;
    void set_pending(unsigned vector) noexcept;
    void clear_pending() noexcept;
    /// Whether the vector is pending and no longer masked; if so it stops being pending.
    [[nodiscard]] bool take_unmasked(unsigned vector) noexcept;

private:
    RegionNumber region_;
    std::uint64_t start_;
    std::uint64_t vectors_;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace openbar::simulator
