// Handles that two threads use and close at once, and children of `fork`.
#include "c_interface.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace {

class Threads : public OpenCard {
protected:
    void SetUp() override {
        OpenCard::SetUp();
        openbar_set_bus_master(card, 1);
        ASSERT_EQ(openbar_enable_vector(card, OPENBAR_BEST_KIND, 0, &vector), OPENBAR_OK);
    }
    void TearDown() override {
        openbar_close(vector);
        OpenCard::TearDown();
    }
    /// Until the thread that waits has entered its wait, as far as a second one can tell.
    void await_waiter() const {
        while (openbar_wait(vector, 0, nullptr) != OPENBAR_BUSY) std::this_thread::yield();
    }

    openbar_interrupt vector = 0;
};

TEST_F(Threads, that_wait_are_cancelled_by_a_close) {
    openbar_code code = OPENBAR_OK;
    std::thread waiter([&] {
        do code = openbar_wait(vector, OPENBAR_NO_LIMIT, nullptr);
        while (code == OPENBAR_BUSY);
    });
    await_waiter();
    EXPECT_EQ(openbar_close(vector), OPENBAR_OK);
    waiter.join();
    EXPECT_EQ(code, OPENBAR_CANCELLED);
    openbar_interrupt again = 0;
    EXPECT_EQ(openbar_enable_vector(card, OPENBAR_BEST_KIND, 0, &again), OPENBAR_OK)
        << "the vector is free again: " << last_error().message;
    EXPECT_EQ(openbar_close(again), OPENBAR_OK);
}

TEST_F(Threads, wait_for_one_interrupt_one_at_a_time) {
    openbar_code code = OPENBAR_OK;
    std::thread waiter([&] {
        do code = openbar_wait(vector, OPENBAR_NO_LIMIT, nullptr);
        while (code == OPENBAR_BUSY);
    });
    await_waiter();
    EXPECT_STRNE(last_error().hint, "");
    EXPECT_EQ(openbar_cancel(vector), OPENBAR_OK);
    waiter.join();
    EXPECT_EQ(code, OPENBAR_CANCELLED);
    EXPECT_EQ(openbar_wait(vector, 1'000'000, nullptr), OPENBAR_TIMED_OUT);
}

TEST_F(Threads, use_a_device_that_another_one_closes) {
    for (int round = 0; round < 30; ++round) {
        openbar_device shared = 0;
        ASSERT_EQ(openbar_open("sim:edu", nullptr, &shared), OPENBAR_OK);
        std::atomic<int> reads = 0;
        std::vector<std::thread> readers;
        for (int reader = 0; reader < 2; ++reader)
            readers.emplace_back([&] {
                std::uint64_t value = 0;
                openbar_code code = OPENBAR_OK;
                while ((code = openbar_read(shared, 0, 0, 4, &value)) == OPENBAR_OK) {
                    EXPECT_EQ(value, 0x010000edu);
                    ++reads;
                }
                EXPECT_EQ(code, OPENBAR_INVALID_ARGUMENT) << last_error().message;
            });
        while (reads < 3) std::this_thread::yield();
        EXPECT_EQ(openbar_close(shared), OPENBAR_OK);
        for (auto& reader : readers) reader.join();
    }
}

/// The child's result: its exit code, or -1 if it crashed.
template <typename Body>
int in_a_child(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body() ? 0 : 1);
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

TEST_F(Threads, of_a_forked_child_cannot_use_the_parents_handles) {
    const int code = in_a_child([&] {
        std::uint64_t value = 0;
        openbar_error error{};
        error.struct_size = sizeof error;
        return openbar_read(card, 0, 0, 4, &value) == OPENBAR_INVALID_ARGUMENT &&
               openbar_last_error(&error) == OPENBAR_OK &&
               std::string(error.message).find("forked") != std::string::npos &&
               openbar_wait(vector, 0, nullptr) == OPENBAR_INVALID_ARGUMENT &&
               openbar_close(vector) == OPENBAR_INVALID_ARGUMENT &&
               openbar_close(card) == OPENBAR_INVALID_ARGUMENT;
    });
    EXPECT_EQ(code, 0);
    EXPECT_EQ(openbar_trigger(vector), OPENBAR_OK);
    EXPECT_EQ(openbar_wait(vector, 5'000'000'000, nullptr), OPENBAR_OK)
        << "the child has closed something of its parent's: " << last_error().message;
}

TEST_F(Threads, of_a_forked_child_open_devices_again) {
    EXPECT_EQ(in_a_child([&] {
                  openbar_device inner = 0;
                  std::uint64_t value = 0;
                  return openbar_open("sim:edu", nullptr, &inner) == OPENBAR_OK && inner != card &&
                         openbar_read(inner, 0, 0, 4, &value) == OPENBAR_OK &&
                         value == 0x010000ed && openbar_close(inner) == OPENBAR_OK;
              }),
              0);
}

TEST_F(Threads, that_fork_while_others_call_leave_the_child_a_free_table) {
    std::atomic<bool> stop = false;
    std::thread busy([&] {
        auto info = sized<openbar_device_info>();
        while (!stop) openbar_device_get_info(card, &info);
    });
    for (int round = 0; round < 20; ++round) {
        const int code = in_a_child([&] {
            alarm(20);  // a lock that another thread held would never come free
            std::uint32_t offset = 0;
            return openbar_close(card) == OPENBAR_INVALID_ARGUMENT &&
                   openbar_find_configuration_register("command", &offset, &offset) == OPENBAR_OK;
        });
        ASSERT_EQ(code, 0) << "round " << round;
    }
    stop = true;
    busy.join();
}

TEST(Programs, that_end_with_open_handles_end_well) {
    EXPECT_EXIT(
        {
            openbar_device left = 0;
            openbar_memory buffer = 0;
            if (openbar_open("sim:edu", nullptr, &left) != OPENBAR_OK ||
                openbar_allocate_dma(left, 4096, nullptr, &buffer) != OPENBAR_OK)
                _exit(1);
            exit(7);
        },
        testing::ExitedWithCode(7), "");
}

}  // namespace
