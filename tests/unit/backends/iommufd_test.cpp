// The vfio back end by device nodes and iommufd, on a stand-in of the kernel.
#include "openbar/openbar.hpp"

#include "tests/support/open_descriptors.hpp"
#include "tests/unit/backends/stand_in_iommufd.hpp"
#include "tests/unit/backends/stand_in_sysfs.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace openbar {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DeviceNodes : public StandInSysfs {
protected:
    void SetUp() override {
        StandInSysfs::SetUp();
        if (HasFatalFailure()) return;
        bind("vfio-pci");
        fs::create_directories(root / "sys/kernel/iommu_groups/11");
        fs::create_directory_symlink(root / "sys/kernel/iommu_groups/11", attribute("iommu_group"));
        kernel.emplace(root);
    }
    void TearDown() override {
        EXPECT_EQ(kernel->spaces, 0u) << "every address space is destroyed";
        EXPECT_THAT(kernel->complaints, IsEmpty());
        kernel.reset();
        StandInSysfs::TearDown();
    }
    std::optional<StandInIommufd> kernel;
};

TEST_F(DeviceNodes, are_used_by_a_kernel_without_groups) {
    const std::size_t before = open_descriptors();
    {
        const auto device = Device::open("00:04.0");
        ASSERT_TRUE(device) << device.error().message();
        EXPECT_EQ(device->info().backend, BackendKind::vfio);
        const Region region = device->region(0).value();
        EXPECT_EQ(region.read<std::uint32_t>(0x10).value(), 0x5a5a5a5au);
        const auto mapping = device->map(0);
        ASSERT_TRUE(mapping) << mapping.error().message();
        mapping->store<std::uint32_t>(0x10, 7);
        EXPECT_EQ(region.read<std::uint32_t>(0x10).value(), 7u);
        EXPECT_EQ(Device::open("00:04.0").error().code, ErrorCode::busy);
    }
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_TRUE(Device::open("vfio:00:04.0")) << "again";
}

TEST_F(DeviceNodes, are_left_alone_by_a_kernel_with_groups) {
    write_file((root / "dev/vfio/vfio").string(), "");
    const auto device = Device::open("00:04.0");
    ASSERT_FALSE(device);
    EXPECT_THAT(device.error().message(), HasSubstr("VFIO version")) << "the file is no container";
    EXPECT_EQ(kernel->spaces, 0u);
}

TEST_F(DeviceNodes, give_the_device_memory_within_the_allowed_ranges) {
    const auto device = Device::open("00:04.0").value();
    std::vector<DmaBuffer> buffers;
    for (int count = 0; count < 30; ++count)
        buffers.push_back(device.allocate_dma(0x80000).value());
    EXPECT_EQ(kernel->mapped.size(), 30u);
    for (const DmaBuffer& buffer : buffers) {
        const auto found = kernel->mapped.find(buffer.iova());
        ASSERT_NE(found, kernel->mapped.end());
        EXPECT_EQ(found->second.memory, reinterpret_cast<std::uintptr_t>(buffer.span().data()));
        EXPECT_EQ(found->second.flags, 7u);
    }
    EXPECT_EQ(device.allocate_dma(0x200000).error().code, ErrorCode::resource_exhausted);
    buffers.clear();
    EXPECT_TRUE(kernel->mapped.empty());
}

TEST_F(DeviceNodes, give_only_the_access_that_a_pin_allows) {
    const auto device = Device::open("00:04.0").value();
    std::vector<std::byte> memory(10000);
    for (const auto& [access, flags] :
         {std::pair{DeviceAccess::read, 5u}, std::pair{DeviceAccess::write, 3u}}) {
        const auto pinned = device.pin(memory, {.access = access}).value();
        ASSERT_EQ(kernel->mapped.size(), 1u);
        EXPECT_EQ(kernel->mapped.begin()->second.flags, flags);
        EXPECT_EQ(kernel->mapped.begin()->second.length % 4096, 0u);
    }
    EXPECT_TRUE(kernel->mapped.empty());
}

TEST_F(DeviceNodes, take_the_token_of_a_virtual_function) {
    const auto token = VfToken::parse("14d63f20-8445-11ea-8900-1f9ce7d5650d").value();
    const auto other = VfToken::parse("24d63f20-8445-11ea-8900-1f9ce7d5650d").value();
    EXPECT_EQ(Device::open("00:04.0", {.vf_token = token}).error().code, ErrorCode::unsupported);
    kernel->token =
        "\x14\xd6\x3f\x20\x84\x45\x11\xea\x89" + std::string(1, '\0') + "\x1f\x9c\xe7\xd5\x65\x0d";
    EXPECT_EQ(Device::open("00:04.0").error().code, ErrorCode::permission_denied);
    EXPECT_EQ(Device::open("00:04.0", {.vf_token = other}).error().code,
              ErrorCode::permission_denied);
    EXPECT_TRUE(Device::open("00:04.0", {.vf_token = token}));
    kernel->knows_tokens = false;
    const auto refused = Device::open("00:04.0", {.vf_token = token});
    EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
    EXPECT_THAT(refused.error().message(), HasSubstr("6.17"));
}

TEST_F(DeviceNodes, reset_a_bus_whose_functions_are_all_of_this_program) {
    const auto device = Device::open("00:04.0").value();
    auto events = device.events().value();
    const auto reset = device.reset_bus();
    ASSERT_TRUE(reset) << reset.error().message();
    EXPECT_EQ(kernel->bus_resets, 1);
    EXPECT_EQ(events.wait(std::chrono::seconds(0)).value(), DeviceEvent::reset);
    kernel->all_functions_are_ours = false;
    EXPECT_EQ(device.reset_bus().error().code, ErrorCode::busy);
    EXPECT_EQ(kernel->bus_resets, 1);
}

TEST_F(DeviceNodes, are_refused_with_a_command_if_this_user_may_not_open_them) {
    fs::remove(root / "dev/iommu");
    const auto without = Device::open("00:04.0");
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().hint, "sudo modprobe iommufd");
}

}  // namespace
}  // namespace openbar
