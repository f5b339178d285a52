/// A device: one PCI function, platform peripheral or simulated card, opened for this process.
///
///     auto device = openbar::Device::open("sim:edu");   // or "0000:00:04.0", "pci:1234:11e8", …
///     if (!device) { std::cerr << device.error() << "\n"; return 1; }
///     auto registers = device->registers(0).value();    // BAR 0
///     device->set_bus_master(true).value();             // for DMA, MSI and MSI-X
///     auto done = device->vector(0).value();
///
/// `open` chooses the back end. `info()` names it and lists its capabilities; otherwise all back
/// ends behave alike. Every object from a device (Region, Mapping, Interrupt, DmaBuffer,
/// PinnedMemory) keeps it open, so the order of destruction does not matter.
#pragma once

#include "openbar/address.hpp"
#include "openbar/dma.hpp"
#include "openbar/events.hpp"
#include "openbar/interrupt.hpp"
#include "openbar/mapping.hpp"
#include "openbar/pinned_memory.hpp"
#include "openbar/region.hpp"
#include "openbar/register_program.hpp"
#include "openbar/registers.hpp"
#include "openbar/result.hpp"
#include "openbar/vf_token.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openbar {

class Backend;
class Configuration;

/// The identity of a PCI function, from its configuration space. The system knows the ids of an
/// SR-IOV virtual function, whose own configuration space has 0xffff.
struct PciIdentity {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint16_t subsystem_vendor = 0;
    std::uint16_t subsystem = 0;
    std::uint32_t class_code = 0;  ///< 24 bits: base class, subclass, programming interface
    std::uint8_t revision = 0;
};

/// The place of an SR-IOV virtual function.
struct VirtualFunction {
    PciAddress physical;       ///< the physical function
    std::uint32_t number = 0;  ///< among its virtual functions, from 0
    friend bool operator==(const VirtualFunction&, const VirtualFunction&) = default;
};

/// Whether the back end offers something for this device, and if not, why and how to get it.
struct Capability {
    bool offered = false;
    std::string why_not{};  ///< empty if it is offered
    std::string hint{};     ///< often a command; empty if none is known or needed
    explicit operator bool() const noexcept { return offered; }
};

struct Capabilities {
    Capability mapping;          ///< at least one region can be mapped
    Capability write_combining;  ///< at least one region can be mapped write-combining
    Capability configuration;    ///< the configuration space can be read
    Capability interrupts;
    Capability dma;  ///< DMA buffers and pinned memory
    Capability reset;
    Capability events;  ///< some of them, see `events.hpp`
};

struct DeviceInfo {
    std::string address;  ///< canonical: "0000:00:04.0", "sim:edu"
    BackendKind backend = BackendKind::sysfs;
    std::optional<PciAddress> pci{};
    std::optional<PciIdentity> identity{};
    std::optional<VirtualFunction> virtual_function{};  ///< Linux, of an SR-IOV virtual function
    std::string kernel_driver{};                        ///< the driver it is bound to, or empty
    std::optional<std::uint32_t> iommu_group{};         ///< Linux
    std::vector<RegionInfo> regions{};                  ///< present regions only, by rising index
    std::vector<VectorInfo> vectors{};                  ///< kinds present, the best first
    Capabilities capabilities{};
};

struct OpenOptions {
    /// Opens a device that another program has open, to inspect it. Otherwise `open` returns
    /// `busy`; through vfio it always does. Through uio, a shared device enables no vector
    /// (`busy`).
    bool shared = false;
    /// For vfio: see `vf_token.hpp`. Other back ends refuse one (`unsupported`).
    std::optional<VfToken> vf_token{};
};

/// A handle on one opening. Copies are cheap and refer to the same opening. The device closes with
/// the last copy and the last object from it.
///
/// Thread-safety: any number of threads may call all members at once.
///
/// `fork`: the device stays the parent's. The child inherits the descriptors and the mappings of
/// BARs, but no DMA buffers. If the child destroys objects of vfio, uio, sysfs or sim, the parent
/// is not affected; it must not destroy those of vfio_user. Requests to a card of sim return
/// `removed` in the child. The child should call `exec` or `_exit` at once. A daemon forks before
/// it opens a device.
class Device {
public:
    /// Opens a device by its address (see `address.hpp`).
    ///
    /// openbar writes nothing to the device. The kernel wakes it and enables decoding of its
    /// regions. On close, Linux leaves decoding on and turns bus mastering off (drivers/pci/pci.c,
    /// do_pci_disable_device). Through vfio, on open and on close, the kernel turns bus mastering
    /// off and resets the function, if it can: registers do not keep their values between two
    /// openings (drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_enable and vfio_pci_core_disable).
    ///
    /// Errors, with a hint how to fix them: invalid_argument (malformed address); not_found;
    /// ambiguous (several functions match `pci:`); permission_denied; busy (another program has it
    /// open, or a kernel driver owns it); unsupported (no such back end on this system, or no
    /// IOMMU).
    [[nodiscard]] static Result<Device> open(std::string_view address, OpenOptions options = {});
    [[nodiscard]] static Result<Device> open(const DeviceAddress& address,
                                             OpenOptions options = {});

    [[nodiscard]] const DeviceInfo& info() const noexcept;

    /// The registers of a region, for access by name: mapped if possible, by requests otherwise
    /// (see `registers.hpp`). Registers of simulated cards are not mapped: a request costs less
    /// than a trap. `options` apply to the mapping. Errors: those of `map`, except unsupported.
    [[nodiscard]] Result<Registers> registers(RegionIndex index, MapOptions options = {}) const;

    /// A handle for request access. Error: not_found, with a list of the regions.
    [[nodiscard]] Result<Region> region(RegionIndex index) const;

    /// Prepares a register program (see `register_program.hpp`), and checks every step. Errors, which
    /// name the step: not_found (no such region); those of `Region::read` that need no access;
    /// invalid_argument (no steps, more than 256, more than 1 s).
    [[nodiscard]] Result<RegisterProgram> program(const RegisterSteps& steps) const;

    /// Maps a region, or part of it. Errors: not_found; unsupported (port I/O, or not mappable; the
    /// error has the reason); out_of_range, also if a sum wraps; misaligned; disabled; removed.
    [[nodiscard]] Result<Mapping> map(RegionIndex index, MapOptions options = {}) const;

    /// Enables vector `index` (from 0) of the best kind that device and back end offer: MSI-X, then
    /// MSI, then INTx. MSI and MSI-X are writes to memory. They need `set_bus_master(true)`; VFIO
    /// opens devices with bus mastering off. Errors: not_found (no such vector); unsupported (no
    /// interrupts through this back end); busy (the vector is in use, or another kind is).
    [[nodiscard]] Result<Interrupt> vector(std::uint32_t index) const;
    /// The same for one kind.
    [[nodiscard]] Result<Interrupt> vector(InterruptKind kind, std::uint32_t index) const;

    /// Events of the whole device: removal, reset, an error that it reports (see `events.hpp`).
    /// Errors: unsupported (the back end reports none); resource_exhausted.
    [[nodiscard]] Result<Events> events() const;

    /// The PCI configuration space, with its standard registers and capabilities by name (see
    /// `configuration.hpp`). Error: unsupported if the device has none.
    [[nodiscard]] Result<Configuration> configuration() const;

    /// Allocates memory for DMA: `size` bytes, zeroed and locked (see `dma.hpp`). Errors:
    /// invalid_argument (0 bytes, more than the address space, or an alignment that is not a power
    /// of two); out_of_range (more than the device can address); resource_exhausted (memory, the
    /// limit of locked memory, or bus addresses: the cause says which); unsupported (no DMA through
    /// this back end; the error has the reason); removed. After an error nothing stays allocated or
    /// mapped.
    [[nodiscard]] Result<DmaBuffer> allocate_dma(std::uint64_t size,
                                                 DmaConstraints constraints = {}) const;

    /// Gives the device access to the caller's memory, of any address and length, until the result
    /// is destroyed (see `pinned_memory.hpp`). The memory must stay valid until then. Errors: those
    /// of `allocate_dma`; invalid_argument also if the memory is not mapped, or if the device may
    /// write it and the process may not.
    [[nodiscard]] Result<PinnedMemory> pin(std::span<std::byte> memory,
                                           PinOptions options = {}) const;
    /// The same for memory that the device only reads, such as a read-only file mapping.
    /// `options.access` is ignored.
    [[nodiscard]] Result<PinnedMemory> pin_read_only(std::span<const std::byte> memory,
                                                     PinOptions options = {}) const;

    /// Gives the device access to a mapped region of another device, for transfers between the two
    /// without the processor ("peer to peer"), until the result is destroyed. The mapping stays as
    /// long. The IOMMU lets the transfers through; whether they reach the other device depends on
    /// the switches and bridges between the two. Offers: vfio by groups; a simulated card, for
    /// mappings that are memory. Errors: those of `pin`; invalid_argument also if this kernel cannot
    /// map such memory for a device (iommufd).
    [[nodiscard]] Result<PinnedMemory> pin_peer(const Mapping& peer, PinOptions options = {}) const;

    /// Turns bus mastering (DMA, MSI, MSI-X) on or off, by the bit in the command register. Takes
    /// effect at once; transactions that are already on the bus complete. On Windows it stays on
    /// while a message vector is enabled. Errors: unsupported;
    /// permission_denied (Windows: the administrator has not allowed DMA, see
    /// docs/driver-contract.md); removed; io.
    [[nodiscard]] Result<void> set_bus_master(bool enabled) const;

    /// Resets the function and returns when it answers again. The kernel or the driver chooses the
    /// kind of reset. A transfer in progress is aborted: set up the device again before using its
    /// buffers.
    ///
    /// - Linux and simulated cards: mappings, enabled vectors, and DMA memory with its bus
    ///   addresses stay valid. The kernel restores the configuration space: BARs, command register,
    ///   MSI, MSI-X (drivers/pci/pci.c, pci_reset_function). Through vfio an access to a mapping
    ///   waits for the end of the reset. Through sysfs and uio it reaches a device that does not
    ///   answer, so make none.
    /// - Windows: DMA memory stays valid, and bus mastering is off afterwards. `busy` while any
    ///   program has mappings or vectors, or another program is the bus master.
    ///
    /// Errors: unsupported, with the reason; busy (Windows, as above); io.
    [[nodiscard]] Result<void> reset() const;

    /// Resets the bus or slot of the function, with all functions on it (vfio: "hot reset"), for
    /// functions that cannot be reset alone. All of them must be bound to vfio-pci, and the program
    /// must have a device of each of their IOMMU groups open. Otherwise as `reset`; each open device
    /// of the bus reports `DeviceEvent::reset`. Errors: unsupported (other back ends; the kernel
    /// cannot reset this bus); busy (another function is not this program's); io.
    [[nodiscard]] Result<void> reset_bus() const;

private:
    explicit Device(std::shared_ptr<Backend> backend) noexcept : backend_(std::move(backend)) {}

    std::shared_ptr<Backend> backend_;
};

}  // namespace openbar
