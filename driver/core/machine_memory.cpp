// The configuration space of PCI Express lies where the firmware has put it, and Windows does not count
// it as RAM. Whoever reaches it moves any function's BARs and masters the bus with any card.
#include "driver/core/machine_memory.hpp"

#include "driver/core/interval.hpp"
#include "driver/core/memory.hpp"
#include "driver/interface/openbar_machine_ranges.h"

namespace openbar::driver {
namespace {

// The table of ACPI that says where. Source: PCI Firmware Specification 3.0, 4.1.2.
constexpr std::uint32_t mcfg = 0x4746434d;  // "MCFG"
constexpr std::uint32_t mcfg_header = 44;
constexpr std::uint32_t most_bytes = 4096;
struct Allocation {
    std::uint64_t base;
    std::uint16_t segment;
    std::uint8_t first_bus, last_bus;
    std::uint32_t reserved;
};
static_assert(sizeof(Allocation) == 16);
constexpr std::uint64_t bytes_a_bus = 1 << 20;

// What the 24 address lines of an ISA bus reach.
constexpr std::uint64_t isa_end = 1 << 24;

bool overlaps(const Allocation& allocation, const ResourceRange& range) {
    if (allocation.last_bus < allocation.first_bus) return true;  // it makes no sense: anything
    const std::uint64_t first = allocation.base + allocation.first_bus * bytes_a_bus;
    const std::uint64_t length =
        (std::uint64_t{allocation.last_bus} - allocation.first_bus + 1) * bytes_a_bus;
    if (first < allocation.base || !has_end(first, length)) return true;
    return overlap(first, length, range.start, range.length);
}

// Where the table cannot be read, the machine may have such a space anywhere but below the ISA bus's end.
bool is_configuration_space(Kernel& kernel, const ResourceRange& range) {
    if (range.start < isa_end && range.length <= isa_end - range.start) return false;
    auto* bytes = static_cast<std::uint8_t*>(kernel.allocate(most_bytes));
    if (bytes == nullptr) return true;
    const std::uint32_t length = kernel.read_firmware_table(mcfg, bytes, most_bytes);
    bool found = length < mcfg_header + sizeof(Allocation) || length > most_bytes;
    for (std::uint32_t at = mcfg_header; !found && at + sizeof(Allocation) <= length;
         at += sizeof(Allocation)) {
        Allocation allocation;
        copy_bytes(&allocation, bytes + at, sizeof allocation);
        found = overlaps(allocation, range);
    }
    kernel.free(bytes);
    return found;
}

}  // namespace

bool is_the_machines(Kernel& kernel, const ResourceRange& range) {
    const bool ports = range.kind == RangeKind::port;
    if (machine_range(ports, range.start, range.start + (range.length - 1)) != nullptr) return true;
    return !ports && is_configuration_space(kernel, range);
}

}  // namespace openbar::driver
