/// The IOMMU side of VFIO: which memory the device may reach, and at which addresses.
///
/// Two ways lead to an open device and its IOMMU: the group interface (`group.cpp`), and the newer
/// iommufd, for which one more file would implement this class and `open_...` beside it.
#pragma once

#include "openbar/error.hpp"
#include "openbar/pci.hpp"

#include "base/file_descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace openbar::vfio {

/// A range of IOVAs, both ends included, so that it can end at the last address.
struct IovaRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

class Iommu {
public:
    virtual ~Iommu() = default;

    /// Lets the device reach `size` bytes at `memory` under `iova`; all multiples of the page.
    [[nodiscard]] virtual Result<void> map(std::uint64_t iova, const void* memory, std::size_t size,
                                           bool device_reads, bool device_writes) = 0;
    [[nodiscard]] virtual Result<void> unmap(std::uint64_t iova, std::size_t size) = 0;
    /// The IOVAs that may be used, by rising address: all but what the platform reserves.
    [[nodiscard]] virtual const std::vector<IovaRange>& usable() const noexcept = 0;
    /// Bit n: pages of 2^n bytes can be mapped.
    [[nodiscard]] virtual std::uint64_t page_sizes() const noexcept = 0;
};

struct OpenedDevice {
    FileDescriptor device;
    std::shared_ptr<Iommu> iommu;  ///< shared by the functions of one group in one program
};

/// Through /dev/vfio/GROUP.
[[nodiscard]] Result<OpenedDevice> open_by_group(const PciFunction& function,
                                                 const std::string& address);

}  // namespace openbar::vfio
