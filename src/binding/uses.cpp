// Who uses a device: its nodes are found below its folder in sysfs, their users in /proc.
#include "openbar/binding.hpp"

#include "backends/sysfs/attribute.hpp"
#include "base/system_root.hpp"
#include "binding/mounts.hpp"
#include "binding/open_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
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

class UseFinder {
public:
    std::vector<DeviceUse> find(const PciAddress& address);

private:
    void look_at(const fs::path& directory);
    void look_at_network(const fs::path& directory);
    void look_at_disk(const fs::path& directory, const std::string& node);
    void look_at_group(const fs::path& device);

    std::vector<DeviceUse> uses_;
    std::vector<binding::DeviceNode> nodes_;
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
    for (const std::string& where : binding::mount_points(number, node))
        uses_.push_back({fmt::format("the disk {} is mounted on {}", node, where),
                         fmt::format("sudo umount {}", where)});
    if (binding::is_swap(node))
        uses_.push_back(
            {fmt::format("the disk {} is swap space", node), fmt::format("sudo swapoff {}", node)});
    std::error_code error;
    for (const auto& holder : fs::directory_iterator(directory / "holders", error))
        uses_.push_back(
            {fmt::format("the disk {} is part of {}", node, holder.path().filename().string()),
             fmt::format("take {} apart (dmsetup, mdadm)", holder.path().filename().string())});
}

void UseFinder::look_at(const fs::path& directory) {
    const std::string subsystem = sysfs::link_target_name((directory / "subsystem").string());
    if (subsystem == "net") look_at_network(directory);
    const std::string name = uevent_value(directory, "DEVNAME=");
    if (name.empty()) return;
    const std::string node = fmt::format("/dev/{}", name);
    if (subsystem == "block") look_at_disk(directory, node);
    nodes_.push_back({node, sysfs::read_text((directory / "dev").string()).value_or("")});
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

std::vector<DeviceUse> UseFinder::find(const PciAddress& address) {
    std::error_code error;
    const fs::path device = fs::canonical(
        system_path(fmt::format("/sys/bus/pci/devices/{}", address.to_string())), error);
    if (error) return {};
    look_at_group(device);
    fs::recursive_directory_iterator entries(device, fs::directory_options::skip_permission_denied,
                                             error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error))
        if (entries->is_directory(error) && !entries->is_symlink(error)) look_at(entries->path());
    for (const binding::OpenFile& open : binding::who_has_open(nodes_, device.string()))
        uses_.push_back(
            {fmt::format("process {} ({}) has {} open", open.process, open.program, open.path),
             fmt::format("end process {}", open.process)});
    return std::move(uses_);
}

}  // namespace

std::vector<DeviceUse> uses_of(const PciAddress& address) {
    return UseFinder().find(address);
}

}  // namespace openbar
