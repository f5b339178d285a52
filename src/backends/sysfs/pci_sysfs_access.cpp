// Accesses to the regions of a PCI function by sysfs: what is checked before each, and each.
#include "openbar/configuration.hpp"
#include "openbar/pci_registers.hpp"

#include "backends/granted_memory_type.hpp"
#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/pci_sysfs.hpp"
#include "base/failure.hpp"
#include "base/file_mapping.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"
#include "base/width_access.hpp"
#include "device/request_check.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace openbar {

Result<void> PciSysfs::require_usable(const RegionInfo& region) const {
    if (owned_by_kernel_)
        return failure(ErrorCode::busy,
                       fmt::format("the kernel driver {} owns the device", function_.kernel_driver),
                       fmt::format("openbar unbind {}", function_.address.to_string()));
    if (region.index == rom_region) return {};
    if (region.physical_address == 0)
        return failure(ErrorCode::disabled, "the kernel has assigned no address to it",
                       "see dmesg for \"can't assign\"; a rescan or another slot may help");
    if (!resources_[region.index])
        return failure(ErrorCode::permission_denied, why_no_resource_,
                       "run it as root, or give this user the resource files by a udev rule");
    return {};
}

Result<void> PciSysfs::require_decoding(const RegionInfo& region) const {
    OPENBAR_TRY(usable, require_usable(region));
    if (region.index == rom_region) return {};
    if (function_.virtual_function) return require_virtual_function_enabled();
    std::uint16_t command = 0;
    if (system_calls::pread(config_.get(), &command, sizeof command,
                            configuration::command.offset) != sizeof command)
        return system_failure(errno, "its configuration space");
    const bool port = region.kind == RegionKind::port_io;
    const auto bit = port ? pci::command_io : pci::command_memory;
    if (command == 0xffff)
        return failure(ErrorCode::removed, "the device no longer answers",
                       fmt::format("echo on > {}/power/control, or plug it in again", directory_));
    if ((command & bit) == 0)
        return failure(ErrorCode::disabled,
                       fmt::format("its command register has {} decoding switched off",
                                   port ? "port" : "memory"),
                       fmt::format("openbar config {} command {:#x}:{:#x}",
                                   function_.address.to_string(), bit, bit));
    return {};
}

Result<void> PciSysfs::require_virtual_function_enabled() const {
    using State = sysfs::VirtualFunctionControl::State;
    const auto& [physical, number] = *function_.virtual_function;
    std::uint16_t status = 0;
    // Reading fails once the kernel has removed the function.
    if (system_calls::pread(config_.get(), &status, sizeof status, configuration::status.offset) !=
        sizeof status)
        return system_failure(errno, "its configuration space");
    switch (virtual_function_control_.state()) {
        case State::unknown:  // the kernel keeps no virtual function that it has not enabled
        case State::enabled: return {};
        case State::disabled: break;
        case State::gone:
            return failure(
                ErrorCode::removed,
                fmt::format("its physical function {} no longer answers", physical.to_string()),
                fmt::format("openbar doctor {}", physical.to_string()));
    }
    return failure(
        ErrorCode::disabled,
        fmt::format("its physical function {} has virtual functions or their memory decoding "
                    "switched off",
                    physical.to_string()),
        fmt::format("sudo openbar config {} ECAP_SRIOV+8.W 9:9; or set sriov_numvfs again",
                    physical.to_string()));
}

Result<MappedMemory> PciSysfs::window(const RegionInfo& region) {
    return windows_.at({region.index, 0}, [&]() -> Result<MappedMemory> {
        // A BAR that starts inside a page: the kernel maps from the page's start on.
        const std::uint64_t inside = region.physical_address % page_size();
        OPENBAR_TRY(mapped, map_file(resources_[region.index].get(), {0, inside + region.size},
                                     true, describe_region(region, info_), nullptr));
        return MappedMemory{mapped.base + inside, MemoryType::uncached, std::move(mapped.owner),
                            mapped.loss};
    });
}

Result<void> PciSysfs::transfer(Direction direction, const RegionInfo& region, std::uint64_t offset,
                                void* bytes, unsigned width) {
    const bool config = region.index == configuration_region;
    const int file = (config ? config_ : resources_[region.index]).get();
    const auto at = static_cast<off_t>(offset);
    const auto done = direction == Direction::read ? system_calls::pread(file, bytes, width, at)
                                                   : system_calls::pwrite(file, bytes, width, at);
    if (done == static_cast<ssize_t>(width)) return {};
    if (done < 0) return system_failure(errno);
    if (config)
        return failure(ErrorCode::permission_denied, "the kernel hides it from this user",
                       "run it as root: others see the first 64 bytes only");
    return failure(ErrorCode::io, "nothing there");
}

Result<std::uint64_t> PciSysfs::read_file(const RegionInfo& region, std::uint64_t offset,
                                          unsigned width) {
    std::uint64_t value = 0;
    OPENBAR_TRY(done, transfer(Direction::read, region, offset, &value, width));
    return value;
}

Result<std::uint64_t> PciSysfs::load_memory(const RegionInfo& region, std::uint64_t offset,
                                            unsigned width) {
    // Asked first: where nobody decodes the address, a load is fatal on some processors.
    OPENBAR_TRY(decoding, require_decoding(region));
    OPENBAR_TRY(all, window(region));
    return load_width(all.base + offset, width);
}

Result<std::uint64_t> PciSysfs::read(const RegionInfo& region, std::uint64_t offset,
                                     unsigned width) {
    if (region.index == rom_region) return read_rom(region, offset, width);
    if (region.index == configuration_region) return read_file(region, offset, width);
    if (region.kind == RegionKind::memory) return load_memory(region, offset, width);
    OPENBAR_TRY(usable, require_usable(region));
    OPENBAR_TRY(value, read_file(region, offset, width));
    // Ports that nobody decodes read as all ones: only then is the question worth one more access.
    if (value == all_ones(width))
        if (auto decoding = require_decoding(region); !decoding) return std::move(decoding).error();
    return value;
}

Result<std::uint64_t> PciSysfs::read_rom(const RegionInfo& region, std::uint64_t offset,
                                         unsigned width) {
    OPENBAR_TRY(usable, require_usable(region));
    const std::string enable = directory_ + "/rom";
    const std::lock_guard guard(rom_mutex_);
    OPENBAR_TRY(shown, sysfs::write_text(enable, "1\n"));
    // The kernel shows the image only. Behind its end the BAR has what a bus without an answer has.
    std::uint64_t value = all_ones(width);
    const auto done = system_calls::pread(resources_[rom_region].get(), &value, width,
                                          static_cast<off_t>(offset));
    const int error = errno;
    // The kernel takes these two bytes, and no others, for "off" (drivers/pci/pci-sysfs.c,
    // pci_write_rom).
    static_cast<void>(sysfs::write_text(enable, "0\n"));
    if (done < 0)
        return system_failure(error, error == EIO ? "the kernel finds no valid image in it" : "");
    return value;
}

Result<void> PciSysfs::write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                             std::uint64_t value) {
    if (region.index != configuration_region)
        if (auto decoding = require_decoding(region); !decoding) return decoding;
    if (region.kind != RegionKind::memory)
        return transfer(Direction::write, region, offset, &value, width);
    OPENBAR_TRY(all, window(region));
    store_width(all.base + offset, width, value);
    return {};
}

Result<MappedMemory> PciSysfs::map(const RegionInfo& region, Range part, MemoryType wanted,
                                   bool writable, std::shared_ptr<const void> keeps) {
    OPENBAR_TRY(decoding, require_decoding(region));
    FileDescriptor combining;
    if (wanted == MemoryType::write_combining && region.prefetchable)
        combining =
            system_calls::open(fmt::format("{}/resource{}_wc", directory_, region.index), O_RDWR);
    const int file = combining ? combining.get() : resources_[region.index].get();
    const std::uint64_t inside = region.physical_address % page_size();
    auto mapped = map_file(file, {inside + part.offset, part.length}, writable,
                           describe_region(region, info_), std::move(keeps));
    if (!mapped) {
        if (mapped.error().system_error == EINVAL)
            return failure(ErrorCode::busy, "a kernel driver claims this region",
                           fmt::format("openbar unbind {}", function_.address.to_string()));
        return std::move(mapped).error();
    }
    const auto asked = combining ? MemoryType::write_combining : MemoryType::uncached;
    return MappedMemory{
        mapped->base,
        granted_memory_type({region.physical_address + part.offset, part.length}, asked),
        std::move(mapped->owner), mapped->loss};
}

}  // namespace openbar
