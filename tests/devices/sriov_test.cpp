// SR-IOV: a virtual function of QEMU's nvme, and VF tokens. Run in the test machine, as root, with
//   --iommu --bind vfio-pci --module uio_pci_generic --device nvme-subsys,id=all
//   --device nvme,subsys=all,sriov_max_vfs=1,sriov_vq_flexible=2,sriov_vi_flexible=1
#include "openbar/binding.hpp"
#include "openbar/openbar.hpp"
#include "openbar/pci.hpp"
#include "openbar/pci_registers.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace openbar {
namespace {

const std::string physical = "0000:00:04.0";
const std::string virtual_one = "0000:00:04.1";
// NVM Express Base Specification 1.4, section 3.1: the version, of the physical function.
constexpr std::uint64_t version = 0x08;
// The message data of the first entry of QEMU's MSI-X table: a register that takes any value.
constexpr std::uint64_t message_data = 0x2008;

void write(const std::string& file, const std::string& text) {
    std::ofstream attribute(file);
    attribute << text << std::flush;
    ASSERT_TRUE(attribute.good()) << text << " > " << file;
}

PciAddress virtual_address() {
    return PciAddress::parse(virtual_one).value();
}

void bind(std::string_view driver) {
    const auto change =
        driver.empty() ? plan_unbind(virtual_address()) : plan_bind(virtual_address(), driver);
    ASSERT_TRUE(change) << change.error().message();
    const auto done = carry_out(*change);
    ASSERT_TRUE(done) << done.error().message();
}

void create_virtual_functions(const std::string& count) {
    write("/sys/bus/pci/devices/" + physical + "/sriov_numvfs", count);
}

/// QEMU 7.2 maps its BAR only while its own memory enable bit is set. Hardware has no such bit.
void let_qemu_map_it(const Device& device) {
    const auto configuration = device.configuration().value();
    ASSERT_TRUE(configuration.write(configuration::command, pci::command_memory));
}

class AVirtualFunction : public ::testing::Test {
protected:
    void SetUp() override {
        write("/sys/module/vfio_pci/parameters/enable_sriov", "Y");
        create_virtual_functions("1");
    }
    void TearDown() override { create_virtual_functions("0"); }
};

TEST_F(AVirtualFunction, is_described_by_its_physical_function) {
    const PciFunction function = find_pci_function(virtual_address()).value();
    EXPECT_EQ(function.identity.vendor, 0x1b36);
    EXPECT_EQ(function.identity.device, 0x0010);
    ASSERT_TRUE(function.virtual_function);
    EXPECT_EQ(function.virtual_function->physical.to_string(), physical);
    EXPECT_EQ(function.virtual_function->number, 0u);
    EXPECT_FALSE(find_pci_function(PciAddress::parse(physical).value()).value().virtual_function);
}

TEST_F(AVirtualFunction, is_read_and_written_also_where_it_holds_all_ones) {
    for (const std::string backend : {"sysfs", "uio"}) {
        SCOPED_TRACE(backend);
        bind(backend == "uio" ? "uio_pci_generic" : "");
        const auto device = Device::open(backend + ":" + virtual_one);
        ASSERT_TRUE(device) << device.error().message();
        EXPECT_TRUE(device->info().virtual_function);
        let_qemu_map_it(*device);
        EXPECT_EQ(device->configuration().value().read(configuration::vendor_id).value(), 0xffffu);
        const Region region = device->region(0).value();
        for (const std::uint32_t value : {0xffff'ffffu, 0x1234'5678u}) {
            const auto written = region.write<std::uint32_t>(message_data, value);
            ASSERT_TRUE(written) << written.error().message();
            EXPECT_EQ(region.read<std::uint32_t>(message_data).value(), value);
            const auto mapping = device->map(0);
            ASSERT_TRUE(mapping) << mapping.error().message();
            EXPECT_EQ(mapping->load<std::uint32_t>(message_data), value);
        }
    }
}

TEST_F(AVirtualFunction, is_disabled_while_the_physical_function_says_so) {
    bind("");
    const auto device = Device::open("sysfs:" + virtual_one);
    ASSERT_TRUE(device) << device.error().message();
    let_qemu_map_it(*device);
    const auto owner = Device::open("sysfs:" + physical, {.shared = true});
    ASSERT_TRUE(owner) << owner.error().message();
    const auto list = owner->configuration().value().capabilities().value();
    const auto capability = std::ranges::find_if(list, [](const PciCapability& one) {
        return one.extended && one.id == pci::extended_capability::sr_iov;
    });
    ASSERT_NE(capability, list.end());
    const Region all = owner->region(configuration_region).value();
    const std::uint64_t control = capability->offset + pci::sr_iov_control;
    const auto before = all.read<std::uint16_t>(control).value();
    ASSERT_TRUE(all.write<std::uint16_t>(
        control, static_cast<std::uint16_t>(before & ~pci::sr_iov_vf_memory_enable)));
    const auto read = device->region(0).value().read<std::uint32_t>(message_data);
    EXPECT_TRUE(all.write<std::uint16_t>(control, before));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::disabled) << read.error().message();
    EXPECT_NE(read.error().cause.find(physical), std::string::npos) << read.error().message();
    EXPECT_TRUE(device->region(0).value().read<std::uint32_t>(message_data));
}

/// VFIO resets the physical function when it is opened and closed, and its virtual functions with it.
TEST_F(AVirtualFunction, is_opened_through_vfio_with_the_token_of_its_physical_function_only) {
    create_virtual_functions("0");
    const auto token = VfToken::parse("14d63f20-8445-11ea-8900-1f9ce7d5650d").value();
    const auto other = VfToken::parse("24d63f20-8445-11ea-8900-1f9ce7d5650d").value();
    const auto owner = Device::open("vfio:" + physical, {.vf_token = token});
    ASSERT_TRUE(owner) << owner.error().message();
    create_virtual_functions("1");
    const std::string address = "vfio:" + virtual_one;
    const auto without = Device::open(address);
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().code, ErrorCode::permission_denied) << without.error().message();
    EXPECT_NE(without.error().hint.find("--vf-token"), std::string::npos);
    EXPECT_EQ(Device::open(address, {.vf_token = other}).error().code,
              ErrorCode::permission_denied);
    const auto device = Device::open(address, {.vf_token = token});
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_TRUE(device->info().virtual_function);
    EXPECT_EQ(device->configuration().value().read(configuration::vendor_id).value(), 0x1b36u);
    EXPECT_TRUE(device->region(0).value().read<std::uint32_t>(version));
}

TEST_F(AVirtualFunction, and_only_it_takes_a_token) {
    const auto token = VfToken::parse("14d63f20-8445-11ea-8900-1f9ce7d5650d").value();
    bind("");
    EXPECT_EQ(Device::open("sysfs:" + virtual_one, {.vf_token = token}).error().code,
              ErrorCode::unsupported);
    EXPECT_EQ(Device::open("sim:edu", {.vf_token = token}).error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace openbar
