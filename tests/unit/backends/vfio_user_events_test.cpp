// The events of simulated cards, from the card or its server to the program.
#include "openbar/openbar.hpp"

#include "simulator/registry.hpp"
#include "simulator/vfio_user/server.hpp"
#include "tests/unit/vfio_user/test_card.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

namespace openbar {
namespace {

using namespace std::chrono_literals;
using simulator::testing::TestCard;
constexpr std::uint64_t report_error = 0x48;

Device open_test_card() {
    static_cast<void>(simulator::Registry::of_this_program().add(
        {.name = "test", .summary = "a card for tests", .create = [](const simulator::Parameters&) {
             return std::make_unique<TestCard>();
         }}));
    return Device::open("sim:test").value();
}

TEST(EventsOfASimulatedCard, report_a_reset) {
    const Device device = open_test_card();
    auto events = device.events().value();
    EXPECT_EQ(events.wait(0s).error().code, ErrorCode::timed_out);
    EXPECT_EQ(events.wait(0s).error().attempted, "wait for events of sim:test");
    ASSERT_TRUE(device.reset());
    EXPECT_EQ(events.wait(5s).value(), DeviceEvent::reset);
}

TEST(EventsOfASimulatedCard, report_an_error_and_so_does_the_next_wait_for_each_interrupt) {
    const Device device = open_test_card();
    auto events = device.events().value();
    auto one = device.vector(InterruptKind::msi, 0).value();
    auto other = device.vector(InterruptKind::msi, 1).value();
    const Region registers = device.region(0).value();
    ASSERT_TRUE(registers.write<std::uint32_t>(report_error, 1));
    EXPECT_EQ(events.wait(5s).value(), DeviceEvent::error);
    for (Interrupt* interrupt : {&one, &other}) {
        const auto wait = interrupt->wait(5s);
        ASSERT_FALSE(wait);
        EXPECT_EQ(wait.error().code, ErrorCode::io) << wait.error().message();
        EXPECT_EQ(interrupt->wait(0s).error().code, ErrorCode::timed_out);
    }
}

TEST(EventsOfASimulatedCard, and_interrupts_fit_into_one_wait) {
    const Device device = open_test_card();
    ASSERT_TRUE(device.set_bus_master(true));
    auto events = device.events().value();
    auto interrupt = device.vector(InterruptKind::msi, 0).value();
    const Region registers = device.region(0).value();
    ASSERT_TRUE(registers.write<std::uint32_t>(0x24, 0));
    EXPECT_EQ(wait_any({interrupt, events}, 5s).value(), (std::vector<Ready>{{0, 1}}));
    ASSERT_TRUE(device.reset());
    EXPECT_EQ(wait_any({interrupt, events}, 5s).value(), (std::vector<Ready>{{1, 1}}));
    EXPECT_EQ(wait_any({interrupt, events}, 5s).value(), (std::vector<Ready>{{1, 1}}))
        << "it was not taken";
    EXPECT_EQ(events.wait(0s).value(), DeviceEvent::reset);
    EXPECT_EQ(wait_any({interrupt, events}, 0s).error().code, ErrorCode::timed_out);
}

TEST(EventsOfASimulatedCard, keep_it_open_and_follow_the_object_that_moves) {
    auto events = open_test_card().events().value();
    Events moved = std::move(events);
    EXPECT_EQ(wait_any({events}, 0s).error().code, ErrorCode::invalid_argument);
    moved.cancel();
    EXPECT_EQ(moved.wait(5s).error().code, ErrorCode::cancelled);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(moved.wait(5s, stop.get_token()).error().code, ErrorCode::cancelled);
}

TEST(EventsOfAServedCard, report_that_the_server_ends_before_it_has_gone) {
    std::string folder = ::testing::TempDir() + "openbar-events-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    auto server = simulator::vfio_user::Server::listen(std::make_unique<TestCard>(),
                                                       folder + "/card.sock", {})
                      .value();
    std::jthread serving([&] { EXPECT_TRUE(server->run()); });
    const auto device = Device::open("vfio-user:" + folder + "/card.sock").value();
    auto events = device.events().value();
    auto interrupt = device.vector(0).value();
    server->stop();
    serving.join();
    EXPECT_EQ(events.wait(5s).value(), DeviceEvent::removal_requested);
    EXPECT_EQ(interrupt.wait(5s).error().code, ErrorCode::removed);
    EXPECT_EQ(events.wait(0s).error().code, ErrorCode::timed_out) << "it is still there";
    server.reset();
    EXPECT_EQ(events.wait(5s).value(), DeviceEvent::removed);
    EXPECT_EQ(events.wait(5s).error().code, ErrorCode::removed);
    EXPECT_EQ(interrupt.wait(std::chrono::hours::max()).error().code, ErrorCode::removed);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace openbar
