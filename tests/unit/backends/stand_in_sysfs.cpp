#include "tests/unit/backends/stand_in_sysfs.hpp"

#include "base/system_root.hpp"

#include <stdlib.h>

#include <fstream>

namespace openbar {
namespace {

constexpr std::size_t bar_size = 8192;

/// vendor 1234, device 11e8, memory decoding on, a capability list with one MSI capability.
std::string configuration_space() {
    std::string bytes(256, '\0');
    const auto put = [&](std::size_t at, unsigned value) { bytes[at] = static_cast<char>(value); };
    put(0x00, 0x34);
    put(0x01, 0x12);
    put(0x02, 0xe8);
    put(0x03, 0x11);
    put(0x04, 0x03);
    put(0x06, 0x10);
    put(0x34, 0x40);
    put(0x40, 0x05);
    return bytes;
}

}  // namespace

void StandInSysfs::SetUp() {
    std::string name = (std::filesystem::temp_directory_path() / "openbar-sysfs-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
    std::filesystem::create_directories(attribute(""));
    std::filesystem::create_directories(root / "sys/bus/pci/drivers");
    write_file(attribute("vendor"), "0x1234\n");
    write_file(attribute("device"), "0x11e8\n");
    write_file(attribute("class"), "0x00ff00\n");
    write_file(attribute("revision"), "0x10\n");
    write_file(attribute("enable"), "0\n");
    write_file(attribute("resource"),
               "0x00000000fe000000 0x00000000fe001fff 0x0000000000040200\n"
               "0x000000000000c000 0x000000000000c0ff 0x0000000000040101\n");
    write_file(attribute("resource0"), std::string(bar_size, '\x5a'));
    write_file(attribute("resource1"), std::string(256, '\x3c'));
    write_file(attribute("config"), configuration_space());
    set_system_root_for_tests(root.string());
}

void StandInSysfs::TearDown() {
    set_system_root_for_tests("");
    std::filesystem::remove_all(root);
}

std::string StandInSysfs::attribute(const std::string& name) const {
    return (root / "sys/bus/pci/devices/0000:00:04.0" / name).string();
}

void StandInSysfs::write_file(const std::string& path, const std::string& content) const {
    std::ofstream(path, std::ios::binary) << content;
}

void StandInSysfs::bind(const std::string& driver) const {
    std::filesystem::create_directories(root / "sys/bus/pci/drivers" / driver);
    std::filesystem::remove(attribute("driver"));
    std::filesystem::create_directory_symlink(root / "sys/bus/pci/drivers" / driver,
                                              attribute("driver"));
}

std::size_t mappings() {
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);)
        if (line.find("openbar-sysfs-") != std::string::npos) ++count;
    return count;
}

}  // namespace openbar
