/// A PCI function through its files in sysfs: regions, configuration space, enabling, reset.
///
/// What the `sysfs` and `uio` back ends share. Memory BARs are reached by mapping `resourceN`, port
/// BARs by reading and writing it, the configuration space by `config`.
/// Source: Documentation/PCI/sysfs-pci.rst of the Linux kernel.
#pragma once

#include "openbar/pci.hpp"

#include "backends/access_windows.hpp"
#include "backends/sysfs/virtual_function.hpp"
#include "base/file_descriptor.hpp"
#include "base/opening_process.hpp"
#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <array>
#include <memory>
#include <mutex>

namespace openbar {

class PciSysfs {
public:
    /// `tolerated_driver` is the kernel driver that may be bound: it leaves the regions alone.
    [[nodiscard]] static Result<std::unique_ptr<PciSysfs>> open(const PciFunction& function,
                                                                std::string address,
                                                                std::string_view tolerated_driver,
                                                                OpenOptions options);
    PciSysfs(const PciSysfs&) = delete;
    PciSysfs& operator=(const PciSysfs&) = delete;
    ~PciSysfs();

    /// All but `backend` and `vectors`, which the back end that owns this adds.
    [[nodiscard]] const DeviceInfo& info() const noexcept { return info_; }

    [[nodiscard]] Result<std::uint64_t> read(const RegionInfo& region, std::uint64_t offset,
                                             unsigned width);
    [[nodiscard]] Result<void> write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                                     std::uint64_t value);
    [[nodiscard]] Result<MappedMemory> map(const RegionInfo& region, Range part, MemoryType wanted,
                                           bool writable, std::shared_ptr<const void> keeps);
    /// Sets and clears bits of the command register, in one read and one write. Thread-safe.
    [[nodiscard]] Result<void> change_command(std::uint16_t set, std::uint16_t clear);
    [[nodiscard]] Result<void> reset();

private:
    PciSysfs(const PciFunction& function, std::string address);

    [[nodiscard]] Result<void> open_files(OpenOptions options);
    void describe_regions();
    [[nodiscard]] std::string why_not_mappable(const RegionInfo& region) const;
    /// Whether firmware left the regions decoded, as it usually does. The kernel's way to switch
    /// them on also routes the interrupt by ACPI, which takes longer than all else in opening.
    [[nodiscard]] bool decodes_already() const;
    void switch_on();
    /// No kernel driver owns the device, the region has an address, and this user may reach it.
    [[nodiscard]] Result<void> require_usable(const RegionInfo& region) const;
    /// The same, and the device answers there: costs a read of the command register, or of the
    /// physical function's SR-IOV control.
    [[nodiscard]] Result<void> require_decoding(const RegionInfo& region) const;
    [[nodiscard]] Result<void> require_virtual_function_enabled() const;
    [[nodiscard]] Result<MappedMemory> window(const RegionInfo& region);
    [[nodiscard]] Result<void> transfer(Direction direction, const RegionInfo& region,
                                        std::uint64_t offset, void* bytes, unsigned width);
    [[nodiscard]] Result<std::uint64_t> read_file(const RegionInfo& region, std::uint64_t offset,
                                                  unsigned width);
    [[nodiscard]] Result<std::uint64_t> read_rom(const RegionInfo& region, std::uint64_t offset,
                                                 unsigned width);
    [[nodiscard]] Result<std::uint64_t> load_memory(const RegionInfo& region, std::uint64_t offset,
                                                    unsigned width);

    PciFunction function_;
    std::string directory_;
    DeviceInfo info_;
    FileDescriptor config_;
    sysfs::VirtualFunctionControl virtual_function_control_;  // unknown for others
    std::array<FileDescriptor, 7> resources_;  // by region index; the last is the ROM
    std::string why_no_resource_;
    OpeningProcess process_;
    std::mutex command_mutex_;
    std::mutex rom_mutex_;
    // Whole memory BARs. Their accesses are checked against the BAR, so that they may share a page
    // with a neighbour.
    AccessWindows windows_;
    bool owned_by_kernel_ = false;
    bool switched_on_ = false;
};

}  // namespace openbar
