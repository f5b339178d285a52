#include "backends/sysfs/pci_sysfs.hpp"

#include "openbar/configuration.hpp"

#include "backends/device_lock.hpp"
#include "backends/granted_memory_type.hpp"
#include "backends/sysfs/attribute.hpp"
#include "backends/sysfs/page_neighbour.hpp"
#include "backends/sysfs/pci_directory.hpp"
#include "base/failure.hpp"
#include "base/file_mapping.hpp"
#include "base/page.hpp"
#include "base/system_calls.hpp"
#include "base/then.hpp"
#include "base/width_access.hpp"
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
    if (auto opened = self->open_files(options); !opened)
        return std::unexpected(std::move(opened).error());
    self->describe_regions();
    self->switch_on();
    return self;
}

PciSysfs::~PciSysfs() {
    windows_ = {};
    if (switched_on_)
        static_cast<void>(sysfs::write_text(directory_ + "/enable", "0", "switch off decoding"));
}

Result<void> PciSysfs::open_files(OpenOptions options) {
    const std::string attempted = fmt::format("open {}", info_.address);
    const std::string config = directory_ + "/config";
    config_ = system_calls::open(config, O_RDWR);
    const bool writable = static_cast<bool>(config_);
    if (!writable) config_ = system_calls::open(config, O_RDONLY);
    if (!config_) return system_failure(errno, attempted, config);
    info_.regions.push_back(configuration_info(config_.get(), writable));

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
            if (auto taken = lock_device(file.get(), info_.address); !taken) return taken;
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
            "sysfs maps only prefetchable BARs write-combining, and it has none";
    can.configuration.offered = true;
    can.reset.offered = ::access((directory_ + "/reset").c_str(), W_OK) == 0;
    if (!can.reset.offered)
        can.reset.why_not = ::access((directory_ + "/reset").c_str(), F_OK) == 0
                                ? "this user may not write its reset file"
                                : "the kernel knows no way to reset this function";
    can.dma.why_not = "sysfs gives a device no memory: bind it to vfio-pci";
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
    std::uint16_t needed = 0;
    for (const RegionInfo& region : function_.regions)
        if (region.index != rom_region)
            needed |= region.kind == RegionKind::port_io ? configuration::command_io
                                                         : configuration::command_memory;
    std::uint16_t command = 0;
    return system_calls::pread(config_.get(), &command, sizeof command,
                               configuration::command.offset) == sizeof command &&
           (command & needed) == needed;
}

void PciSysfs::switch_on() {
    const bool usable = std::ranges::any_of(resources_, [](const auto& file) { return !!file; });
    if (function_.enabled || owned_by_kernel_ || !usable || decodes_already()) return;
    switched_on_ = sysfs::write_text(directory_ + "/enable", "1", "switch on decoding").has_value();
}

Result<void> PciSysfs::require_decoding(const RegionInfo& region, std::string_view verb) {
    // Made only for errors: the words would cost more than the access that is checked here.
    const auto attempted = [&] { return describe_attempt(verb, region, info_); };
    if (owned_by_kernel_)
        return failure(ErrorCode::busy, attempted(),
                       fmt::format("the kernel driver {} owns the device", function_.kernel_driver),
                       fmt::format("openbar unbind {}", function_.address.to_string()));
    if (region.index == rom_region) return {};
    if (region.physical_address == 0)
        return failure(ErrorCode::disabled, attempted(), "the kernel has assigned no address to it",
                       "see dmesg for \"can't assign\"; a rescan or another slot may help");
    if (!resources_[region.index])
        return failure(ErrorCode::permission_denied, attempted(), why_no_resource_,
                       "run it as root, or give this user the resource files by a udev rule");
    std::uint16_t command = 0;
    if (system_calls::pread(config_.get(), &command, sizeof command,
                            configuration::command.offset) != sizeof command)
        return system_failure(errno, attempted(), "its configuration space");
    const bool port = region.kind == RegionKind::port_io;
    const auto bit = port ? configuration::command_io : configuration::command_memory;
    if (command == 0xffff)
        return failure(ErrorCode::removed, attempted(), "the device no longer answers",
                       fmt::format("echo on > {}/power/control, or plug it in again", directory_));
    if ((command & bit) == 0)
        return failure(ErrorCode::disabled, attempted(),
                       fmt::format("its command register has {} decoding switched off",
                                   port ? "port" : "memory"),
                       fmt::format("openbar config {} command {:#x}:{:#x}",
                                   function_.address.to_string(), bit, bit));
    return {};
}

Result<volatile std::byte*> PciSysfs::window(const RegionInfo& region) {
    const std::lock_guard guard(windows_mutex_);
    MappedMemory& window = windows_[region.index];
    if (window.base == nullptr) {
        // A BAR that starts inside a page: the kernel maps from the page's start on.
        const std::uint64_t inside = region.physical_address % page_size();
        auto mapped = map_file(resources_[region.index].get(), {0, inside + region.size}, true,
                               describe_region(region, info_), nullptr);
        if (!mapped) return std::unexpected(std::move(mapped).error());
        window = {mapped->base + inside, MemoryType::uncached, std::move(mapped->owner)};
    }
    return window.base;
}

Result<void> PciSysfs::transfer(const RegionInfo& region, std::string_view verb,
                                std::uint64_t offset, void* bytes, unsigned width) {
    const bool config = region.index == configuration_region;
    const int file = (config ? config_ : resources_[region.index]).get();
    const auto at = static_cast<off_t>(offset);
    const auto done = verb == "read" ? system_calls::pread(file, bytes, width, at)
                                     : system_calls::pwrite(file, bytes, width, at);
    if (done == static_cast<ssize_t>(width)) return {};
    const std::string attempted = describe_attempt(verb, region, info_);
    if (done < 0) return system_failure(errno, attempted, fmt::format("offset {:#x}", offset));
    if (config)
        return failure(ErrorCode::permission_denied, attempted,
                       fmt::format("offset {:#x} is not shown to this user", offset),
                       "run it as root: others see the first 64 bytes only");
    return failure(ErrorCode::io, attempted, fmt::format("offset {:#x}: nothing there", offset));
}

Result<std::uint64_t> PciSysfs::read(const RegionInfo& region, std::uint64_t offset,
                                     unsigned width) {
    if (region.index != configuration_region)
        if (auto decoding = require_decoding(region, "read"); !decoding)
            return std::unexpected(std::move(decoding).error());
    if (region.kind == RegionKind::memory && region.index != rom_region)
        return then(window(region),
                    [&](volatile std::byte* base) { return load_width(base + offset, width); });
    const bool rom = region.index == rom_region;
    const std::string enable = directory_ + "/rom";
    if (rom)
        if (auto on = sysfs::write_text(enable, "1", describe_attempt("read", region, info_)); !on)
            return std::unexpected(std::move(on).error());
    std::uint64_t value = 0;
    auto done = transfer(region, "read", offset, &value, width);
    if (rom) static_cast<void>(sysfs::write_text(enable, "0", "hide the ROM"));
    if (!done) return std::unexpected(std::move(done).error());
    return value;
}

Result<void> PciSysfs::write(const RegionInfo& region, std::uint64_t offset, unsigned width,
                             std::uint64_t value) {
    if (region.index != configuration_region)
        if (auto decoding = require_decoding(region, "write"); !decoding) return decoding;
    if (region.kind != RegionKind::memory) return transfer(region, "write", offset, &value, width);
    return then(window(region),
                [&](volatile std::byte* base) { store_width(base + offset, width, value); });
}

Result<MappedMemory> PciSysfs::map(const RegionInfo& region, Range part, MemoryType wanted,
                                   bool writable, std::shared_ptr<const void> keeps) {
    if (auto decoding = require_decoding(region, "map"); !decoding)
        return std::unexpected(std::move(decoding).error());
    const std::string attempted = describe_attempt("map", region, info_);
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
            return failure(ErrorCode::busy, attempted, "a kernel driver claims this region",
                           fmt::format("openbar unbind {}", function_.address.to_string()));
        return std::unexpected(std::move(mapped).error());
    }
    const auto asked = combining ? MemoryType::write_combining : MemoryType::uncached;
    return MappedMemory{
        mapped->base,
        granted_memory_type({region.physical_address + part.offset, part.length}, asked),
        std::move(mapped->owner)};
}

Result<void> PciSysfs::change_command(std::uint16_t set, std::uint16_t clear) {
    const std::string attempted = fmt::format("change the command register of {}", info_.address);
    std::uint16_t command = 0;
    const auto at = static_cast<off_t>(configuration::command.offset);
    if (system_calls::pread(config_.get(), &command, sizeof command, at) != sizeof command)
        return system_failure(errno, attempted, "read");
    command = static_cast<std::uint16_t>((command | set) & ~clear);
    if (system_calls::pwrite(config_.get(), &command, sizeof command, at) != sizeof command)
        return system_failure(errno, attempted, "write", "run it as root");
    return {};
}

Result<void> PciSysfs::reset() {
    const std::string attempted = fmt::format("reset {}", info_.address);
    if (!info_.capabilities.reset)
        return failure(ErrorCode::unsupported, attempted, info_.capabilities.reset.why_not);
    return sysfs::write_text(directory_ + "/reset", "1", attempted);
}

}  // namespace openbar
