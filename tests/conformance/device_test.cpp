// The device as a whole: what it says of itself, its configuration space, reset, second openers.
#include "device_under_test.hpp"
#include "examples/registers/edu.hpp"
#include "system.hpp"

#include <algorithm>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

class TheDevice : public DeviceUnderTest {};

TEST_F(TheDevice, says_who_it_is) {
    ASSERT_TRUE(device->info().identity);
    EXPECT_EQ(device->info().identity->vendor, edu::vendor_id);
    EXPECT_EQ(device->info().identity->device, edu::device_id);
    const auto bar = device->region(edu::bar);
    ASSERT_TRUE(bar);
    EXPECT_EQ(bar->size(), 0x100000u);
    EXPECT_EQ(bar->info().kind, RegionKind::memory);
}

TEST_F(TheDevice, gives_a_reason_for_everything_that_it_does_not_offer) {
    const Capabilities& can = device->info().capabilities;
    for (const Capability* one : {&can.mapping, &can.write_combining, &can.configuration,
                                  &can.interrupts, &can.dma, &can.reset})
        EXPECT_NE(one->offered, !one->why_not.empty()) << one->why_not;
}

TEST_F(TheDevice, shows_its_ids_in_configuration_space) {
    OPENBAR_NEEDS(configuration);
    const auto configuration = device->configuration();
    ASSERT_TRUE(configuration) << configuration.error().message();
    EXPECT_EQ(configuration->read(configuration::vendor_id), edu::vendor_id);
    EXPECT_EQ(configuration->read(configuration::device_id), edu::device_id);
    const auto capabilities = configuration->capabilities();
    ASSERT_TRUE(capabilities) << capabilities.error().message();
    EXPECT_TRUE(std::ranges::any_of(*capabilities, [](const PciCapability& capability) {
        return capability.name == "MSI" && !capability.extended;
    }));
}

TEST_F(TheDevice, becomes_bus_master_and_ceases_to_be) {
    OPENBAR_NEEDS(configuration);
    const auto configuration = *device->configuration();
    for (const bool enabled : {true, false}) {
        const auto set = device->set_bus_master(enabled);
        ASSERT_TRUE(set) << set.error().message();
        const auto command = configuration.read(configuration::command);
        ASSERT_TRUE(command);
        EXPECT_EQ((*command & pci::command_bus_master) != 0, enabled);
    }
}

TEST_F(TheDevice, answers_after_a_reset) {
    OPENBAR_NEEDS(reset);
    const auto reset = device->reset();
    ASSERT_TRUE(reset) << reset.error().message();
    const RequestRegisters registers(*device->region(edu::bar));
    EXPECT_EQ(registers.read<edu::Identification>().get<edu::Identification::Magic>(), edu::magic);
}

TEST_F(TheDevice, that_is_reset_keeps_its_mappings_and_vectors_or_refuses_while_there_are_any) {
    OPENBAR_NEEDS(reset);
    OPENBAR_NEEDS(interrupts);
    auto vector = device->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    std::optional<Mapping> mapping;
    if (auto mapped = device->map(edu::bar)) mapping.emplace(std::move(*mapped));
    const RequestRegisters registers(*device->region(edu::bar));
    const auto reset = device->reset();
    if (device->info().backend == BackendKind::windows) {
        ASSERT_FALSE(reset);
        EXPECT_EQ(reset.error().code, ErrorCode::busy) << reset.error().message();
        return;
    }
    ASSERT_TRUE(reset) << reset.error().message();
    if (mapping) {
        EXPECT_EQ(mapping->read<edu::Identification>().value(), 0x010000edu);
    }
    static_cast<void>(device->set_bus_master(true));
    registers.write<edu::InterruptRaise>(1);
    const auto count = vector->wait(5s);
    EXPECT_TRUE(count) << count.error().message();
    registers.write<edu::InterruptAcknowledge>(1);
}

TEST_F(TheDevice, is_refused_to_a_second_opener) {
    if (device_address().starts_with("sim:"))
        GTEST_SKIP() << "each sim: address is a separate device";
    const auto second = Device::open(device_address());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy) << second.error().message();
    EXPECT_FALSE(second.error().hint.empty());
}

TEST_F(TheDevice, stays_a_bus_master_when_others_try_to_open_it_or_look_at_it) {
    if (device_address().starts_with("sim:"))
        GTEST_SKIP() << "each sim: address is a separate device";
    if (device_address().starts_with("vfio-user:"))
        GTEST_SKIP() << "a second client waits for the first to end";
    if (const auto master = device->set_bus_master(true); !master)
        GTEST_SKIP() << master.error().message();
    EXPECT_FALSE(Device::open(device_address()));
    if (const auto shared = Device::open(device_address(), {.shared = true})) {
        EXPECT_TRUE(shared->region(edu::bar).value().read<std::uint32_t>(0));
        if (shared->info().backend == BackendKind::uio) {
            EXPECT_EQ(shared->vector(0).error().code, ErrorCode::busy);
        }
    }
    const auto command = device->configuration().value().read(configuration::command);
    ASSERT_TRUE(command) << command.error().message();
    EXPECT_NE(*command & pci::command_bus_master, 0u);
}

TEST_F(TheDevice, leaves_no_descriptor_open) {
    device.reset();
    { auto warm_up = Device::open(device_address()); }
    const std::size_t before = open_descriptors();
    for (int round = 0; round < 10; ++round) {
        auto opened = Device::open(device_address());
        ASSERT_TRUE(opened) << opened.error().message();
        if (opened->info().capabilities.mapping) {
            ASSERT_TRUE(opened->map(edu::bar));
        }
        if (opened->info().capabilities.interrupts) {
            ASSERT_TRUE(opened->vector(0));
        }
    }
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace openbar::conformance
