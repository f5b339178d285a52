// Who uses a device: its nodes are found below its folder in sysfs, their users in /proc.
#include "openbar/binding.hpp"

#include "backends/sysfs/attribute.hpp"
#include "base/system_root.hpp"
#include "binding/mounts.hpp"
#include "binding/open_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <system_error>

namespace openbar {
namespace {

namespace fs = std::filesystem;

/// The rest of the line that begins with `key` in a uevent file: "DEVNAME=sda1".
std::string uevent_value(const fs::path& directory, std::string_view key) {
    const std::string text = sysfs::read_text((directory / "uevent").string()).value_or("");
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = std::string_view(text).substr(at, end - at);
        if (line.starts_with(key)) return std::string(line.substr(key.size()));
        at = end + 1;
    }
    return {};
}

/// NVMe's multipath hides the disk of each path, "nvme0c1n2"; what is used is one in front of them,
/// "nvme0n2", which lies below no function. Empty for other names. Source of the names:
/// drivers/nvme/host/multipath.c of the Linux kernel, nvme_mpath_set_disk_name.
std::string multipath_disk(std::string_view path) {
    constexpr std::string_view digits = "0123456789";
    constexpr std::string_view prefix = "nvme";
    if (!path.starts_with(prefix)) return {};
    const auto controller = path.find_first_not_of(digits, prefix.size());
    if (controller == std::string_view::npos || path[controller] != 'c') return {};
    const auto name_space = path.find('n', controller);
    if (name_space == std::string_view::npos) return {};
    return std::string(path.substr(0, controller)) + std::string(path.substr(name_space));
}

/// A block device.
struct Disk {
    std::string directory;  ///< a partition's lies in its disk's
    std::string node;       ///< "/dev/sda1"
    bool told = false;      ///< who uses it is among the uses
};

/// What uses one uses the other: they are the same, or one is a partition of the other.
bool overlap(const Disk& one, const Disk& other) {
    return (one.directory + "/").starts_with(other.directory + "/") ||
           (other.directory + "/").starts_with(one.directory + "/");
}

class UseFinder {
public:
    std::vector<DeviceUse> find(const PciAddress& address);

private:
    void look_below(const fs::path& directory);
    void look_at(const fs::path& directory);
    void look_at_network(const fs::path& directory);
    void look_at_disk(const fs::path& directory, const std::string& node);
    void look_at_multipath(const fs::path& path);
    void look_behind_a_bridge(const fs::path& device);
    void look_at_group(const fs::path& device);
    void look_for_programs(const fs::path& device);
    void look_for_taken_disks();

    std::vector<DeviceUse> uses_;
    std::vector<binding::DeviceNode> nodes_;
    std::vector<Disk> disks_;
};

void UseFinder::look_at_network(const fs::path& directory) {
    constexpr std::uint64_t interface_up = 1;  // IFF_UP of linux/if.h
    const auto flags = sysfs::read_number((directory / "flags").string());
    const std::string name = directory.filename().string();
    if (flags.value_or(0) & interface_up)
        uses_.push_back({fmt::format("the network interface {} is up", name),
                         fmt::format("sudo ip link set {} down", name)});
}

void UseFinder::look_at_disk(const fs::path& directory, const std::string& node) {
    const std::string number = sysfs::read_text((directory / "dev").string()).value_or("");
    const std::size_t uses_before = uses_.size();
    for (const std::string& where : binding::mount_points(number, node))
        uses_.push_back({fmt::format("the disk {} is mounted on {}", node, where),
                         fmt::format("sudo umount {}", where)});
    if (binding::is_swap(node))
        uses_.push_back(
            {fmt::format("the disk {} is swap space", node), fmt::format("sudo swapoff {}", node)});
    std::error_code error;
    fs::directory_iterator holders(directory / "holders", error);
    for (; !error && holders != fs::directory_iterator(); holders.increment(error)) {
        const std::string holder = holders->path().filename().string();
        uses_.push_back({fmt::format("the disk {} is part of {}", node, holder),
                         fmt::format("take {} apart (dmsetup, mdadm)", holder)});
    }
    disks_.push_back({directory.string(), node, uses_.size() > uses_before});
}

void UseFinder::look_at_multipath(const fs::path& path) {
    const std::string name = multipath_disk(path.filename().string());
    if (name.empty()) return;
    std::error_code error;
    const fs::path disk =
        fs::canonical(system_path(fmt::format("/sys/class/block/{}", name)), error);
    if (error) return;
    look_at(disk);
    look_below(disk);
}

void UseFinder::look_at(const fs::path& directory) {
    const std::string subsystem = sysfs::link_target_name((directory / "subsystem").string());
    if (subsystem == "net") look_at_network(directory);
    const std::string name = uevent_value(directory, "DEVNAME=");
    if (name.empty() && subsystem == "block") look_at_multipath(directory);
    if (name.empty()) return;
    const std::string node = fmt::format("/dev/{}", name);
    if (subsystem == "block") look_at_disk(directory, node);
    nodes_.push_back({node, sysfs::read_text((directory / "dev").string()).value_or("")});
}

void UseFinder::look_behind_a_bridge(const fs::path& device) {
    std::error_code error;
    fs::directory_iterator entries(device, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        const auto behind = PciAddress::parse(entries->path().filename().string());
        if (!behind) continue;
        const std::string name = behind->to_string();
        uses_.push_back({fmt::format("{} is behind this bridge", name),
                         fmt::format("bind that one; or take it out (echo 1 | sudo tee "
                                     "/sys/bus/pci/devices/{}/remove)",
                                     name)});
    }
}

void UseFinder::look_at_group(const fs::path& device) {
    const std::string group = sysfs::link_target_name((device / "iommu_group").string());
    if (!group.empty())
        for (const char* without_iommu : {"", "noiommu-"})
            nodes_.push_back({fmt::format("/dev/vfio/{}{}", without_iommu, group), ""});
    std::error_code error;
    if (fs::exists(device / "virtfn0", error))
        uses_.push_back({"it has virtual functions (SR-IOV)",
                         fmt::format("echo 0 | sudo tee {}/sriov_numvfs", device.string())});
}

void UseFinder::look_below(const fs::path& directory) {
    std::error_code error;
    fs::recursive_directory_iterator entries(directory,
                                             fs::directory_options::skip_permission_denied, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        std::error_code gone;
        if (entries->is_directory(gone) && !entries->is_symlink(gone)) look_at(entries->path());
    }
}

void UseFinder::look_for_programs(const fs::path& device) {
    for (const binding::OpenFile& open : binding::who_has_open(nodes_, device.string())) {
        uses_.push_back(
            {fmt::format("process {} ({}) has {} open", open.process, open.program, open.path),
             fmt::format("end process {}", open.process)});
        for (Disk& disk : disks_) disk.told |= open.path == system_path(disk.node);
    }
}

/// Disks in use that nothing else told of: the second of a btrfs, one of a ZFS pool, one mounted
/// where this program does not see it.
void UseFinder::look_for_taken_disks() {
    for (Disk& disk : std::views::reverse(disks_)) {  // partitions are behind their disk
        const bool known = std::ranges::any_of(
            disks_, [&](const Disk& other) { return other.told && overlap(disk, other); });
        if (known || !binding::is_taken(disk.node)) continue;
        disk.told = true;
        uses_.push_back({fmt::format("something holds the disk {} for itself alone", disk.node),
                         fmt::format("see what holds it (lsblk --fs {}): a file system or pool of "
                                     "several disks, or a mount elsewhere (lsns --type mnt)",
                                     disk.node)});
    }
}

std::vector<DeviceUse> UseFinder::find(const PciAddress& address) {
    std::error_code error;
    const fs::path device = fs::canonical(
        system_path(fmt::format("/sys/bus/pci/devices/{}", address.to_string())), error);
    if (error) return {};
    look_behind_a_bridge(device);
    look_at_group(device);
    look_below(device);
    look_for_programs(device);
    look_for_taken_disks();
    return std::move(uses_);
}

}  // namespace

std::vector<DeviceUse> uses_of(const PciAddress& address) {
    return UseFinder().find(address);
}

}  // namespace openbar
