// What openbar refuses, with which words: run in the test machine, as root, without an IOMMU, with
//   --module e1000 --device edu --device edu --device e1000
#include "openbar/openbar.hpp"
#include "openbar/registers.hpp"

#include "examples/registers/edu.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace openbar {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view edu_address = "0000:00:04.0";
constexpr std::string_view second_edu = "0000:00:05.0";
constexpr std::string_view owned_by_kernel = "0000:00:06.0";

Error refused(std::string_view address, OpenOptions options = {}) {
    auto device = Device::open(address, options);
    return device ? Error{} : device.error();
}

TEST(Refusal, of_a_function_that_is_not_there_says_how_to_list_them) {
    const Error error = refused("00:1f.7");
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_THAT(error.hint, HasSubstr("openbar list"));
}

TEST(Refusal, of_ids_that_two_functions_have_names_both) {
    const Error error = refused("pci:1234:11e8");
    EXPECT_EQ(error.code, ErrorCode::ambiguous);
    EXPECT_THAT(error.cause, HasSubstr(std::string(edu_address)));
    EXPECT_THAT(error.cause, HasSubstr(std::string(second_edu)));
}

TEST(Refusal, of_vfio_without_an_iommu_says_so) {
    const Error error = refused("vfio:00:04.0");
    EXPECT_EQ(error.code, ErrorCode::unsupported);
    EXPECT_THAT(error.cause, HasSubstr("IOMMU"));
    EXPECT_THAT(error.hint, HasSubstr("intel_iommu=on"));
}

TEST(Refusal, of_uio_without_its_driver_gives_the_command_that_binds_it) {
    const Error error = refused("uio:00:04.0");
    EXPECT_EQ(error.code, ErrorCode::unsupported);
    EXPECT_THAT(error.hint, HasSubstr("openbar bind 0000:00:04.0 uio_pci_generic"));
}

TEST(Refusal, of_a_region_that_a_kernel_driver_owns_names_the_driver) {
    const auto device = Device::open(owned_by_kernel);
    ASSERT_TRUE(device) << "its configuration space may be read: " << device.error().message();
    ASSERT_EQ(device->info().kernel_driver, "e1000") << "the test machine loads it";
    EXPECT_EQ(device->configuration().value().read(configuration::vendor_id), 0x8086u);
    for (const Error& error :
         {device->map(0).error(), device->region(0).value().read<std::uint32_t>(8).error()})
        EXPECT_THAT(error.cause, HasSubstr("e1000")) << error.message();
    EXPECT_EQ(device->region(0).value().read<std::uint32_t>(8).error().code, ErrorCode::busy);
}

TEST(Refusal, of_a_region_that_is_switched_off_gives_the_command_that_switches_it_on) {
    const auto device = Device::open(edu_address);
    ASSERT_TRUE(device);
    const Configuration configuration = *device->configuration();
    const auto before = *configuration.read(configuration::command);
    ASSERT_TRUE(
        configuration.write(configuration::command, before & ~std::uint32_t{pci::command_memory}));
    const auto mapping = device->map(0);
    const auto value = device->region(0).value().read<std::uint32_t>(0);
    ASSERT_TRUE(configuration.write(configuration::command, before));
    ASSERT_FALSE(mapping);
    ASSERT_FALSE(value);
    EXPECT_EQ(mapping.error().code, ErrorCode::disabled);
    EXPECT_EQ(value.error().code, ErrorCode::disabled);
    EXPECT_THAT(value.error().hint, HasSubstr("openbar config 0000:00:04.0 command 0x2:0x2"));
    EXPECT_EQ(device->region(0).value().read<std::uint32_t>(0), 0x010000edu) << "works again";
}

TEST(Refusal, of_ram_through_dev_mem_says_who_forbids_it) {
    const auto device = Device::open("mem:0x1000000+0x1000");
    ASSERT_TRUE(device) << device.error().message();
    const auto mapping = device->map(0);
    ASSERT_FALSE(mapping);
    EXPECT_EQ(mapping.error().code, ErrorCode::permission_denied);
    EXPECT_THAT(mapping.error().cause, HasSubstr("STRICT_DEVMEM"));
}

TEST(Refusal, of_a_physical_range_that_is_open_already_is_busy) {
    const auto first = Device::open("mem:0xfed00000+0x1000");
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(refused("mem:0xfed00800+0x1000").code, ErrorCode::busy) << "they overlap";
    EXPECT_TRUE(Device::open("mem:0xfed00800+0x1000", {.shared = true}));
    EXPECT_TRUE(Device::open("mem:0xfee00000+0x1000")) << "another range is free";
}

TEST(DevMem, reaches_an_unclaimed_bar) {
    const auto device = Device::open("devmem:00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    // Through /dev/mem nobody switches decoding on: the sysfs back end does, while it is open.
    const auto enabled = Device::open(edu_address, {.shared = true});
    ASSERT_TRUE(enabled);
    EXPECT_EQ(device->region(0).value().read<std::uint32_t>(0), 0x010000edu);
    const auto mapping = device->map(0);
    ASSERT_TRUE(mapping) << mapping.error().message();
    EXPECT_EQ(mapping->load<std::uint32_t>(0), 0x010000edu);
}

TEST(DevMem, and_sysfs_keep_each_other_off_one_function) {
    {
        const auto first = Device::open("devmem:00:04.0");
        ASSERT_TRUE(first) << first.error().message();
        EXPECT_EQ(refused(edu_address).code, ErrorCode::busy);
    }
    const auto first = Device::open(edu_address);
    ASSERT_TRUE(first) << first.error().message();
    EXPECT_EQ(refused("devmem:00:04.0").code, ErrorCode::busy);
    EXPECT_TRUE(Device::open("devmem:00:04.0", {.shared = true}));
}

TEST(DevMem, is_refused_for_a_function_that_a_kernel_driver_owns) {
    const Error error = refused("devmem:00:06.0");
    EXPECT_EQ(error.code, ErrorCode::busy);
    EXPECT_THAT(error.cause, HasSubstr("e1000"));
    EXPECT_THAT(error.hint, HasSubstr("openbar unbind 0000:00:06.0"));
}

/// Another program, which opens the device, maps it, and waits to be killed.
pid_t holder() {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto device = Device::open(edu_address);
        const auto mapping = device ? device->map(0) : device.error();
        const char done = mapping ? 'y' : 'n';
        static_cast<void>(!::write(ready[1], &done, 1));
        for (;;) ::pause();
    }
    char done = 0;
    EXPECT_EQ(::read(ready[0], &done, 1), 1);
    EXPECT_EQ(done, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
    return child;
}

TEST(SecondProgram, is_told_who_has_the_device_and_may_look_at_it_shared) {
    const pid_t other = holder();
    const Error error = refused(edu_address);
    EXPECT_EQ(error.code, ErrorCode::busy);
    EXPECT_THAT(error.cause, HasSubstr(std::to_string(other)));
    const auto shared = Device::open(edu_address, {.shared = true});
    ASSERT_TRUE(shared) << shared.error().message();
    EXPECT_EQ(shared->region(0).value().read<std::uint32_t>(0), 0x010000edu);
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
}

TEST(SecondProgram, has_the_device_once_the_first_was_killed) {
    const pid_t other = holder();
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    const auto device = Device::open(edu_address);
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_EQ(device->region(0).value().read<std::uint32_t>(0), 0x010000edu);
}

TEST(RemovedDevice, is_told_of_and_can_be_opened_when_it_is_back) {
    const auto device = Device::open(second_edu);
    ASSERT_TRUE(device);
    const auto mapping = device->map(0);
    ASSERT_TRUE(mapping);
    ASSERT_EQ(mapping->load<std::uint32_t>(0), 0x010000edu);

    std::ofstream("/sys/bus/pci/devices/0000:00:05.0/remove") << "1" << std::flush;
    // The kernel has let go of the card, which still sits in its slot: sysfs leaves the mapping,
    // and whoever answers on the bus answers. See VfioDevice for one that stops answering.
    EXPECT_EQ(mapping->load<std::uint32_t>(0), 0x010000edu);
    const auto value = device->region(0).value().read<std::uint32_t>(0);
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, ErrorCode::removed) << value.error().message();

    std::ofstream("/sys/bus/pci/rescan") << "1" << std::flush;
    EXPECT_TRUE(Device::open(second_edu)) << "it can be opened again";
}

}  // namespace
}  // namespace openbar
