#include "backends/sysfs/pci_sysfs.hpp"

#include "openbar/configuration.hpp"
#include "openbar/pci_registers.hpp"

#include "backends/device_lock.hpp"
#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/better_driver.hpp"
#include "backends/sysfs/page_neighbour.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "base/failure.hpp"
#include "base/system_calls.hpp"
#include "device/request_check.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace openbar {
namespace {

RegionInfo configuration_info(int descriptor, bool writable) {
    struct stat file {};
    const bool known = ::fstat(descriptor, &file) == 0 && file.st_size > 0;
    return {.index = configuration_region,
            .name = "config",
            .kind = RegionKind::configuration,
            .size = known ? static_cast<std::uint64_t>(file.st_size) : 256,
            .writable = writable,
            .not_mappable_because = "the configuration space cannot be mapped"};
}

}  // namespace

PciSysfs::PciSysfs(const PciFunction& function, std::string address)
    : function_(function), directory_(sysfs::pci_directory(function.address)) {
    info_.address = std::move(address);
    info_.pci = function.address;
    info_.identity = function.identity;
    info_.virtual_function = function.virtual_function;
    info_.kernel_driver = function.kernel_driver;
    info_.iommu_group = function.iommu_group;
    info_.regions = function.regions;
}

Result<std::unique_ptr<PciSysfs>> PciSysfs::open(const PciFunction& function, std::string address,
                                                 std::string_view tolerated_driver,
                                                 OpenOptions options) {
    std::unique_ptr<PciSysfs> self(new PciSysfs(function, std::move(address)));
    self->owned_by_kernel_ =
        !function.kernel_driver.empty() && function.kernel_driver != tolerated_driver;
    OPENBAR_TRY(opened, self->open_files(options));
    self->describe_regions();
    self->switch_on();
    return self;
}

PciSysfs::~PciSysfs() {
    windows_.clear();
    if (switched_on_ && process_.is_this_one())
        static_cast<void>(sysfs::write_text(directory_ + "/enable", "0"));
}

Result<void> PciSysfs::open_files(OpenOptions options) {
    const std::string config = directory_ + "/config";
    config_ = system_calls::open(config, O_RDWR);
    const bool writable = static_cast<bool>(config_);
    if (!writable) config_ = system_calls::open(config, O_RDONLY);
    if (!config_) return system_failure(errno, config);
    info_.regions.push_back(configuration_info(config_.get(), writable));
    if (const auto& place = function_.virtual_function)
        virtual_function_control_ = sysfs::VirtualFunctionControl::of(place->physical);

    bool locked = options.shared;
    for (const RegionInfo& region : function_.regions) {
        const bool rom = region.index == rom_region;
        const std::string path =
            directory_ + (rom ? std::string("/rom") : fmt::format("/resource{}", region.index));
        FileDescriptor file = system_calls::open(path, rom ? O_RDWR : O_RDWR | O_SYNC);
        if (!file) {
            why_no_resource_ = fmt::format("{}: {}", path, std::generic_category().message(errno));
            continue;
        }
        if (!locked) {
            OPENBAR_TRY(taken, lock_device(file.get()));
            locked = true;
        }
        resources_[region.index] = std::move(file);
    }
    return {};
}

void PciSysfs::describe_regions() {
    for (RegionInfo& region : info_.regions) {
        if (region.index == configuration_region) continue;
        region.not_mappable_because = why_not_mappable(region);
        if (region.not_mappable_because.empty()) region.mappable = {{0, region.size}};
        // Ports are asked all the same: an answer shows that they are decoded.
        const auto reachable =
            region.kind == RegionKind::memory ? require_decoding(region) : require_usable(region);
        if (!reachable) region.not_reachable_because = reachable.error().cause;
    }
    const auto can_map = [](const RegionInfo& region) { return !region.mappable.empty(); };
    const auto can_combine = [&](const RegionInfo& region) {
        return can_map(region) && region.prefetchable;
    };
    Capabilities& can = info_.capabilities;
    can.mapping.offered = std::ranges::any_of(info_.regions, can_map);
    if (!can.mapping.offered) can.mapping.why_not = "no region of it can be mapped";
    can.write_combining.offered = std::ranges::any_of(info_.regions, can_combine);
    if (!can.write_combining.offered)
        can.write_combining.why_not =
            can.mapping.offered ? "sysfs maps only prefetchable BARs write-combining, and none of "
                                  "those that can be mapped is"
                                : can.mapping.why_not;
    can.configuration.offered = true;
    can.reset.offered = ::access((directory_ + "/reset").c_str(), W_OK) == 0;
    if (!can.reset.offered && ::access((directory_ + "/reset").c_str(), F_OK) == 0)
        can.reset = {.why_not = "this user may not write its reset file", .hint = "run it as root"};
    else if (!can.reset.offered)
        can.reset.why_not = "the kernel knows no way to reset this function";
    can.events.why_not = "the kernel reports a device's events through vfio only";
    if (function_.iommu_group) can.events.hint = sysfs::command_that_binds_better(function_);
    can.dma = {.why_not = "sysfs gives a device no memory",
               .hint = sysfs::command_that_binds_better(function_)};
    if (!can.dma.hint.empty() && !info_.iommu_group)
        can.dma.hint += ", and see docs/dma.md on huge pages";
}

std::string PciSysfs::why_not_mappable(const RegionInfo& region) const {
    if (region.kind != RegionKind::memory) return "port I/O has no memory to map";
    if (region.index == rom_region) return "sysfs offers the expansion ROM by reading only";
    if (owned_by_kernel_)
        return fmt::format("the kernel driver {} owns the device", function_.kernel_driver);
    if (region.physical_address == 0) return "the kernel has assigned no address to it";
    if (!resources_[region.index]) return why_no_resource_;
    if (const auto neighbour = sysfs::page_neighbour(function_, region))
        return fmt::format("it shares its page with {}", *neighbour);
    return {};
}

bool PciSysfs::decodes_already() const {
    const std::string& power = function_.power_state;  // "unknown" until something asks for it
    if (power != "D0" && power != "unknown" && !power.empty()) return false;
    if (function_.virtual_function)
        return virtual_function_control_.state() == sysfs::VirtualFunctionControl::State::enabled;
    std::uint16_t needed = 0;
    for (const RegionInfo& region : function_.regions)
        if (region.index != rom_region)
            needed |= region.kind == RegionKind::port_io ? pci::command_io : pci::command_memory;
    std::uint16_t command = 0;
    return system_calls::pread(config_.get(), &command, sizeof command,
                               configuration::command.offset) == sizeof command &&
           (command & needed) == needed;
}

void PciSysfs::switch_on() {
    const bool usable = std::ranges::any_of(resources_, [](const auto& file) { return !!file; });
    if (function_.enabled || owned_by_kernel_ || !usable || decodes_already()) return;
    switched_on_ = sysfs::write_text(directory_ + "/enable", "1").has_value();
}

Result<void> PciSysfs::change_command(std::uint16_t set, std::uint16_t clear) {
    const std::lock_guard guard(command_mutex_);
    // The kernel masks the interrupt, in the second byte, at any moment: nothing else may write
    // what it read there. An access to the second byte has the first in it, since QEMU's devices
    // act on no other (hw/pci/pci.c, pci_default_write_config).
    const std::size_t width = (set | clear) <= 0xff ? 1 : 2;
    const auto at = static_cast<off_t>(configuration::command.offset);
    std::uint16_t command = 0;  // little-endian, as every machine with PCI that openbar runs on
    if (system_calls::pread(config_.get(), &command, width, at) != static_cast<ssize_t>(width))
        return system_failure(errno, "reading the command register");
    command = static_cast<std::uint16_t>((command | set) & ~clear);
    if (system_calls::pwrite(config_.get(), &command, width, at) != static_cast<ssize_t>(width))
        return system_failure(errno, "writing the command register", "run it as root");
    return {};
}

Result<void> PciSysfs::reset() {
    if (!info_.capabilities.reset) return not_offered(info_.capabilities.reset);
    return sysfs::write_text(directory_ + "/reset", "1");
}

}  // namespace openbar
