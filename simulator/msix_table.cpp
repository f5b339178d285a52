#include "simulator/msix_table.hpp"

#include "openbar/pci_registers.hpp"

#include <algorithm>
#include <cstddef>

namespace openbar::simulator {
MsixTable::MsixTable(const Description& description)
    : region_(description.msix_region),
      start_(description.msix_offset),
      vectors_(description.msix_vectors),
      bytes_(description.msix_vectors != 0 ? end_offset(description) - description.msix_offset
                                           : 0) {
    reset();
}

std::optional<std::uint64_t> MsixTable::offset_of(RegionNumber region,
                                                  std::uint64_t offset) const noexcept {
    if (region != region_ || offset < start_ || offset - start_ >= bytes_.size()) return {};
    return offset - start_;
}

std::uint64_t MsixTable::read(std::uint64_t offset, unsigned width) const noexcept {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width && i < 8 && offset + i < bytes_.size(); ++i)
        value |= static_cast<std::uint64_t>(bytes_[offset + i]) << (8 * i);
    return value;
}

void MsixTable::write(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept {
    for (unsigned i = 0; i < width && i < 8; ++i) {
        const std::uint64_t at = offset + i;
        if (at >= entry_size * vectors_) return;
        const auto byte = static_cast<std::uint8_t>(value >> (8 * i));
        const std::uint64_t field = at % entry_size;
        if (field < pci::msix_vector_control)
            bytes_[at] = byte;
        else if (field == pci::msix_vector_control)
            bytes_[at] = byte & 1;
    }
}

void MsixTable::reset() noexcept {
    for (std::uint8_t& byte : bytes_) byte = 0;
    for (std::uint64_t vector = 0; vector < vectors_; ++vector)
        bytes_[entry_size * vector + pci::msix_vector_control] = 1;
}

bool MsixTable::masked(unsigned vector) const noexcept {
    return vector >= vectors_ || (bytes_[entry_size * vector + pci::msix_vector_control] & 1) != 0;
}

InterruptMessage MsixTable::message(unsigned vector) const noexcept {
    if (vector >= vectors_) return {};
    const std::uint64_t entry = entry_size * vector;
    // The two low bits of the address are reserved: a message is one aligned store.
    return {read(entry, 8) & ~std::uint64_t{3}, static_cast<std::uint32_t>(read(entry + 8, 4))};
}

void MsixTable::set_pending(unsigned vector) noexcept {
    if (vector >= vectors_) return;
    bytes_[entry_size * vectors_ + vector / 8] |= static_cast<std::uint8_t>(1u << (vector % 8));
}

void MsixTable::clear_pending() noexcept {
    std::fill(bytes_.begin() + static_cast<std::ptrdiff_t>(entry_size * vectors_), bytes_.end(),
              std::uint8_t{0});
}

bool MsixTable::take_unmasked(unsigned vector) noexcept {
    if (masked(vector)) return false;
    std::uint8_t& pending = bytes_[entry_size * vectors_ + vector / 8];
    const auto bit = static_cast<std::uint8_t>(1u << (vector % 8));
    const bool was = (pending & bit) != 0;
    pending &= static_cast<std::uint8_t>(~bit);
    return was;
}

}  // namespace openbar::simulator
