/// A TestCard inside the test, and a client of it.
#pragma once

#include "openbar/vfio_user/client.hpp"

#include "simulator/vfio_user/in_program.hpp"
#include "unit/vfio_user/test_card.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <functional>
#include <thread>

namespace openbar::vfio_user::testing {

using simulator::testing::TestCard;

struct RunningCard {
    explicit RunningCard(Options options = {})
        : card(std::make_unique<TestCard>()),
          model(*card),
          program(simulator::vfio_user::InProgram::start(std::move(card))),
          client(Client::adopt(program->take_socket(), "sim:test", options)) {
        if (client) master_the_bus();
    }
    void master_the_bus() const { EXPECT_TRUE(client->write_width(7, 4, 2, 7)); }

    std::unique_ptr<TestCard> card;  // until the program has it
    TestCard& model;
    Result<simulator::vfio_user::InProgram> program;
    Result<Client> client;
};

/// Whether the descriptor becomes readable within the time.
inline bool fires(int descriptor, std::chrono::milliseconds within) {
    pollfd state{descriptor, POLLIN, 0};
    return ::poll(&state, 1, static_cast<int>(within.count())) == 1;
}

/// Waits for something that the card does at its own time.
inline bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

}  // namespace openbar::vfio_user::testing
