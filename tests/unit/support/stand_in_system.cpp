#include "tests/unit/support/stand_in_system.hpp"

#include "base/system_root.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace openbar::test {

namespace fs = std::filesystem;

StandInSystem::StandInSystem() {
    std::string name = (fs::temp_directory_path() / "openbar-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    root_ = name;
    set_system_root_for_tests(root_.string());
    fs::create_directories(path("/sys/bus/pci/devices"));
    fs::create_directories(path("/sys/bus/pci/drivers"));
    fs::create_directories(path("/proc/self"));
    write("/sys/bus/pci/drivers_probe", "");
}

StandInSystem::~StandInSystem() {
    set_system_root_for_tests("");
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

void StandInSystem::add_function(const StandInFunction& function) {
    const std::string directory = "/sys/bus/pci/devices/" + function.address;
    const auto attribute = [&](std::string_view name, std::string_view text) {
        write(fmt::format("{}/{}", directory, name), text);
    };
    attribute("vendor", fmt::format("{:#06x}\n", function.vendor));
    attribute("device", fmt::format("{:#06x}\n", function.device));
    attribute("class", "0x00ff00\n");
    attribute("enable", "1");
    attribute("driver_override", "(null)\n");

    std::string config(256, '\0');
    config[0] = static_cast<char>(function.vendor & 0xff);
    config[1] = static_cast<char>(function.vendor >> 8);
    config[2] = static_cast<char>(function.device & 0xff);
    config[3] = static_cast<char>(function.device >> 8);
    config[4] = 2;  // memory decoding
    attribute("config", config);

    std::string resources;
    for (unsigned index = 0; index < 7; ++index) {
        std::uint64_t start = 0, end = 0, flags = 0;
        for (const StandInRegion& region : function.regions) {
            if (region.index != index) continue;
            start = next_address_;
            end = start + region.size - 1;
            flags = region.port_io ? 0x40101 : 0x40200;
            next_address_ += 0x1000000;
            attribute(fmt::format("resource{}", index), std::string(region.size, '\0'));
        }
        resources += fmt::format("{:#018x} {:#018x} {:#018x}\n", start, end, flags);
    }
    attribute("resource", resources);

    if (!function.driver.empty()) {
        add_driver(function.driver);
        link(directory + "/driver", path("/sys/bus/pci/drivers/" + function.driver).string());
    }
    if (function.iommu_group)
        link(directory + "/iommu_group",
             fmt::format("/sys/kernel/iommu_groups/{}", *function.iommu_group));
}

void StandInSystem::add_driver(std::string_view name) {
    for (const char* file : {"bind", "unbind"})
        write(fmt::format("/sys/bus/pci/drivers/{}/{}", name, file), "");
}

fs::path StandInSystem::path(std::string_view absolute) const {
    return root_.string() + std::string(absolute);
}

void StandInSystem::write(std::string_view absolute, std::string_view text) const {
    const fs::path file = path(absolute);
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

void StandInSystem::link(std::string_view absolute, std::string_view target) const {
    const fs::path file = path(absolute);
    fs::create_directories(file.parent_path());
    fs::remove(file);
    fs::create_symlink(target, file);
}

std::string StandInSystem::read(std::string_view absolute) const {
    std::ifstream file(path(absolute), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void StandInSystem::poke(std::string_view absolute, std::uint64_t offset,
                         std::string_view bytes) const {
    std::fstream file(path(absolute), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace openbar::test
