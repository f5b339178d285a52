/// A tree of /sys, /dev and /proc of a test's own, in which the library and the program then live.
///
///     StandInSystem system;
///     system.add_function({.address = "0000:00:04.0", .vendor = 0x1234, .device = 0x11e8});
///     EXPECT_EQ(list_pci_functions()->size(), 1u);
///
/// Region files are plain files: mapping and configuration space work on their bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::test {

struct StandInRegion {
    unsigned index = 0;
    std::uint64_t size = 4096;
    bool port_io = false;
};

struct StandInFunction {
    std::string address;
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::string driver{};
    std::optional<unsigned> iommu_group{};
    std::vector<StandInRegion> regions{{}};
};

class StandInSystem {
public:
    StandInSystem();
    ~StandInSystem();
    StandInSystem(const StandInSystem&) = delete;
    StandInSystem& operator=(const StandInSystem&) = delete;

    void add_function(const StandInFunction& function);
    void add_driver(std::string_view name);

    /// "/sys/…" below the root, its folders made.
    [[nodiscard]] std::filesystem::path path(std::string_view absolute) const;
    void write(std::string_view absolute, std::string_view text) const;
    void link(std::string_view absolute, std::string_view target) const;
    [[nodiscard]] std::string read(std::string_view absolute) const;
    /// Bytes of a region's or the configuration space's file, at an offset.
    void poke(std::string_view absolute, std::uint64_t offset, std::string_view bytes) const;

private:
    std::filesystem::path root_;
    std::uint64_t next_address_ = 0xfe000000;
};

}  // namespace openbar::test
