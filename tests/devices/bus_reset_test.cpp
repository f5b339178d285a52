// A reset of a bus with two functions. Run in the test machine, as root, with
//   --iommu --module vfio-pci --device pcie-root-port,id=behind,chassis=1
//   --device e1000,bus=behind,addr=0.0,multifunction=on --device e1000,bus=behind,addr=0.1
#include "openbar/binding.hpp"
#include "openbar/openbar.hpp"

#include <gtest/gtest.h>

#include <string>

namespace openbar {
namespace {

using namespace std::chrono_literals;

const std::string first = "01:00.0";
const std::string second = "01:00.1";
// Intel's "PCI/PCI-X Family of Gigabit Ethernet Controllers", section 13.4.7: VLAN Ether Type.
constexpr std::uint64_t vlan_type = 0x38;
constexpr std::uint32_t marked = 0x1234;

void bind_function(const std::string& function, std::string_view driver) {
    const auto address = PciAddress::parse(function).value();
    const auto change = driver.empty() ? plan_unbind(address) : plan_bind(address, driver);
    ASSERT_TRUE(change) << change.error().message();
    const auto done = carry_out(*change);
    ASSERT_TRUE(done) << done.error().message();
}

std::uint32_t mark(const Device& device) {
    const Region registers = device.region(0).value();
    registers.write<std::uint32_t>(vlan_type, marked).value();
    return registers.read<std::uint32_t>(vlan_type).value();
}

TEST(ABusReset, resets_all_functions_of_the_bus_and_reports_it_to_each) {
    bind_function(first, "vfio-pci");
    bind_function(second, "vfio-pci");
    const auto one = Device::open("vfio:" + first).value();
    const auto other = Device::open("vfio:" + second).value();
    const auto mapping = other.map(0).value();
    EXPECT_EQ(one.reset().error().code, ErrorCode::unsupported) << "not alone";
    ASSERT_EQ(mark(one), marked);
    ASSERT_EQ(mark(other), marked);
    auto events = other.events().value();
    const auto reset = one.reset_bus();
    ASSERT_TRUE(reset) << reset.error().message();
    EXPECT_EQ(events.wait(0s).value(), DeviceEvent::reset);
    EXPECT_NE(one.region(0).value().read<std::uint32_t>(vlan_type).value(), marked);
    EXPECT_NE(other.region(0).value().read<std::uint32_t>(vlan_type).value(), marked);
    EXPECT_NE(mapping.load<std::uint32_t>(vlan_type), marked);
    ASSERT_EQ(mark(other), marked);
    EXPECT_EQ(mapping.load<std::uint32_t>(vlan_type), marked) << "mappings stay valid";
}

TEST(ABusReset, needs_the_other_functions_bound_but_not_open) {
    bind_function(first, "vfio-pci");
    bind_function(second, "vfio-pci");
    EXPECT_TRUE(Device::open("vfio:" + first).value().reset_bus())
        << "the other one is in the same group, which is ours";
    bind_function(second, "");
    const auto device = Device::open("vfio:" + first).value();
    ASSERT_EQ(mark(device), marked);
    const auto reset = device.reset_bus();
    ASSERT_FALSE(reset);
    EXPECT_EQ(reset.error().code, ErrorCode::busy) << reset.error().message();
    EXPECT_NE(reset.error().cause.find("0000:01:00.1"), std::string::npos);
    EXPECT_EQ(device.region(0).value().read<std::uint32_t>(vlan_type).value(), marked);
}

TEST(ABusReset, is_refused_by_other_back_ends) {
    EXPECT_EQ(Device::open("sim:edu").value().reset_bus().error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace openbar
