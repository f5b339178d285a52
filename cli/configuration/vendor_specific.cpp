// The vendor-specific capability: its length, and what virtio devices put behind that (Virtual I/O
// Device (VIRTIO) Version 1.2, section 4.1.4: struct virtio_pci_cap; linux/virtio_pci.h).
#include "cli/configuration/capability_layouts.hpp"

#include <array>

namespace openbar::cli {
namespace {

constexpr std::array type_fields{
    Field{7, 0, "Type", ",CommonCfg,Notify,ISR,DeviceCfg,PCICfg,,,SharedMemory,Vendor"}};

constexpr std::uint32_t notify = 2;
constexpr std::uint32_t shared_memory = 8;

// The ids of virtio devices: section 4.1.2.
bool is_virtio(const CapabilityOwner& owner) {
    return owner.vendor == 0x1af4 && owner.device >= 0x1000 && owner.device <= 0x107f;
}
std::uint32_t virtio_type(const CapabilityOwner& owner) {
    return owner.header >> 24;
}
bool is_notification(const CapabilityOwner& owner) {
    return is_virtio(owner) && virtio_type(owner) == notify;
}
bool is_shared_memory(const CapabilityOwner& owner) {
    return is_virtio(owner) && virtio_type(owner) == shared_memory;
}

// What a PCICfg capability (type 5) has at 16 is left out: reading it reads the device.
constexpr std::array virtio_layout{
    RegisterLayout{"length", 2, 1},
    RegisterLayout{"virtio_type", 3, 1, type_fields, is_virtio},
    RegisterLayout{"virtio_bar", 4, 1, {}, is_virtio},
    RegisterLayout{"virtio_id", 5, 1, {}, is_virtio},
    RegisterLayout{"virtio_offset", 8, 4, {}, is_virtio},
    RegisterLayout{"virtio_size", 12, 4, {}, is_virtio},
    RegisterLayout{"virtio_notify_multiplier", 16, 4, {}, is_notification},
    RegisterLayout{"virtio_offset_high", 16, 4, {}, is_shared_memory},
    RegisterLayout{"virtio_size_high", 20, 4, {}, is_shared_memory}};

}  // namespace

std::span<const RegisterLayout> vendor_specific_registers() {
    return virtio_layout;
}

}  // namespace openbar::cli
