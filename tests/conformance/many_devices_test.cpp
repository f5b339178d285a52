// Waiting for any of several devices' interrupts, whatever the back ends.
//
//     many_devices_tests sim:edu sim:edu vfio:0000:00:04.0
//
// Each device must be an `edu`.
#include "openbar/openbar.hpp"

#include "examples/registers/edu.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

std::vector<std::string>& addresses() {
    static std::vector<std::string> all;
    return all;
}

struct Card {
    Device device;
    RequestRegisters registers;

    static Card open(const std::string& address) {
        auto device = Device::open(address).value();
        static_cast<void>(device.set_bus_master(true));  // uio and line interrupts need none
        Card card{device, RequestRegisters(device.region(edu::bar).value())};
        card.acknowledge();
        return card;
    }
    void raise() const { registers.write<edu::InterruptRaise>(1); }
    void acknowledge() const { registers.write<edu::InterruptAcknowledge>(0xffffffff); }
};

class ManyDevices : public ::testing::Test {
protected:
    ManyDevices() {
        for (const std::string& address : addresses()) {
            cards.push_back(Card::open(address));
            vectors.push_back(cards.back().device.vector(0).value());
        }
    }
    std::vector<Card> cards;
    std::vector<Interrupt> vectors;
};

TEST_F(ManyDevices, are_waited_for_together) {
    for (std::size_t raised = 0; raised < cards.size(); ++raised) {
        cards[raised].raise();
        const auto ready = wait_any(vectors, 5s);
        ASSERT_TRUE(ready) << ready.error().message();
        ASSERT_EQ(ready->size(), 1u);
        EXPECT_EQ(ready->front().index, raised);
        cards[raised].acknowledge();
    }
    EXPECT_EQ(wait_any(vectors, 50ms).error().code, ErrorCode::timed_out);
}

TEST_F(ManyDevices, that_fire_at_once_are_returned_at_once) {
    for (const Card& card : cards) card.raise();
    std::this_thread::sleep_for(100ms);  // of which QEMU's cards may need some
    const auto ready = wait_any(vectors, 5s);
    ASSERT_TRUE(ready) << ready.error().message();
    EXPECT_EQ(ready->size(), cards.size());
    EXPECT_TRUE(std::ranges::is_sorted(*ready, {}, &Ready::index));
    for (const Card& card : cards) card.acknowledge();
}

TEST_F(ManyDevices, are_all_left_by_a_cancellation_of_one) {
    cards.front().raise();
    vectors.back().cancel();
    Result<std::vector<Ready>> first = wait_any(vectors, 5s);
    if (first) first = wait_any(vectors, 5s);
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().code, ErrorCode::cancelled);
    EXPECT_NE(first.error().attempted.find(cards.back().device.info().address), std::string::npos)
        << first.error().message();
    cards.front().acknowledge();
}

TEST_F(ManyDevices, are_all_stopped_by_one_token) {
    std::stop_source stop;
    const std::jthread other([&] {
        std::this_thread::sleep_for(10ms);
        stop.request_stop();
    });
    EXPECT_EQ(wait_any(vectors, std::chrono::hours::max(), stop.get_token()).error().code,
              ErrorCode::cancelled);
}

/// A thread for each card raises its interrupt and waits until it was served: one that is lost
/// stops its thread.
TEST_F(ManyDevices, lose_none_of_their_interrupts) {
    constexpr unsigned rounds = 300;
    std::vector<std::atomic<unsigned>> served(cards.size());
    std::vector<std::jthread> raising;
    for (std::size_t index = 0; index < cards.size(); ++index)
        raising.emplace_back([&, index](const std::stop_token& done) {
            std::minstd_rand random(static_cast<unsigned>(index) + 1);
            for (unsigned round = 0; round < rounds; ++round) {
                if (random() % 4 == 0)
                    std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
                cards[index].raise();
                while (served[index] == round && !done.stop_requested()) std::this_thread::yield();
            }
        });
    const auto deadline = std::chrono::steady_clock::now() + 100s;
    const auto all_served = [&] {
        return std::ranges::all_of(served, [](const auto& count) { return count == rounds; });
    };
    while (!all_served() && std::chrono::steady_clock::now() < deadline) {
        const auto ready = wait_any(vectors, 5s);
        ASSERT_TRUE(ready) << ready.error().message();
        for (const auto& [index, count] : *ready) {
            cards[index].acknowledge();
            ++served[index];
        }
    }
    for (const auto& count : served) EXPECT_EQ(count, rounds);
}

}  // namespace
}  // namespace openbar::conformance

int main(int count, char** arguments) {
    ::testing::InitGoogleTest(&count, arguments);
    if (count < 2) {
        std::cerr << "usage: many_devices_tests DEVICE... [--gtest_filter=PATTERN]\n";
        return 2;
    }
    openbar::conformance::addresses().assign(arguments + 1, arguments + count);
    return RUN_ALL_TESTS();
}
