// What VFIO refuses: run in the test machine, as root, with
//   --iommu --device edu,addr=08.0,multifunction=on --device edu,addr=08.1 --device edu
//   --device nvme,addr=09.0 --bind vfio-pci
#include "openbar/openbar.hpp"

#include "examples/registers/edu.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <vector>

namespace openbar {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view in_a_group_of_two = "0000:00:08.0";
constexpr std::string_view alone = "0000:00:06.0";

void write_attribute(const std::string& path, const std::string& text) {
    std::ofstream file(path);
    file << text << std::flush;
    EXPECT_TRUE(file.good()) << path;
}

TEST(VfioGroup, of_two_functions_is_shared_by_one_program) {
    const auto first = Device::open(in_a_group_of_two);
    ASSERT_TRUE(first) << first.error().message();
    const auto second = Device::open("0000:00:08.1");
    ASSERT_TRUE(second) << second.error().message();
    EXPECT_EQ(first->info().iommu_group, second->info().iommu_group);
    EXPECT_EQ(second->region(0).value().read<std::uint32_t>(0), 0x010000edu);
}

TEST(VfioGroup, in_use_by_another_program_is_busy_until_that_is_killed) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto device = Device::open(alone);
        const auto vector = device ? device->vector(0) : device.error();
        const char done = vector ? 'y' : 'n';
        static_cast<void>(!::write(ready[1], &done, 1));
        for (;;) ::pause();
    }
    char done = 0;
    ASSERT_EQ(::read(ready[0], &done, 1), 1);
    ASSERT_EQ(done, 'y');
    const auto second = Device::open(alone);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy);
    EXPECT_THAT(second.error().hint, HasSubstr("fuser"));
    const auto after = Device::open(alone);
    ASSERT_TRUE(after) << after.error().message();
    EXPECT_TRUE(after->vector(0));
}

TEST(VfioGroup, that_a_kernel_driver_shares_is_not_viable_and_says_whose_fault_it_is) {
    // pci-stub may share a group; uio_pci_generic may not.
    const std::string other = "/sys/bus/pci/devices/0000:00:08.1/";
    write_attribute("/sys/bus/pci/drivers/vfio-pci/unbind", "0000:00:08.1");
    write_attribute(other + "driver_override", "uio_pci_generic");
    write_attribute("/sys/bus/pci/drivers_probe", "0000:00:08.1");
    const auto device = Device::open(in_a_group_of_two);
    write_attribute("/sys/bus/pci/drivers/uio_pci_generic/unbind", "0000:00:08.1");
    write_attribute(other + "driver_override", "vfio-pci");
    write_attribute("/sys/bus/pci/drivers_probe", "0000:00:08.1");
    ASSERT_FALSE(device);
    EXPECT_EQ(device.error().code, ErrorCode::busy);
    EXPECT_THAT(device.error().cause, HasSubstr("not viable"));
    EXPECT_THAT(device.error().cause, HasSubstr("0000:00:08.1 (uio_pci_generic)"));
}

TEST(VfioDevice, that_is_switched_off_reads_as_all_ones_and_comes_back) {
    const auto device = Device::open(alone);
    ASSERT_TRUE(device) << device.error().message();
    const auto mapping = device->map(0);
    ASSERT_TRUE(mapping);
    ASSERT_EQ(mapping->load<std::uint32_t>(0), 0x010000edu);
    const Configuration configuration = *device->configuration();
    const auto before = *configuration.read(configuration::command);
    ASSERT_TRUE(
        configuration.write(configuration::command, before & ~std::uint32_t{pci::command_memory}));
    const auto value = device->region(0).value().read<std::uint32_t>(0);
    EXPECT_TRUE(mapping->status()) << "nobody has touched it since";
    EXPECT_EQ(mapping->load<std::uint32_t>(0), 0xffffffffu);
    const auto status = mapping->status();
    mapping->store<std::uint32_t>(4, 0x12345678);
    EXPECT_EQ(mapping->load<std::uint32_t>(4), 0x12345678u) << "the program's own page";
    ASSERT_TRUE(configuration.write(configuration::command, before));
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::disabled) << value.error().message();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::removed);
    EXPECT_THAT(status.error().cause, HasSubstr("bar0 of 0000:00:06.0"));
    const auto waited =
        mapping->wait_until<edu::Status>([](auto) { return true; }, std::chrono::seconds(1));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code, ErrorCode::removed);
    const auto again = device->map(0);
    EXPECT_EQ(again->load<std::uint32_t>(0), 0x010000edu);
    EXPECT_TRUE(again->status());
}

/// edu takes 64-bit accesses from offset 0x80 on, and 32-bit ones below.
TEST(VfioDevice, makes_one_access_of_a_request_of_64_bits_and_refuses_it_when_switched_off) {
    const auto device = Device::open(alone);
    ASSERT_TRUE(device) << device.error().message();
    const Region region = *device->region(0);
    constexpr std::uint64_t dma_source = 0x80;
    constexpr std::uint64_t value = 0x1122334455667788;
    ASSERT_TRUE(region.write<std::uint64_t>(dma_source, value));
    EXPECT_EQ(region.read<std::uint64_t>(dma_source), value);
    const Configuration configuration = *device->configuration();
    const auto before = *configuration.read(configuration::command);
    ASSERT_TRUE(
        configuration.write(configuration::command, before & ~std::uint32_t{pci::command_memory}));
    const auto off = region.read<std::uint64_t>(dma_source);
    ASSERT_TRUE(configuration.write(configuration::command, before));
    ASSERT_FALSE(off);
    EXPECT_EQ(off.error().code, ErrorCode::disabled) << off.error().message();
    EXPECT_EQ(region.read<std::uint64_t>(dma_source), value) << "works again";
}

TEST(VfioRegion, reaches_the_msix_table_which_the_kernel_reads_as_ones_and_does_not_write) {
    const auto device = Device::open("0000:00:09.0");
    ASSERT_TRUE(device) << device.error().message();
    const Region region = *device->region(0);
    const auto mapping = device->map(0);
    ASSERT_TRUE(mapping) << mapping.error().message();
    constexpr std::uint64_t table = 0x2000;  // of QEMU's nvme, 65 vectors
    constexpr std::uint64_t end = table + 65 * 16;
    EXPECT_EQ(region.read<std::uint32_t>(table + 12), 1u) << "masked, as after a reset";
    EXPECT_EQ(region.read<std::uint32_t>(end - 4), 1u);
    EXPECT_EQ(region.read<std::uint32_t>(end), 0u) << "behind it";
    const auto written = region.write<std::uint32_t>(table + 8, 0x5a5a);
    ASSERT_TRUE(written) << written.error().message();
    EXPECT_EQ(mapping->load<std::uint32_t>(table + 8), 0x5a5au);
    EXPECT_EQ(region.read<std::uint32_t>(table + 8), 0x5a5au);
    EXPECT_TRUE(region.write<std::uint32_t>(table + 8, 0));
}

TEST(VfioDma, beyond_the_mappings_that_the_kernel_keeps_is_refused_and_leaves_nothing) {
    const std::string limit = "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
    write_attribute(limit, "4");
    const auto device = Device::open(alone);
    write_attribute(limit, "65535");
    ASSERT_TRUE(device) << device.error().message();
    std::vector<DmaBuffer> all;
    for (int number = 0; number < 4; ++number) {
        auto buffer = device->allocate_dma(4096);
        ASSERT_TRUE(buffer) << buffer.error().message();
        all.push_back(std::move(*buffer));
    }
    for (int again = 0; again < 3; ++again) {
        const auto fifth = device->allocate_dma(4096);
        ASSERT_FALSE(fifth);
        EXPECT_EQ(fifth.error().code, ErrorCode::resource_exhausted);
        EXPECT_THAT(fifth.error().message(), HasSubstr("dma_entry_limit"));
    }
    all.pop_back();
    EXPECT_TRUE(device->allocate_dma(4096));
}

TEST(VfioDevice, that_is_bound_to_nothing_gives_the_command_that_binds_it) {
    const auto bridge = Device::open("vfio:00:00.0");
    ASSERT_FALSE(bridge);
    EXPECT_EQ(bridge.error().code, ErrorCode::unsupported);
    EXPECT_THAT(bridge.error().hint, HasSubstr("openbar bind 0000:00:00.0 vfio-pci"));
}

}  // namespace
}  // namespace openbar
