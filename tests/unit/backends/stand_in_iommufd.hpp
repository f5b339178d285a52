/// A kernel with iommufd and VFIO's device nodes, as strict as the documents: it answers the ioctls
/// for /dev/iommu and /dev/vfio/devices/vfio7 below the root of a stand-in sysfs. Accesses reach the
/// files themselves.
/// Source: Documentation/userspace-api/iommufd.rst and the comments in linux/iommufd.h, linux/vfio.h.
#pragma once

#include "backends/vfio/iommufd_interface.hpp"

#include <linux/vfio.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace openbar {

class StandInIommufd {
public:
    static constexpr std::uint64_t bar_place = 0x10000;
    static constexpr std::uint64_t configuration_place = 0x70000;

    /// Makes the nodes. Answers until it is destroyed.
    explicit StandInIommufd(std::filesystem::path root);
    StandInIommufd(const StandInIommufd&) = delete;
    StandInIommufd& operator=(const StandInIommufd&) = delete;
    ~StandInIommufd();

    struct Mapped {
        std::uint64_t memory = 0;
        std::uint64_t length = 0;
        std::uint32_t flags = 0;
    };
    std::map<std::uint64_t, Mapped> mapped;  ///< by IOVA
    std::size_t spaces = 0;                  ///< address spaces that were not destroyed
    std::optional<std::string> token{};      ///< of the device: 16 bytes
    bool knows_tokens = true;                ///< as Linux 6.17
    bool all_functions_are_ours = true;      ///< of the bus
    int bus_resets = 0;
    std::vector<std::string> complaints;  ///< what no program should do

private:
    [[nodiscard]] std::optional<int> answer(int descriptor, unsigned long request, void* argument);
    int answer_for_memory(unsigned long request, void* argument);
    int answer_for_device(unsigned long request, void* argument);
    int bind(vfio::iommufd::BindDevice& request);
    int map(vfio::iommufd::IoasMap& request);
    int describe_region(vfio_region_info& info) const;
    int describe_bus(vfio_pci_hot_reset_info& info) const;
    int refuse(int error, std::string complaint = {});
    [[nodiscard]] bool device_is_open() const;

    std::filesystem::path root_;
    bool bound_ = false;
    bool attached_ = false;
};

}  // namespace openbar
