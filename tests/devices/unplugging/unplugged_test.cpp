// What a program sees of a card that is pulled from its slot: run by unplugger_test in the test
// machine, which pulls the card that a line "unplug ID" names. As root, with
//   --iommu --device pcie-root-port,id=slot1,chassis=1 --device edu,bus=slot1,id=first
//   --device pcie-root-port,id=slot2,chassis=2 --device edu,bus=slot2,id=second
// and the second one bound to vfio-pci.
#include "openbar/openbar.hpp"

#include "examples/registers/edu.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <thread>

namespace openbar {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t identification = 0x010000ed;

void ask_to_unplug(const char* id) {
    std::printf("unplug %s\n", id);
    std::fflush(stdout);
}

/// Looks until it holds, a minute at most.
bool comes_to_pass(const std::function<bool()>& holds) {
    for (const auto deadline = std::chrono::steady_clock::now() + 60s; !holds();) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

bool is_gone(const std::string& address) {
    return !std::filesystem::exists("/sys/bus/pci/devices/" + address);
}

TEST(UnpluggedCard, that_sysfs_has_mapped_stays_mapped_and_is_told_by_requests) {
    const auto device = Device::open("sysfs:01:00.0");
    ASSERT_TRUE(device) << device.error().message();
    const auto registers = device->map(0);
    ASSERT_TRUE(registers) << registers.error().message();
    ASSERT_EQ(registers->load<std::uint32_t>(0), identification);

    ask_to_unplug("first");
    // Where nobody answers, a PC's bus gives ones and QEMU's gives zeros.
    EXPECT_TRUE(comes_to_pass([&] { return registers->load<std::uint32_t>(0) != identification; }));
    registers->write<edu::Liveness>(0x12345678);
    EXPECT_NE(registers->read<edu::Liveness>().value(), ~0x12345678u) << "it went nowhere";
    EXPECT_TRUE(comes_to_pass([] { return is_gone("0000:01:00.0"); }));
    const auto request = device->region(0).value().read<std::uint32_t>(0);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::removed) << request.error().message();
    const auto again = Device::open("sysfs:01:00.0");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::not_found) << again.error().message();
}

TEST(UnpluggedCard, that_a_program_waits_for_through_vfio_stays_until_that_lets_go) {
    {
        const auto device = Device::open("vfio:02:00.0");
        ASSERT_TRUE(device) << device.error().message();
        const auto registers = device->map(0);
        ASSERT_TRUE(registers) << registers.error().message();
        auto vector = device->vector(0);
        ASSERT_TRUE(vector) << vector.error().message();
        ask_to_unplug("second");
        const auto wait = vector->wait(60s);
        ASSERT_FALSE(wait);
        EXPECT_EQ(wait.error().code, ErrorCode::removed) << wait.error().message();
        EXPECT_EQ(registers->load<std::uint32_t>(0), identification) << "still in its slot";
        EXPECT_TRUE(registers->status());
    }
    EXPECT_TRUE(comes_to_pass([] { return is_gone("0000:02:00.0"); }));
}

}  // namespace
}  // namespace openbar
