// Register programs: what runs, in which order, and where it ends.
#include "device_under_test.hpp"
#include "examples/registers/edu.hpp"

#include <chrono>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

using Operation = RegisterStep::Operation;

class Programs : public DeviceUnderTest {
protected:
    [[nodiscard]] Result<RegisterValues> run(const RegisterSteps& steps) const {
        OPENBAR_TRY(program, device->program(steps));
        return program.run();
    }
};

TEST_F(Programs, run_their_steps_in_order_and_again) {
    RegisterSteps steps;
    const auto number = steps.write<edu::Factorial>(5);
    steps.wait_until<edu::Status>(edu::Status::Computing{false}, 500ms);
    const auto result = steps.read<edu::Factorial>();
    auto program = device->program(steps);
    ASSERT_TRUE(program) << program.error().message();
    for (const auto& [n, factorial] : {std::pair{5u, 120u}, {6u, 720u}, {5u, 120u}}) {
        program->set(number, Value<edu::Factorial>(n));
        const auto values = program->run();
        ASSERT_TRUE(values) << values.error().message();
        EXPECT_EQ((*values)[result].value(), factorial);
        EXPECT_EQ((*values)[number.index], 0u) << "a write reads nothing";
    }
}

TEST_F(Programs, change_only_the_bits_of_their_mask) {
    RegisterSteps steps;
    steps.write<edu::Status>(0);
    const auto before = steps.modify<edu::Status>(edu::Status::InterruptWhenDone{true});
    const auto after = steps.read<edu::Status>();
    steps.modify<edu::Status>(edu::Status::InterruptWhenDone{false});
    const auto last = steps.read<edu::Status>();
    const auto values = run(steps);
    ASSERT_TRUE(values) << values.error().message();
    EXPECT_FALSE((*values)[before].get<edu::Status::InterruptWhenDone>());
    EXPECT_TRUE((*values)[after].get<edu::Status::InterruptWhenDone>());
    EXPECT_FALSE((*values)[last].get<edu::Status::InterruptWhenDone>());
}

TEST_F(Programs, with_many_writes_make_each_of_them_in_order) {
    RegisterSteps steps;
    std::vector<StepOf<edu::Liveness>> read;
    for (std::uint32_t value = 0; value < 60; ++value) {
        for (std::uint32_t earlier = 0; earlier < 3; ++earlier)
            steps.write<edu::Liveness>(value + 1000 * earlier);
        read.push_back(steps.read<edu::Liveness>());
    }
    const auto values = run(steps);
    ASSERT_TRUE(values) << values.error().message();
    for (std::uint32_t value = 0; value < 60; ++value)
        EXPECT_EQ((*values)[read[value]].value(), ~(value + 2000)) << value;
}

TEST_F(Programs, end_at_the_first_step_that_fails_and_name_it) {
    RegisterSteps steps;
    steps.write<edu::Liveness>(1);
    steps.add({.operation = Operation::poll, .offset = 0, .value = 1, .mask = ~0u, .time = 5ms});
    steps.write<edu::Liveness>(2);
    const auto values = run(steps);
    ASSERT_FALSE(values);
    EXPECT_EQ(values.error().code, ErrorCode::timed_out);
    EXPECT_NE(values.error().message().find("step 1"), std::string::npos)
        << values.error().message();
    RegisterSteps look;
    const auto live = look.read<edu::Liveness>();
    EXPECT_EQ(run(look).value()[live].value(), ~1u) << "what came before stays done";
}

TEST_F(Programs, let_the_time_of_a_delay_pass) {
    RegisterSteps steps;
    steps.delay(3ms);
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(run(steps));
    EXPECT_GE(std::chrono::steady_clock::now() - start, 3ms);
}

TEST_F(Programs, that_make_no_sense_are_refused_before_the_first_step) {
    RegisterSteps marked;
    marked.write<edu::Liveness>(7);
    ASSERT_TRUE(run(marked));
    const auto code = [&](const RegisterStep& wrong) {
        RegisterSteps steps;
        steps.write<edu::Liveness>(8);
        steps.add(wrong);
        const auto refused = device->program(steps);
        return refused ? ErrorCode::io : refused.error().code;
    };
    EXPECT_EQ(code({.region = 5}), ErrorCode::not_found);
    EXPECT_EQ(code({.offset = 2}), ErrorCode::misaligned);
    EXPECT_EQ(code({.offset = ~std::uint64_t{3}}), ErrorCode::out_of_range);
    EXPECT_EQ(code({.width = 3}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.operation = static_cast<Operation>(9)}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.operation = Operation::delay, .time = -1ns}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.operation = Operation::delay, .time = 1001ms}), ErrorCode::invalid_argument);
    EXPECT_EQ(device->program({}).error().code, ErrorCode::invalid_argument);
    RegisterSteps many;
    for (std::size_t step = 0; step <= most_register_steps; ++step) many.read<edu::Liveness>();
    EXPECT_EQ(device->program(many).error().code, ErrorCode::invalid_argument);
    RegisterSteps look;
    const auto live = look.read<edu::Liveness>();
    EXPECT_EQ(run(look).value()[live].value(), ~7u);
}

TEST_F(Programs, are_run_by_several_threads_on_copies) {
    RegisterSteps steps;
    const auto identification = steps.read<edu::Identification>();
    const auto program = device->program(steps).value();
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, mine = program] {
            for (int round = 0; round < 100; ++round)
                EXPECT_EQ(mine.run().value()[identification].value() & 0xff, 0xedu);
        });
}

}  // namespace
}  // namespace openbar::conformance
