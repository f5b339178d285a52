/// The PCI configuration space: its registers, their bits, and a walk along the capabilities.
///
///     namespace pci = openbar::pci;
///
///     auto configuration = device.configuration().value();
///     std::uint16_t msi = 0;
///     pci::walk_capabilities(
///         [&](std::uint32_t offset, unsigned width, std::uint32_t& value) {
///             auto read = configuration.region().read_width(offset, width);
///             if (read) value = static_cast<std::uint32_t>(*read);
///             return read.has_value();
///         },
///         [&](const pci::CapabilityPlace& place) {
///             if (place.id == pci::capability::msi) msi = place.offset;
///             return msi == 0;                               // go on until it is found
///         });
///     std::cout << msi << "\n";                              // prints 64
///
/// For programs, models of cards and the Windows driver: it needs no library, only `<cstdint>`.
/// Offsets and widths are in bytes.
///
/// Sources: PCI Local Bus Specification 3.0, chapter 6 and appendix H; PCI Bus Power Management
/// Interface Specification 1.2, chapter 3; PCI Express Base Specification 3.0, chapter 7. Names as
/// in `linux/pci_regs.h`.
#pragma once

#include <cstdint>

namespace openbar::pci {

// The header.
inline constexpr std::uint32_t vendor_id = 0x00;
inline constexpr std::uint32_t device_id = 0x02;
inline constexpr std::uint32_t command = 0x04;
inline constexpr std::uint32_t status = 0x06;
inline constexpr std::uint32_t revision = 0x08;
inline constexpr std::uint32_t class_code = 0x09;  ///< 3 bytes: interface, subclass, base class
inline constexpr std::uint32_t cache_line_size = 0x0c;
inline constexpr std::uint32_t latency_timer = 0x0d;
inline constexpr std::uint32_t header_type = 0x0e;
inline constexpr std::uint32_t bar0 = 0x10;  ///< and bar1 to bar5, 4 bytes each
inline constexpr std::uint32_t subsystem_vendor_id = 0x2c;
inline constexpr std::uint32_t subsystem_id = 0x2e;
inline constexpr std::uint32_t rom_address = 0x30;
inline constexpr std::uint32_t capability_list = 0x34;
inline constexpr std::uint32_t cardbus_capability_list = 0x14;  ///< of a header of type 2
inline constexpr std::uint32_t interrupt_line = 0x3c;
inline constexpr std::uint32_t interrupt_pin = 0x3d;
inline constexpr std::uint32_t header_size = 0x40;
inline constexpr std::uint32_t conventional_size = 0x100;
inline constexpr std::uint32_t express_size = 0x1000;

/// 32 bits read as this if no function answers.
inline constexpr std::uint32_t absent = 0xffffffff;
/// A vendor id reads as this if no function answers, and always in a virtual function: read it in
/// the physical function.
inline constexpr std::uint16_t no_vendor = 0xffff;

// Bits of the command register.
inline constexpr std::uint16_t command_io = 1U << 0;
inline constexpr std::uint16_t command_memory = 1U << 1;
inline constexpr std::uint16_t command_bus_master = 1U << 2;
inline constexpr std::uint16_t command_parity_response = 1U << 6;
inline constexpr std::uint16_t command_system_error = 1U << 8;
inline constexpr std::uint16_t command_interrupt_disable = 1U << 10;  ///< since PCI 2.3

// Bits of the status register.
inline constexpr std::uint16_t status_interrupt = 1U << 3;  ///< since PCI 2.3
inline constexpr std::uint16_t status_capability_list = 1U << 4;

// Bits of the header type.
inline constexpr std::uint8_t header_layout = 0x7f;  ///< 0: device, 1: bridge, 2: CardBus
inline constexpr std::uint8_t header_cardbus = 2;
inline constexpr std::uint8_t header_several_functions = 0x80;

// Bits of a BAR.
inline constexpr std::uint32_t bar_is_io = 1U << 0;
inline constexpr std::uint32_t bar_type = 3U << 1;
inline constexpr std::uint32_t bar_is_64bit = 2U << 1;
inline constexpr std::uint32_t bar_prefetchable = 1U << 3;
inline constexpr std::uint32_t bar_memory_address = ~0xfU;
inline constexpr std::uint32_t bar_io_address = ~0x3U;
inline constexpr std::uint32_t rom_enable = 1U << 0;
inline constexpr std::uint32_t rom_address_mask = ~0x7ffU;

/// Ids of capabilities in the conventional list.
namespace capability {
inline constexpr std::uint16_t power_management = 0x01;
inline constexpr std::uint16_t vital_product_data = 0x03;
inline constexpr std::uint16_t msi = 0x05;
inline constexpr std::uint16_t vendor_specific = 0x09;
inline constexpr std::uint16_t express = 0x10;
inline constexpr std::uint16_t msix = 0x11;
inline constexpr std::uint16_t advanced_features = 0x13;
}  // namespace capability

/// Ids of capabilities in the extended list.
namespace extended_capability {
inline constexpr std::uint16_t advanced_error_reporting = 0x0001;
inline constexpr std::uint16_t vendor_specific = 0x000b;
inline constexpr std::uint16_t sr_iov = 0x0010;
}  // namespace extended_capability

// Offsets in the capabilities, from their start, and bits there.
inline constexpr std::uint32_t msi_control = 2;
inline constexpr std::uint16_t msi_enable = 1U << 0;
inline constexpr std::uint16_t msi_multiple_capable = 7U << 1;
inline constexpr std::uint16_t msi_multiple_enable = 7U << 4;
inline constexpr std::uint16_t msi_64bit = 1U << 7;
inline constexpr std::uint16_t msi_maskable = 1U << 8;
inline constexpr std::uint32_t msi_address = 4;
// With a 64-bit address (`msi_64bit`):
inline constexpr std::uint32_t msi_address_high = 8;
inline constexpr std::uint32_t msi_data = 12;
inline constexpr std::uint32_t msi_mask = 16;  ///< this and the next if `msi_maskable`
inline constexpr std::uint32_t msi_pending = 20;

inline constexpr std::uint32_t msix_control = 2;
inline constexpr std::uint32_t msix_table = 4;
inline constexpr std::uint32_t msix_pending = 8;
inline constexpr std::uint16_t msix_table_size = 0x7ff;  ///< vectors less one
inline constexpr std::uint16_t msix_function_mask = 1U << 14;
inline constexpr std::uint16_t msix_enable = 1U << 15;
inline constexpr std::uint32_t msix_bar = 7;  ///< the BAR, in the table and pending registers
inline constexpr std::uint32_t msix_entry_size = 16;
inline constexpr std::uint32_t msix_vector_control = 12;  ///< in an entry; bit 0 masks

inline constexpr std::uint32_t sr_iov_control = 8;
inline constexpr std::uint16_t sr_iov_vf_enable = 1U << 0;
inline constexpr std::uint16_t sr_iov_vf_memory_enable = 1U << 3;

inline constexpr std::uint32_t power_capabilities = 2;
inline constexpr std::uint32_t power_control = 4;
inline constexpr std::uint16_t power_no_soft_reset = 1U << 3;  ///< D3hot keeps the state
inline constexpr std::uint16_t power_state = 3;                ///< 0: D0 … 3: D3hot

/// One capability in the list.
struct CapabilityPlace {
    std::uint16_t id = 0;
    std::uint16_t offset = 0;
    bool extended = false;
    std::uint8_t version = 0;  ///< of an extended capability
    std::uint16_t next = 0;    ///< the next one of the extended list; 0: none
};

/// How a walk ended. The list comes from the device and may be broken.
enum class ListEnd : std::uint8_t {
    complete,     ///< at the end of the list
    stopped,      ///< `visit` returned false
    unreadable,   ///< `read` returned false
    into_header,  ///< the list points into the header
    outside,      ///< … or outside of the configuration space
    circle,       ///< … or back to an earlier entry
};

struct ListWalk {
    ListEnd end = ListEnd::complete;
    std::uint16_t offset = 0;  ///< of the fault
};

namespace detail {

/// Which places of a list have been visited, one bit each.
template <std::uint32_t First, std::uint32_t End>
class Visited {
public:
    /// False if it has been there.
    constexpr bool add(std::uint32_t offset) noexcept {
        const std::uint32_t place = (offset - First) / 4;
        const std::uint64_t bit = std::uint64_t{1} << (place % 64);
        if ((places_[place / 64] & bit) != 0) return false;
        places_[place / 64] |= bit;
        return true;
    }

private:
    std::uint64_t places_[((End - First) / 4 + 63) / 64]{};
};

}  // namespace detail

/// Calls `visit(CapabilityPlace)` for each capability of the conventional list, in the list's
/// order, until it returns false. `read(offset, width, value)` reads 1, 2 or 4 bytes and returns
/// whether it could. Ends for every list, however broken, after 48 capabilities at most.
template <typename Read, typename Visit>
constexpr ListWalk walk_capabilities(Read&& read, Visit&& visit) {
    std::uint32_t value = 0;
    if (!read(status, 2U, value)) return {ListEnd::unreadable, status};
    if ((value & status_capability_list) == 0) return {};
    if (!read(header_type, 1U, value)) return {ListEnd::unreadable, header_type};
    const std::uint32_t start =
        (value & header_layout) == header_cardbus ? cardbus_capability_list : capability_list;
    if (!read(start, 1U, value)) return {ListEnd::unreadable, static_cast<std::uint16_t>(start)};
    detail::Visited<header_size, conventional_size> visited;
    while ((value & 0xfc) != 0) {  // the lowest two bits are reserved
        const auto offset = static_cast<std::uint16_t>(value & 0xfc);
        if (offset < header_size) return {ListEnd::into_header, offset};
        if (!visited.add(offset)) return {ListEnd::circle, offset};
        if (!read(offset, 1U, value)) return {ListEnd::unreadable, offset};
        if (!visit(CapabilityPlace{.id = static_cast<std::uint16_t>(value), .offset = offset}))
            return {ListEnd::stopped, offset};
        if (!read(offset + 1U, 1U, value)) return {ListEnd::unreadable, offset};
    }
    return {};
}

/// The same for the extended list of a configuration space of `size` bytes.
template <typename Read, typename Visit>
constexpr ListWalk walk_extended_capabilities(std::uint32_t size, Read&& read, Visit&& visit) {
    if (size > express_size) size = express_size;
    if (size <= conventional_size) return {};
    detail::Visited<conventional_size, express_size> visited;
    for (std::uint32_t at = conventional_size; at != 0;) {
        const auto offset = static_cast<std::uint16_t>(at);
        if (at < conventional_size || at + 4 > size) return {ListEnd::outside, offset};
        if (!visited.add(at)) return {ListEnd::circle, offset};
        std::uint32_t header = 0;
        if (!read(at, 4U, header)) return {ListEnd::unreadable, offset};
        if (header == 0 || header == ~std::uint32_t{0}) return {};
        const CapabilityPlace place{static_cast<std::uint16_t>(header & 0xffff), offset, true,
                                    static_cast<std::uint8_t>(header >> 16 & 0xf),
                                    static_cast<std::uint16_t>(header >> 20 & 0xffc)};
        if (!visit(place)) return {ListEnd::stopped, offset};
        at = place.next;
    }
    return {};
}

}  // namespace openbar::pci
