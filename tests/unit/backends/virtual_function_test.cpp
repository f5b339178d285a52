// An SR-IOV virtual function, in the files that the kernel shows of it and of its physical function.
#include "openbar/openbar.hpp"
#include "openbar/pci.hpp"

#include "tests/unit/backends/stand_in_sysfs.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace openbar {
namespace {

namespace fs = std::filesystem;

/// 0000:00:04.0 becomes number 3 of the virtual functions of 0000:00:01.0.
class AVirtualFunction : public StandInSysfs {
protected:
    static constexpr std::size_t control = 0x120 + 8;

    void SetUp() override {
        StandInSysfs::SetUp();
        if (HasFatalFailure()) return;
        // As hardware has it: no ids, no memory enable bit.
        std::string configuration = std::string(256, '\0');
        configuration.replace(0, 8, std::string("\xff\xff\xff\xff\x04\x00\x10\x00", 8));
        write_file(attribute("config"), configuration);
        fs::create_directories(physical(""));
        fs::create_directory_symlink("../0000:00:01.0", attribute("physfn"));
        fs::create_directory_symlink("../0000:00:05.0", physical("virtfn1"));
        fs::create_directory_symlink("../0000:00:04.0", physical("virtfn3"));
        show_control('\x09');
    }
    [[nodiscard]] std::string physical(const std::string& name) const {
        return (root / "sys/bus/pci/devices/0000:00:01.0" / name).string();
    }
    void show_control(char value, std::size_t size = 4096) const {
        std::string bytes(4096, '\0');
        bytes.replace(0x100, 4, std::string("\x01\x00\x01\x12", 4));  // errors; next at 0x120
        bytes.replace(0x120, 4, std::string("\x10\x00\x01\x00", 4));
        bytes[control] = value;
        if (value == '\xff') bytes[control + 1] = value;
        bytes.resize(size);
        write_file(physical("config"), bytes);
    }
    [[nodiscard]] static Result<std::uint32_t> read_register() {
        OPENBAR_TRY(device, Device::open("sysfs:00:04.0"));
        OPENBAR_TRY(region, device.region(0));
        return region.read<std::uint32_t>(0x10);
    }
};

TEST_F(AVirtualFunction, is_listed_with_its_physical_function_and_its_number) {
    const PciFunction function = find_pci_function(PciAddress::parse("00:04.0").value()).value();
    EXPECT_EQ(function.identity.vendor, 0x1234) << "as the kernel says, not as the card does";
    ASSERT_TRUE(function.virtual_function);
    EXPECT_EQ(function.virtual_function->physical.to_string(), "0000:00:01.0");
    EXPECT_EQ(function.virtual_function->number, 3u);
    EXPECT_EQ(Device::open("sysfs:00:04.0").value().info().virtual_function,
              function.virtual_function);
    EXPECT_FALSE(find_pci_function(PciAddress::parse("00:01.0").value()).value().virtual_function);
}

TEST_F(AVirtualFunction, decodes_memory_if_its_physical_function_enables_that) {
    EXPECT_EQ(read_register().value(), 0x5a5a5a5au) << "from a device that is opened then";
    const auto device = Device::open("sysfs:00:04.0").value();
    EXPECT_TRUE(device.map(0));
    EXPECT_TRUE(device.region(0).value().write<std::uint32_t>(0x10, 0xffffffff));
    EXPECT_EQ(device.region(0).value().read<std::uint32_t>(0x10), 0xffffffffu)
        << "a value like others";
    for (const char value : {'\x00', '\x01', '\x08'}) {
        show_control(value);
        const auto read = device.region(0).value().read<std::uint32_t>(0x10);
        ASSERT_FALSE(read) << int{value};
        EXPECT_EQ(read.error().code, ErrorCode::disabled);
        EXPECT_NE(read.error().cause.find("0000:00:01.0"), std::string::npos)
            << read.error().message();
        EXPECT_FALSE(device.map(0));
    }
}

TEST_F(AVirtualFunction, has_gone_with_its_physical_function) {
    const auto device = Device::open("sysfs:00:04.0").value();
    show_control('\xff');
    EXPECT_EQ(device.region(0).value().read<std::uint32_t>(0).error().code, ErrorCode::removed);
}

TEST_F(AVirtualFunction, is_usable_if_this_user_cannot_see_the_control_register) {
    show_control('\x09', 64);
    EXPECT_TRUE(read_register());
    fs::remove(physical("config"));
    EXPECT_TRUE(read_register());
}

}  // namespace
}  // namespace openbar
