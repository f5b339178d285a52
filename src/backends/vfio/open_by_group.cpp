// Devices by the group interface: the groups that this program has open, and their functions.
#include "backends/vfio/group.hpp"
#include "backends/vfio/opened_device.hpp"
#include "base/failure.hpp"
#include "base/system_calls.hpp"

#include <fmt/format.h>
#include <linux/vfio.h>

#include <cerrno>
#include <map>
#include <mutex>

namespace openbar::vfio {
namespace {

/// Over opening and closing: the kernel opens a group again once its last function is closed.
constinit std::mutex group_mutex;

/// The kernel opens a group once for each program, so that its functions have to share it.
std::map<std::uint32_t, std::weak_ptr<Group>>& open_groups() {
    static std::map<std::uint32_t, std::weak_ptr<Group>> groups;
    return groups;
}

Result<std::shared_ptr<Group>> group_of(std::uint32_t number) {
    if (auto present = open_groups()[number].lock()) return present;
    OPENBAR_TRY(group, open_group(number));
    open_groups()[number] = group;
    return group;
}

/// An open function of a group.
class Member {
public:
    Member(std::shared_ptr<Group> group, FileDescriptor device, std::string name)
        : group_(std::move(group)), device_(std::move(device)), name_(std::move(name)) {
        group_->open_functions().insert(name_);
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() {
        const std::lock_guard guard(group_mutex);
        device_ = FileDescriptor();
        group_->open_functions().erase(name_);
        group_.reset();
    }

    [[nodiscard]] int device() const noexcept { return device_.get(); }
    [[nodiscard]] dma::AddressSpace& memory() const noexcept { return group_->memory(); }

private:
    std::shared_ptr<Group> group_;
    FileDescriptor device_;
    std::string name_;
};

}  // namespace

Result<OpenedDevice> open_by_group(const PciFunction& function,
                                   const std::optional<VfToken>& token) {
    const std::lock_guard guard(group_mutex);
    OPENBAR_TRY(group, group_of(*function.iommu_group));
    std::string name = function.address.to_string();
    if (group->open_functions().contains(name))
        return failure(ErrorCode::busy, "this program has it open already",
                       "use that Device: several threads may, and it can be passed on");
    std::string request = token ? fmt::format("{} vf_token={}", name, token->to_string()) : name;
    FileDescriptor device(
        system_calls::ioctl(group->group(), VFIO_GROUP_GET_DEVICE_FD, request.data()));
    if (!device)
        return refused_device(errno, "VFIO_GROUP_GET_DEVICE_FD", function, token.has_value());
    const auto member =
        std::make_shared<Member>(std::move(group), std::move(device), std::move(name));
    return OpenedDevice{member->device(), {member, &member->memory()}, Way::group};
}

Result<std::vector<std::shared_ptr<const void>>> hold_groups(std::span<const std::uint32_t> numbers,
                                                             std::vector<int>& descriptors) {
    const std::lock_guard guard(group_mutex);
    std::vector<std::shared_ptr<const void>> held;
    for (const std::uint32_t number : numbers) {
        auto group = open_groups()[number].lock();
        if (!group)
            return failure(ErrorCode::busy,
                           fmt::format("the reset affects IOMMU group {} as well, of which this "
                                       "program has no device open",
                                       number),
                           "open a device of that group in this program, too");
        descriptors.push_back(group->group());
        held.push_back(std::move(group));
    }
    return held;
}

}  // namespace openbar::vfio
