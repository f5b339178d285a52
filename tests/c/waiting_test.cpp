// Events of a device, and waits for several things at once.
#include "c_interface.hpp"

#include <thread>

namespace {

constexpr std::uint64_t second = 1'000'000'000;

class Waiting : public OpenCard {
protected:
    void SetUp() override {
        OpenCard::SetUp();
        ASSERT_EQ(openbar_subscribe(card, &events), OPENBAR_OK) << last_error().message;
        ASSERT_EQ(openbar_enable_vector(card, OPENBAR_BEST_KIND, 0, &vector), OPENBAR_OK);
    }
    void TearDown() override {
        openbar_close(vector);
        openbar_close(events);
        OpenCard::TearDown();
    }

    openbar_events events = 0;
    openbar_interrupt vector = 0;
    std::uint32_t event = 99;
};

TEST_F(Waiting, for_an_event_takes_it) {
    EXPECT_EQ(openbar_next_event(events, 0, &event), OPENBAR_TIMED_OUT);
    EXPECT_EQ(event, 99u) << "an error has written to an output";
    ASSERT_EQ(openbar_reset(card), OPENBAR_OK);
    ASSERT_EQ(openbar_next_event(events, second, &event), OPENBAR_OK) << last_error().message;
    EXPECT_EQ(event, static_cast<std::uint32_t>(OPENBAR_WAS_RESET));
    EXPECT_EQ(openbar_next_event(events, 0, &event), OPENBAR_TIMED_OUT);
    EXPECT_EQ(openbar_trigger_event(events, 7), OPENBAR_INVALID_ARGUMENT);
    intptr_t native = -1;
    EXPECT_EQ(openbar_events_get_native_handle(events, &native), OPENBAR_OK);
    EXPECT_GE(native, 0);
}

TEST_F(Waiting, for_a_list_gives_all_that_fired) {
    const openbar_handle list[] = {events, vector};
    openbar_ready ready[2] = {};
    std::uint32_t count = 0;
    EXPECT_EQ(openbar_wait_any(list, 2, 1000, ready, &count), OPENBAR_TIMED_OUT);
    ASSERT_EQ(openbar_trigger(vector), OPENBAR_OK);
    ASSERT_EQ(openbar_wait_any(list, 2, second, ready, &count), OPENBAR_OK) << last_error().message;
    ASSERT_EQ(count, 1u);
    EXPECT_EQ(ready[0].index, 1u);
    EXPECT_EQ(ready[0].count, 1u);
    ASSERT_EQ(openbar_reset(card), OPENBAR_OK);
    ASSERT_EQ(openbar_wait_any(list, 2, second, ready, &count), OPENBAR_OK);
    EXPECT_EQ(ready[0].index, 0u);
    EXPECT_EQ(openbar_next_event(events, 0, &event), OPENBAR_OK);
}

TEST_F(Waiting, for_what_cannot_fire_is_refused) {
    openbar_ready ready[2] = {};
    std::uint32_t count = 0;
    const openbar_handle with_a_device[] = {vector, card};
    EXPECT_EQ(openbar_wait_any(with_a_device, 2, 0, ready, &count), OPENBAR_INVALID_ARGUMENT);
    EXPECT_THAT(last_error().message, testing::HasSubstr("that of a device"));
    const openbar_handle twice[] = {vector, vector};
    EXPECT_EQ(openbar_wait_any(twice, 2, 0, ready, &count), OPENBAR_BUSY);
    EXPECT_EQ(openbar_wait_any(twice, 0, 0, ready, &count), OPENBAR_INVALID_ARGUMENT);
}

TEST_F(Waiting, for_a_list_ends_when_one_of_it_is_closed) {
    openbar_code code = OPENBAR_OK;
    std::thread waiter([&] {
        const openbar_handle list[] = {vector, events};
        openbar_ready ready[2] = {};
        std::uint32_t count = 0;
        do code = openbar_wait_any(list, 2, OPENBAR_NO_LIMIT, ready, &count);
        while (code == OPENBAR_BUSY);
    });
    while (openbar_next_event(events, 0, &event) != OPENBAR_BUSY) std::this_thread::yield();
    EXPECT_EQ(openbar_close(events), OPENBAR_OK);
    waiter.join();
    EXPECT_EQ(code, OPENBAR_CANCELLED);
}

}  // namespace
