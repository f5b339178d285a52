#include "driver/core/configuration.hpp"

#include "driver/core/memory.hpp"

namespace openbar::driver {
namespace {

constexpr unsigned most_capabilities = (pci::conventional_size - pci::header_size) / 4;

std::uint32_t field(Kernel& kernel, std::uint32_t offset, unsigned width) {
    std::uint32_t value = 0;
    if (!read_field(kernel, offset, width, value)) return 0;
    return value;
}

/// For the walks along capabilities. What cannot be read is 0, as in `field`.
struct Reader {
    Kernel& kernel;
    bool operator()(std::uint32_t offset, unsigned width, std::uint32_t& value) const {
        value = field(kernel, offset, width);
        return true;
    }
};

void set_writable(Configuration& space, std::uint32_t first, std::uint32_t end, bool yes) {
    for (std::uint32_t at = first; at < end && at < space.size; ++at) {
        const auto bit = static_cast<std::uint8_t>(1u << (at % 8));
        std::uint8_t& byte = space.writable[at / 8];
        byte = static_cast<std::uint8_t>(yes ? byte | bit : byte & ~bit);
    }
}

void read_bars(Kernel& kernel, Configuration& space) {
    const std::uint32_t count = space.header_type == 0 ? 6 : space.header_type == 1 ? 2 : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        Bar& bar = space.bars[i];
        const std::uint32_t low = field(kernel, 0x10 + 4 * i, 4);
        bar.present = true;
        bar.is_port = (low & 1) != 0;
        bar.address = bar.is_port ? low & ~3u : low & ~15u;
        bar.is_64bit = !bar.is_port && (low & 6) == 4 && i + 1 < count;
        if (!bar.is_64bit) continue;
        bar.address |= std::uint64_t{field(kernel, 0x14 + 4 * i, 4)} << 32;
        ++i;  // its upper half is not a separate BAR
    }
    if (space.header_type != 0) return;
    const std::uint32_t rom = field(kernel, 0x30, 4);
    space.bars[6].present = (rom & 1) != 0;
    space.bars[6].address = rom & ~0x7ffu;
}

void read_msix(Kernel& kernel, Configuration& space, std::uint8_t at) {
    space.msix = at;
    space.msix_count = static_cast<std::uint16_t>((field(kernel, at + 2u, 2) & 0x7ff) + 1);
    const std::uint32_t table = field(kernel, at + 4u, 4);
    space.msix_bar = static_cast<std::uint8_t>(table & 7);
    space.msix_offset = table & ~7u;
}

// What stays closed of one capability: from its start, so many bytes. Those not listed are closed
// up to the next capability, because their length is not known. What power management, MSI,
// MSI-X and PCI Express hold is the operating system's.
std::uint32_t closed_bytes(std::uint8_t id, std::uint32_t until_next) {
    switch (id) {
        case pci::capability::power_management: return 8;
        case pci::capability::msi: return 24;
        case pci::capability::msix: return 12;
        case pci::capability::express: return 0x3c;
        case pci::capability::advanced_features: return 6;
        default: return until_next;
    }
}

std::uint32_t next_start(const std::uint8_t* starts, unsigned count, std::uint8_t at) {
    std::uint32_t next = 256;
    for (unsigned i = 0; i < count; ++i)
        if (starts[i] > at && starts[i] < next) next = starts[i];
    return next;
}

void close_capability(Kernel& kernel, Configuration& space, std::uint8_t id, std::uint8_t at,
                      std::uint32_t next) {
    if (id == pci::capability::vital_product_data) return set_writable(space, at, at + 2u, false);
    if (id == pci::capability::vendor_specific) {
        const std::uint32_t length = field(kernel, at + 2u, 1);
        if (length >= 3 && at + length <= next) return set_writable(space, at, at + 3u, false);
    }
    const std::uint32_t closed = closed_bytes(id, next - at);
    set_writable(space, at, at + closed, false);
}

void read_capabilities(Kernel& kernel, Configuration& space) {
    std::uint8_t starts[most_capabilities];
    std::uint8_t ids[most_capabilities];
    unsigned count = 0;
    pci::walk_capabilities(Reader{kernel}, [&](const pci::CapabilityPlace& place) {
        starts[count] = static_cast<std::uint8_t>(place.offset);
        ids[count] = static_cast<std::uint8_t>(place.id);
        return ++count < most_capabilities;
    });
    for (unsigned i = 0; i < count; ++i) {
        if (ids[i] == pci::capability::express) space.express = starts[i];
        if (ids[i] == pci::capability::msi) space.msi = starts[i];
        if (ids[i] == pci::capability::msix) read_msix(kernel, space, starts[i]);
        if (ids[i] == pci::capability::advanced_features) space.advanced_features = starts[i];
        close_capability(kernel, space, ids[i], starts[i], next_start(starts, count, starts[i]));
    }
}

// Everything beyond 0x100 is closed (error reporting, ACS, SR-IOV, resizable BARs, PASID …) but
// the body of the vendor's own capabilities.
void read_extended(Kernel& kernel, Configuration& space) {
    pci::walk_extended_capabilities(
        space.size, Reader{kernel}, [&](const pci::CapabilityPlace& place) {
            const std::uint32_t at = place.offset;
            if (place.id != pci::extended_capability::vendor_specific || at > space.size - 8)
                return true;
            const std::uint32_t length = field(kernel, at + 4, 4) >> 20;
            if (length > 8 && (place.next <= at || at + length <= place.next))
                set_writable(space, at + 8, at + length, true);
            return true;
        });
}

// Bridges, memory controllers and system peripherals keep the machine's own controls (address
// decoding, SMRAM, IOMMU) in their device-specific bytes.
bool is_part_of_the_machine(const Configuration& space) {
    const std::uint32_t base = space.class_code >> 16;
    return space.header_type != 0 || base == 0x05 || base == 0x06 || base == 0x08;
}

void read_identity(Kernel& kernel, Configuration& space, std::uint32_t ids) {
    space.vendor = static_cast<std::uint16_t>(ids);
    space.device = static_cast<std::uint16_t>(ids >> 16);
    const std::uint32_t class_and_revision = field(kernel, 0x08, 4);
    space.class_code = class_and_revision >> 8;
    space.revision = static_cast<std::uint8_t>(class_and_revision);
    space.header_type = static_cast<std::uint8_t>(field(kernel, 0x0e, 1) & 0x7f);
    if (space.header_type != 0) return;
    space.subsystem_vendor = static_cast<std::uint16_t>(field(kernel, 0x2c, 2));
    space.subsystem = static_cast<std::uint16_t>(field(kernel, 0x2e, 2));
}

}  // namespace

bool read_field(Kernel& kernel, std::uint32_t offset, unsigned width, std::uint32_t& value) {
    std::uint32_t bytes = 0;  // little-endian, as every processor that Windows runs on
    if (!kernel.read_configuration(offset, &bytes, width)) return false;
    value = bytes;
    return true;
}

bool write_field(Kernel& kernel, std::uint32_t offset, unsigned width, std::uint32_t value) {
    return kernel.write_configuration(offset, &value, width);
}

void Configuration::read(Kernel& kernel) {
    *this = Configuration{};
    std::uint32_t ids = pci::absent;
    if (!read_field(kernel, 0, 4, ids) || (ids & 0xffff) == 0xffff) return;
    readable = true;
    std::uint32_t beyond = 0;
    size = read_field(kernel, 0x100, 4, beyond) && beyond != pci::absent ? 4096 : 256;
    read_identity(kernel, *this, ids);
    read_bars(kernel, *this);
    if (!is_part_of_the_machine(*this)) {
        set_writable(*this, pci::status, pci::status + 2, true);  // error bits, cleared by 1
        set_writable(*this, 0x0c, 0x0e, true);                    // cache line, latency timer
        set_writable(*this, 0x40, 0x100, true);
    }
    read_capabilities(kernel, *this);
    if (size == 4096 && !is_part_of_the_machine(*this)) {
        if (express == 0)
            size = 256;  // a conventional function: the first 256 bytes may repeat up there
        else
            read_extended(kernel, *this);
    }
}

bool Configuration::may_write(std::uint32_t offset, std::uint32_t length) const {
    if (offset >= size || length > size - offset) return false;
    for (std::uint32_t at = offset; at < offset + length; ++at)
        if ((writable[at / 8] & (1u << (at % 8))) == 0) return false;
    return length != 0;
}

}  // namespace openbar::driver
