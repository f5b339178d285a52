// A user who owns /dev/vfio/GROUP and nothing else: run in the test machine with
//   --user --iommu --device edu --bind vfio-pci
#include "openbar/openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace openbar {
namespace {

using ::testing::HasSubstr;

TEST(AnUnprivilegedUser, works_the_device_whose_group_is_theirs) {
    ASSERT_NE(::geteuid(), 0u);
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->info().backend, BackendKind::vfio);
    const auto mapping = device->map(0);
    ASSERT_TRUE(mapping) << mapping.error().message();
    EXPECT_EQ(mapping->load<std::uint32_t>(0), 0x010000edu);
    EXPECT_EQ(mapping->memory_type(), MemoryType::unknown) << "debugfs is root's";
}

TEST(AnUnprivilegedUser, lists_functions_and_reads_the_start_of_a_configuration_space) {
    const auto functions = list_pci_functions();
    ASSERT_TRUE(functions);
    EXPECT_GT(functions->size(), 2u);
    const auto device = Device::open("sysfs:00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->configuration().value().read(configuration::vendor_id), 0x1234u);
    const auto beyond = device->region(configuration_region).value().read<std::uint32_t>(0x40);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, ErrorCode::permission_denied);
}

TEST(AnUnprivilegedUser, is_told_how_to_get_at_what_is_not_theirs) {
    const auto memory = Device::open("mem:0xfed00000+0x1000");
    ASSERT_FALSE(memory);
    EXPECT_EQ(memory.error().code, ErrorCode::permission_denied);
    const auto host_bridge = Device::open("sysfs:00:00.0");
    ASSERT_TRUE(host_bridge);
    const auto write = host_bridge->configuration().value().write(configuration::command, 0);
    ASSERT_FALSE(write);
    EXPECT_EQ(write.error().code, ErrorCode::permission_denied) << write.error().message();
    EXPECT_FALSE(write.error().hint.empty());
}

}  // namespace
}  // namespace openbar
