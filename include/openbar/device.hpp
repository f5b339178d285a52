/// A device: one PCI function, platform peripheral or simulated card, opened for this process.
///
///     auto device = openbar::Device::open("sim:edu");   // or "0000:00:04.0", "pci:1234:11e8", …
///     if (!device) { std::cerr << device.error() << "\n"; return 1; }
///     auto registers = device->registers(0).value();    // BAR 0
///     device->set_bus_master(true).value();             // for DMA, MSI and MSI-X
///     auto done = device->vector(0).value();
///
/// The back end is chosen while opening and does not show afterwards, except in `info()` and in
/// what `capabilities` says. Everything that a device gives (Region, Mapping, Interrupt, DmaBuffer,
/// PinnedMemory) keeps it open: the order of destruction never matters.
#pragma once

#include "openbar/address.hpp"
#include "openbar/dma.hpp"
#include "openbar/interrupt.hpp"
#include "openbar/mapping.hpp"
#include "openbar/pinned_memory.hpp"
#include "openbar/region.hpp"
#include "openbar/registers.hpp"
#include "openbar/result.hpp"

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

/// What the configuration space says a PCI function is.
struct PciIdentity {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint16_t subsystem_vendor = 0;
    std::uint16_t subsystem = 0;
    std::uint32_t class_code = 0;  ///< 24 bits: base class, subclass, programming interface
    std::uint8_t revision = 0;
};

/// Whether the back end can do something for this device, and if not, why and what would help.
struct Capability {
    bool offered = false;
    std::string why_not{};  ///< empty where it is offered
    std::string hint{};     ///< often a command; empty where none is known, or none is needed
    explicit operator bool() const noexcept { return offered; }
};

struct Capabilities {
    Capability mapping;          ///< at least one region can be mapped
    Capability write_combining;  ///< at least one region can be mapped write-combining
    Capability configuration;    ///< the configuration space can be read
    Capability interrupts;
    Capability dma;  ///< buffers and pinned memory can be given to the device
    Capability reset;
};

struct DeviceInfo {
    std::string address;  ///< canonical: "0000:00:04.0", "sim:edu"
    BackendKind backend = BackendKind::sysfs;
    std::optional<PciAddress> pci{};
    std::optional<PciIdentity> identity{};
    std::string kernel_driver{};                 ///< what it is bound to; empty: nothing
    std::optional<std::uint32_t> iommu_group{};  ///< Linux
    std::vector<RegionInfo> regions{};           ///< present regions only, by rising index
    std::vector<VectorInfo> vectors{};           ///< kinds present, the best first
    Capabilities capabilities{};
};

struct OpenOptions {
    /// Open although somebody has the device, where the back end allows that: for looking at a
    /// device that a program is working with. Without it the second opener gets `busy`, and through
    /// vfio with it too. Shared, uio enables no vector (`busy`).
    bool shared = false;
};

/// A handle on one opening. Copies are cheap and refer to the same opening. The device is closed when
/// all of them and everything that they gave are gone.
///
/// Thread-safety: all members may be called from several threads at once.
///
/// A child of `fork` inherits the descriptors and the mappings of BARs, not the DMA buffers; the
/// device stays the parent's. What the child destroys of vfio, uio and sysfs does nothing to the
/// parent; a simulated card it must not destroy. Best it calls `exec` or `_exit` at once. A program
/// that becomes a daemon does so before it opens.
class Device {
public:
    /// Opens a device by its address (see `address.hpp`).
    ///
    /// Nothing is written to the device, except that the kernel wakes it and switches decoding of
    /// its regions on where that is off. At the end it is told so; Linux leaves decoding on then,
    /// and takes bus mastering away (drivers/pci/pci.c, do_pci_disable_device). Through vfio the
    /// kernel resets a function that it can reset, when it is opened and again when it is closed,
    /// and takes bus mastering away (drivers/vfio/pci/vfio_pci_core.c, vfio_pci_core_enable and
    /// vfio_pci_core_disable): registers do not keep their values from one opening to the next.
    ///
    /// Errors: invalid_argument (malformed address); not_found; ambiguous (several match `pci:`);
    /// permission_denied; busy (another program has it, or a kernel driver owns it); unsupported
    /// (no such back end on this system, no IOMMU); each with the command that mends it.
    [[nodiscard]] static Result<Device> open(std::string_view address, OpenOptions options = {});
    [[nodiscard]] static Result<Device> open(const DeviceAddress& address,
                                             OpenOptions options = {});

    [[nodiscard]] const DeviceInfo& info() const noexcept;

    /// The registers of a region by name: mapped where that is possible, reached by requests where
    /// it is not (see `registers.hpp`). `options` are used where a mapping is possible.
    /// Errors: not_found; and those of `map` but unsupported.
    [[nodiscard]] Result<Registers> registers(RegionIndex index, MapOptions options = {}) const;

    /// A handle for request access. Error: not_found, which names the regions that there are.
    [[nodiscard]] Result<Region> region(RegionIndex index) const;

    /// Maps a region, or part of it. Errors: not_found; unsupported (port I/O, or not mappable,
    /// with the reason); out_of_range (also for sums that wrap); misaligned; disabled; removed.
    [[nodiscard]] Result<Mapping> map(RegionIndex index, MapOptions options = {}) const;

    /// Enables vector `index` (from 0) of the best kind that the device and back end offer: MSI-X,
    /// then MSI, then INTx. The first two are writes to memory: they come only from a bus master
    /// (`set_bus_master`), which vfio opens no device as. Errors: not_found (no such vector);
    /// unsupported (no interrupts through this back end); busy (that vector is in use already, or
    /// another kind is).
    [[nodiscard]] Result<Interrupt> vector(std::uint32_t index) const;
    /// The same of one kind.
    [[nodiscard]] Result<Interrupt> vector(InterruptKind kind, std::uint32_t index) const;

    /// The PCI configuration space with its standard registers and capabilities by name (see
    /// `configuration.hpp`). Error: unsupported where there is none.
    [[nodiscard]] Result<Configuration> configuration() const;

    /// Memory for the device to read and write by itself: `size` bytes, zeroed and locked (see
    /// `dma.hpp`, also for the constraints). Errors: invalid_argument (0 bytes, more than there are
    /// addresses, an alignment that is no power of two); out_of_range (a device with so few
    /// address bits cannot reach so much); resource_exhausted (memory, the limit of locked memory,
    /// or bus addresses: the cause tells which); unsupported (no DMA through this back end, with
    /// the reason); removed. After an error nothing stays allocated or mapped.
    [[nodiscard]] Result<DmaBuffer> allocate_dma(std::uint64_t size,
                                                 DmaConstraints constraints = {}) const;

    /// Gives the device memory of the caller's, at any address and of any length, until the result
    /// is destroyed (see `pinned_memory.hpp`). The memory must stay valid until then. Errors: those
    /// of `allocate_dma`; invalid_argument also for memory that is not mapped, or that the process
    /// itself may not write although the device shall.
    [[nodiscard]] Result<PinnedMemory> pin(std::span<std::byte> memory,
                                           PinOptions options = {}) const;
    /// The same for memory that the device shall only read, such as a read-only file mapping.
    /// `options.access` does not count.
    [[nodiscard]] Result<PinnedMemory> pin_read_only(std::span<const std::byte> memory,
                                                     PinOptions options = {}) const;

    /// Lets the device act as bus master (DMA, MSI, MSI-X), or not: the bit in its command
    /// register. Takes effect at once; what the device has put on the bus by then is done. Errors:
    /// unsupported; permission_denied (Windows: the administrator allows no DMA, see
    /// docs/driver-contract.md); removed; io.
    [[nodiscard]] Result<void> set_bus_master(bool enabled) const;

    /// Resets the function: its registers become what the device makes of a reset, which of the
    /// reset's kinds the kernel or the driver chooses. Returns when the device is back.
    ///
    /// On Linux and for simulated cards everything else stays: mappings, enabled vectors, DMA
    /// memory with its bus addresses. The kernel saves the configuration space before, and puts it
    /// back after (drivers/pci/pci.c, pci_reset_function): BARs, command register, MSI, MSI-X.
    /// Through vfio an access to a mapping waits until the reset is over; through sysfs and uio it
    /// meets a device that does not answer, so let nobody touch it then. A transfer under way is
    /// cut off: set up the device anew before using its buffers. On Windows it is `busy` while
    /// there are mappings or vectors of anybody's, or another program is the bus master; the
    /// function is no bus master afterwards, and DMA memory stays.
    ///
    /// Errors: unsupported, with the reason; busy (Windows, as above); io.
    [[nodiscard]] Result<void> reset() const;

private:
    explicit Device(std::shared_ptr<Backend> backend) noexcept : backend_(std::move(backend)) {}

    std::shared_ptr<Backend> backend_;
};

}  // namespace openbar
