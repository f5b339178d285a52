#include "backends/vfio/hot_reset.hpp"

#include "backends/vfio/group_viability.hpp"
#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace openbar::vfio {
namespace {

// Of device nodes, since Linux 6.6: `group_id` is then a number that only the kernel uses.
constexpr std::uint32_t reports_device_ids = 1U << 0;
constexpr std::uint32_t all_are_ours = 1U << 1;

struct Affected {
    std::uint32_t flags = 0;
    std::vector<vfio_pci_dependent_device> functions;
};

Result<Affected> affected_by_reset(int device) {
    vfio_pci_hot_reset_info info{};
    std::vector<std::byte> buffer(sizeof info);
    for (;;) {
        info.argsz = static_cast<std::uint32_t>(buffer.size());
        std::memcpy(buffer.data(), &info, sizeof info);
        const int result =
            system_calls::ioctl(device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, buffer.data());
        const int error = errno;
        std::memcpy(&info, buffer.data(), sizeof info);
        if (result == 0) break;
        if (error == ENODEV)
            return failure(ErrorCode::unsupported, "the kernel cannot reset this bus");
        const std::size_t needed = sizeof info + info.count * sizeof(vfio_pci_dependent_device);
        if (error != ENOSPC || needed <= buffer.size())
            return system_failure(error, "VFIO_DEVICE_GET_PCI_HOT_RESET_INFO");
        buffer.assign(needed, std::byte{});
        info = {};
    }
    const std::size_t room = (buffer.size() - sizeof info) / sizeof(vfio_pci_dependent_device);
    Affected affected{info.flags, std::vector<vfio_pci_dependent_device>(
                                      std::min<std::size_t>(info.count, room))};
    std::memcpy(affected.functions.data(), buffer.data() + sizeof info,
                affected.functions.size() * sizeof(vfio_pci_dependent_device));
    return affected;
}

PciAddress address_of(const vfio_pci_dependent_device& function) {
    return {.domain = function.segment,
            .bus = function.bus,
            .device = static_cast<std::uint8_t>(function.devfn >> 3),
            .function = static_cast<std::uint8_t>(function.devfn & 7)};
}

/// The kernel's error for this names no function.
Result<void> require_vfio_bindings(const Affected& affected) {
    const auto known = list_pci_functions().value_or(std::vector<PciFunction>());
    for (const auto& function : affected.functions) {
        const auto it = std::ranges::find(known, address_of(function), &PciFunction::address);
        if (it == known.end() || is_vfio_driver(it->kernel_driver)) continue;
        return failure(ErrorCode::busy,
                       fmt::format("the reset affects {} as well, which is not bound to vfio-pci",
                                   it->address.to_string()),
                       fmt::format("sudo openbar bind {} vfio-pci", it->address.to_string()));
    }
    return {};
}

std::vector<std::uint32_t> groups_of(const Affected& affected) {
    std::vector<std::uint32_t> groups;
    for (const auto& function : affected.functions) groups.push_back(function.group_id);
    std::ranges::sort(groups);
    groups.erase(std::ranges::unique(groups).begin(), groups.end());
    return groups;
}

Result<void> reset(int device, std::span<const int> groups) {
    vfio_pci_hot_reset request{};
    std::vector<std::byte> buffer(sizeof request + groups.size_bytes());
    request.argsz = static_cast<std::uint32_t>(buffer.size());
    request.count = static_cast<std::uint32_t>(groups.size());
    std::memcpy(buffer.data(), &request, sizeof request);
    if (!groups.empty())
        std::memcpy(buffer.data() + sizeof request, groups.data(), groups.size_bytes());
    if (system_calls::ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, buffer.data()) == 0) return {};
    return system_failure(errno, "VFIO_DEVICE_PCI_HOT_RESET");
}

}  // namespace

Result<std::vector<PciAddress>> hot_reset(const OpenedDevice& opened) {
    OPENBAR_TRY(affected, affected_by_reset(opened.device));
    OPENBAR_TRY(bound, require_vfio_bindings(affected));
    std::vector<int> descriptors;
    std::vector<std::shared_ptr<const void>> held;
    if (opened.way == Way::group) {
        OPENBAR_TRY(groups, hold_groups(groups_of(affected), descriptors));
        held = std::move(groups);
    } else if ((affected.flags & reports_device_ids) != 0 && (affected.flags & all_are_ours) == 0) {
        return failure(ErrorCode::busy,
                       "the reset affects other functions, which this program does not have open",
                       "open all functions of the bus in this program");
    }
    OPENBAR_TRY(done, reset(opened.device, descriptors));
    std::vector<PciAddress> functions;
    for (const auto& function : affected.functions) functions.push_back(address_of(function));
    return functions;
}

}  // namespace openbar::vfio
