// dt: addresses, on a tree, a /dev/mem and a UIO node of the test's own.
#include "openbar/device.hpp"

#include "base/system_root.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace openbar {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DeviceTreeAddress : public ::testing::Test {
protected:
    DeviceTreeAddress() {
        std::string name = (fs::temp_directory_path() / "openbar-dt-XXXXXX").string();
        if (::mkdtemp(name.data()) != nullptr) root_ = name;
        set_system_root_for_tests(root_);
        const std::string one("\0\0\0\1", 4);
        for (const char* bus : {"", "soc/"}) {
            put(base() + bus + "#address-cells", one);
            put(base() + bus + "#size-cells", one);
        }
        put(base() + "soc/ranges", std::string("\x70\0\0\0\0\0\0\0\0\1\0\0", 12));
        put(base() + "soc/clock@70002010/reg",
            std::string("\x70\0\x20\x10\0\0\0\x10\x70\0\x30\0\0\0\0\x08", 16));
        put(base() + "soc/clock@70002010/reg-names", std::string("clock\0alarm\0", 12));
        put(base() + "off/reg", std::string("\0\0\x40\0\0\0\0\x10", 8));
        put(base() + "off/status", std::string("disabled\0", 9));
        fs::create_directories(root_ + "/proc");
        fs::create_directory_symlink(root_ + base(), root_ + "/proc/device-tree");
        std::string memory(0x10000, '\0');
        memory[0x2014] = 'm';
        memory[0x3000] = 'a';
        put("/dev/mem", memory);
    }
    ~DeviceTreeAddress() override {
        set_system_root_for_tests("");
        fs::remove_all(root_);
    }

    static std::string base() { return "/sys/firmware/devicetree/base/"; }
    void put(const std::string& file, const std::string& contents) const {
        fs::create_directories(fs::path(root_ + file).parent_path());
        std::ofstream(root_ + file, std::ios::binary) << contents;
    }
    void bind_to_uio() const {
        put("/sys/class/uio/uio3/maps/map0/addr", "0x0000000000002000\n");
        put("/sys/class/uio/uio3/maps/map1/addr", "0x0000000000003000\n");
        fs::create_directories(root_ + "/sys/class/uio/uio3/device");
        fs::create_directory_symlink(root_ + base() + "soc/clock@70002010",
                                     root_ + "/sys/class/uio/uio3/device/of_node");
        std::string memory(0x2000, '\0');
        memory[0x14] = 'u';
        memory[0x1000] = 'v';
        put("/dev/uio3", memory);
    }
    std::string root_;
};

TEST_F(DeviceTreeAddress, opens_the_registers_through_dev_mem) {
    const auto device = Device::open("dt:/soc/clock");
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->info().backend, BackendKind::devmem);
    ASSERT_EQ(device->info().regions.size(), 2U);
    EXPECT_EQ(device->info().regions[0].name, "clock");
    EXPECT_EQ(device->info().regions[0].physical_address, 0x2010U);
    EXPECT_EQ(device->region(0).value().read<std::uint8_t>(4).value(), 'm');
    EXPECT_EQ(device->region(1).value().read<std::uint8_t>(0).value(), 'a');
    EXPECT_EQ(device->region(1).value().read<std::uint32_t>(8).error().code,
              ErrorCode::out_of_range);
}

TEST_F(DeviceTreeAddress, opens_the_registers_through_uio_where_the_node_is_bound_to_it) {
    bind_to_uio();
    const auto device = Device::open("dt:/soc/clock@70002010");
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->info().backend, BackendKind::uio);
    EXPECT_EQ(device->region(0).value().read<std::uint8_t>(4).value(), 'u');
    EXPECT_EQ(device->region(1).value().read<std::uint8_t>(0).value(), 'v');
    EXPECT_TRUE(device->map(0)) << "a block within a page is mapped, too";
    EXPECT_TRUE(device->info().vectors.empty());
    EXPECT_THAT(device->vector(0).error().message(), HasSubstr("names no interrupt"));
}

TEST_F(DeviceTreeAddress, has_the_interrupt_that_its_node_names_through_uio_only) {
    put(base() + "intc/interrupt-controller", "");
    put(base() + "intc/#interrupt-cells", std::string("\0\0\0\1", 4));
    put(base() + "intc/phandle", std::string("\0\0\0\7", 4));
    put(base() + "soc/clock@70002010/interrupt-parent", std::string("\0\0\0\7", 4));
    put(base() + "soc/clock@70002010/interrupts", std::string("\0\0\0\2", 4));
    EXPECT_FALSE(Device::open("dt:/soc/clock").value().info().capabilities.interrupts);
    bind_to_uio();
    const auto device = Device::open("dt:/soc/clock");
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_TRUE(device->info().capabilities.interrupts);
    ASSERT_EQ(device->info().vectors.size(), 1U);
    EXPECT_EQ(device->info().vectors[0].count, 1U);
}

TEST_F(DeviceTreeAddress, refuses_a_uio_node_whose_maps_are_other_registers) {
    bind_to_uio();
    put("/sys/class/uio/uio3/maps/map1/addr", "0x9000\n");
    const auto device = Device::open("dt:/soc/clock");
    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().code, ErrorCode::unsupported);
    EXPECT_THAT(device.error().cause, HasSubstr("map 1 of /dev/uio3"));
}

TEST_F(DeviceTreeAddress, a_second_program_finds_it_busy) {
    const auto first = Device::open("dt:/soc/clock");
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(Device::open("dt:/soc/clock").error().code, ErrorCode::busy);
    EXPECT_TRUE(Device::open("dt:/soc/clock", {.shared = true}));
}

TEST_F(DeviceTreeAddress, nodes_that_cannot_be_opened_say_why) {
    EXPECT_EQ(Device::open("dt:/soc/nothing").error().code, ErrorCode::not_found);
    EXPECT_EQ(Device::open("dt:/off").error().code, ErrorCode::disabled);
    EXPECT_EQ(Device::open("dt:/soc").error().code, ErrorCode::not_found);
    fs::remove_all(root_ + "/proc");
    fs::remove_all(root_ + "/sys");
    EXPECT_EQ(Device::open("dt:/soc/clock").error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace openbar
