/// An IOMMU group that this program has opened: VFIO's group interface.
#pragma once

#include "base/file_descriptor.hpp"
#include "base/page.hpp"
#include "dma/address_space.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace openbar::vfio {

/// A container with one group in it. Every open function of the group in this program shares it.
class Group final : public dma::Iommu {
public:
    Group(FileDescriptor container, FileDescriptor group) noexcept
        : container_(std::move(container)), group_(std::move(group)) {}

    [[nodiscard]] int group() const noexcept { return group_.get(); }
    [[nodiscard]] Result<void> read_limits();
    [[nodiscard]] dma::AddressSpace& memory() noexcept { return *memory_; }
    /// The functions of it that this program has open, by address.
    [[nodiscard]] std::set<std::string>& open_functions() noexcept { return open_functions_; }

    Result<void> map(std::uint64_t iova, const dma::Pages& pages, DeviceAccess access) override;
    Result<void> unmap(std::uint64_t iova, std::uint64_t size) override;
    std::vector<dma::IovaRange> usable() const override { return usable_; }
    std::uint64_t granule() const override {
        return std::max(page_size(), page_sizes_ & (~page_sizes_ + 1));
    }

private:
    FileDescriptor container_;
    FileDescriptor group_;
    std::vector<dma::IovaRange> usable_;
    std::uint64_t page_sizes_ = 0;
    std::optional<dma::AddressSpace> memory_;  // once the limits are known
    std::set<std::string> open_functions_;
};

/// Through /dev/vfio/NUMBER. Errors: busy; permission_denied; unsupported.
[[nodiscard]] Result<std::shared_ptr<Group>> open_group(std::uint32_t number);

}  // namespace openbar::vfio
