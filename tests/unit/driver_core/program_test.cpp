#include "machine.hpp"

namespace openbar::driver::test {
namespace {

constexpr std::uint64_t one_second = 1'000'000'000;

TEST(Program, does_its_steps_in_order_and_tells_what_was_read) {
    Machine machine;
    Handle handle(machine);
    const auto answer = handle.program({write_step(0, 0x20, 4, 0x12345678), read_step(0, 0x20, 4),
                                        read_step(0, 0x22, 2), read_step(0, 0x23, 1),
                                        step(OPENBAR_STEP_MASKED_WRITE, 0, 0x20, 4, 0xff00, 0xffff),
                                        read_step(0, 0x20, 8)});
    ASSERT_EQ(answer.status, Status::ok);
    EXPECT_EQ(result_of(answer).status, 0u);
    EXPECT_EQ(result_of(answer).steps_done, 6u);
    EXPECT_EQ(value_of(answer, 0), 0u) << "a write never reads";
    EXPECT_EQ(value_of(answer, 1), 0x12345678u);
    EXPECT_EQ(value_of(answer, 2), 0x1234u);
    EXPECT_EQ(value_of(answer, 3), 0x12u);
    EXPECT_EQ(value_of(answer, 4), 0x12345678u) << "what was there before";
    EXPECT_EQ(value_of(answer, 5), 0x1234ff00u);
}

TEST(Program, two_hundred_and_fifty_six_steps_are_the_limit) {
    Machine machine;
    Handle handle(machine);
    std::vector<openbar_step> steps;
    for (std::uint32_t i = 0; i < OPENBAR_MAX_STEPS; ++i)
        steps.push_back(write_step(0, 4 * i, 4, i));
    const auto answer = handle.program(steps);
    EXPECT_EQ(result_of(answer).steps_done, static_cast<std::uint32_t>(OPENBAR_MAX_STEPS));
    EXPECT_EQ(machine.card.read(0, 4 * 255, 4), 255u);
    steps.push_back(steps[0]);
    EXPECT_EQ(handle.program(steps).status, Status::limit);
    EXPECT_EQ(handle.program({}).status, Status::invalid);
}

TEST(Program, makes_no_access_at_all_when_any_step_makes_no_sense) {
    Machine machine;
    Handle handle(machine);
    const auto refused = [&](openbar_step bad) {
        return handle.program({write_step(0, 0, 4, 1), bad}).status;
    };
    EXPECT_EQ(refused(step(0, 0, 0, 4)), Status::invalid);
    EXPECT_EQ(refused(step(6, 0, 0, 4)), Status::invalid);
    EXPECT_EQ(refused(read_step(0, 0, 3)), Status::invalid);
    EXPECT_EQ(refused(read_step(0, 0, 0)), Status::invalid);
    EXPECT_EQ(refused(read_step(0, 2, 4)), Status::alignment);
    EXPECT_EQ(refused(read_step(0, 64 * 1024, 4)), Status::range);
    EXPECT_EQ(refused(read_step(0, 64 * 1024 - 2, 4)), Status::range);
    EXPECT_EQ(refused(read_step(0, UINT64_MAX, 1)), Status::range);
    EXPECT_EQ(refused(read_step(0, UINT64_MAX - 3, 4)), Status::range);
    EXPECT_EQ(refused(read_step(3, 0, 4)), Status::not_found);
    EXPECT_EQ(refused(read_step(8, 0, 4)), Status::not_found);
    EXPECT_EQ(refused(read_step(2, 0, 8)), Status::unsupported) << "no 64-bit ports";
    EXPECT_EQ(refused(step(OPENBAR_STEP_DELAY, 0, 0, 4, 0, 0, 1)), Status::invalid);
    EXPECT_EQ(refused(step(OPENBAR_STEP_READ, 0, 0, 4, 0, 0, 1)), Status::invalid);
    EXPECT_EQ(machine.card.writes, 0u);
}

TEST(Program, its_time_is_bounded_as_a_sum) {
    Machine machine;
    Handle handle(machine);
    const auto delay = [](std::uint64_t ns) { return step(OPENBAR_STEP_DELAY, 0, 0, 0, 0, 0, ns); };
    EXPECT_EQ(handle.program({delay(one_second)}).status, Status::ok);
    EXPECT_EQ(handle.program({delay(one_second + 1)}).status, Status::limit);
    EXPECT_EQ(
        handle.program({delay(one_second / 2), poll_step(0, 1, 1, one_second / 2 + 1)}).status,
        Status::limit);
    EXPECT_EQ(handle.program({delay(UINT64_MAX)}).status, Status::limit);
    EXPECT_EQ(handle.program({delay(1), delay(UINT64_MAX)}).status, Status::limit);
}

TEST(Program, a_poll_ends_when_the_register_says_so) {
    Machine machine;
    Handle handle(machine);
    unsigned accesses = 0;
    machine.kernel.during_access = [&] {
        if (++accesses == 500) machine.card.write(0, 0x40, 4, 0x80);
    };
    const auto answer =
        handle.program({poll_step(0x40, 0x80, 0x80, one_second / 2), write_step(0, 0x44, 4, 1)});
    EXPECT_EQ(result_of(answer).status, 0u);
    EXPECT_EQ(value_of(answer, 0), 0x80u);
    EXPECT_EQ(machine.card.read(0, 0x44, 4), 1u);
    machine.kernel.during_access = nullptr;
}

TEST(Program, a_poll_that_times_out_ends_the_program_and_tells_where) {
    Machine machine;
    Handle handle(machine);
    machine.card.write(0, 0x40, 4, 0x55);
    const auto answer = handle.program(
        {read_step(0, 0x40, 4), poll_step(0x40, 1, 0x100, 5000), write_step(0, 0x48, 4, 7)});
    ASSERT_EQ(answer.status, Status::ok) << "so that the results arrive";
    EXPECT_EQ(result_of(answer).status, static_cast<std::uint32_t>(OPENBAR_STATUS_TIMED_OUT));
    EXPECT_EQ(result_of(answer).steps_done, 1u);
    EXPECT_EQ(value_of(answer, 0), 0x55u);
    EXPECT_EQ(value_of(answer, 1), 0x55u) << "what was read last";
    EXPECT_EQ(value_of(answer, 2), 0u);
    EXPECT_EQ(machine.card.read(0, 0x48, 4), 0u);
}

TEST(Program, a_poll_with_no_time_looks_once) {
    Machine machine;
    Handle handle(machine);
    machine.card.write(0, 0x40, 4, 1);
    EXPECT_EQ(result_of(handle.program({poll_step(0x40, 1, 1, 0)})).status, 0u);
    EXPECT_EQ(result_of(handle.program({poll_step(0x40, 0, 1, 0)})).status,
              static_cast<std::uint32_t>(OPENBAR_STATUS_TIMED_OUT));
}

TEST(Program, a_kernel_of_32_bits_refuses_64_bit_accesses) {
    Machine machine;
    machine.kernel.kernel_facts.max_width = 4;
    Handle handle(machine);
    EXPECT_EQ(handle.program({read_step(0, 0, 8)}).status, Status::unsupported);
    EXPECT_EQ(handle.describe().max_width, 4);
}

TEST(Program, reaches_a_region_too_small_to_map_and_ports) {
    Machine machine;
    Handle handle(machine);
    const auto answer = handle.program({write_step(1, 0xfc, 4, 0xabcd), read_step(1, 0xfc, 4),
                                        write_step(2, 30, 2, 0x77), read_step(2, 31, 1)});
    EXPECT_EQ(result_of(answer).steps_done, 4u);
    EXPECT_EQ(value_of(answer, 1), 0xabcdu);
    EXPECT_EQ(handle.program({read_step(1, 0x100, 1)}).status, Status::range);
    EXPECT_EQ(handle.program({read_step(2, 32, 1)}).status, Status::range);
}

TEST(Program, looks_at_a_huge_region_through_a_window) {
    Machine machine({.bar_size = std::uint64_t{1} << 30});
    Handle handle(machine);
    const std::uint64_t far = (std::uint64_t{1} << 30) - 8;
    const auto answer = handle.program({write_step(0, far, 8, 42), write_step(0, 0, 4, 7),
                                        read_step(0, far, 8), read_step(0, 0, 4)});
    EXPECT_EQ(value_of(answer, 2), 42u);
    EXPECT_EQ(value_of(answer, 3), 7u);
    EXPECT_EQ(machine.kernel.kernel_views(), 0u);
    machine.kernel.fail_always = "map_io";
    EXPECT_EQ(result_of(handle.program({read_step(0, 0, 4)})).status,
              static_cast<std::uint32_t>(OPENBAR_STATUS_NO_MEMORY));
    machine.kernel.fail_always = "";
}

TEST(Program, never_writes_the_msix_table) {
    Machine machine({.messages = 4, .start = false});
    machine.card.add_msix(0x40, 4, 0, 0x3000);
    ASSERT_EQ(machine.start(), Status::ok);
    Handle handle(machine);
    EXPECT_EQ(handle.program({write_step(0, 0x3000, 4, 0)}).status, Status::protected_bytes);
    EXPECT_EQ(handle.program({write_step(0, 0x303f, 1, 0)}).status, Status::protected_bytes);
    EXPECT_EQ(handle.program({step(OPENBAR_STEP_MASKED_WRITE, 0, 0x3008, 4)}).status,
              Status::protected_bytes);
    EXPECT_EQ(handle.program({read_step(0, 0x3000, 4)}).status, Status::ok);
    EXPECT_EQ(handle.program({write_step(0, 0x3040, 4, 0)}).status, Status::ok);
    std::vector<std::uint8_t> bytes(64);
    EXPECT_EQ(handle.bulk(true, {{}, 0, 4, 0, 0x2fe0}, bytes).status, Status::protected_bytes);
}

TEST(Program, the_length_must_be_that_of_its_steps) {
    Machine machine;
    Handle handle(machine);
    std::vector<std::uint8_t> bytes(sizeof(openbar_program) + 3 * sizeof(openbar_step));
    openbar_program head{};
    for (std::uint32_t length = 0; length <= bytes.size(); ++length) {
        openbar_prepare(&head.header, length);
        head.step_count = 2;
        std::memcpy(bytes.data(), &head, std::min<std::size_t>(length, sizeof head));
        const Status status = handle.send(OPENBAR_IOCTL_PROGRAM, bytes.data(), length, 4096).status;
        const bool exact = length == sizeof head + 2 * sizeof(openbar_step);
        EXPECT_EQ(status, exact ? Status::invalid : Status::length) << length;
    }
    openbar_prepare(&head.header, static_cast<std::uint32_t>(bytes.size()));
    head.step_count = UINT32_MAX;
    std::memcpy(bytes.data(), &head, sizeof head);
    EXPECT_EQ(handle
                  .send(OPENBAR_IOCTL_PROGRAM, bytes.data(),
                        static_cast<std::uint32_t>(bytes.size()), 4096)
                  .status,
              Status::limit);
}

TEST(Program, room_for_every_value_is_needed_before_the_first_step) {
    Machine machine;
    Handle handle(machine);
    struct {
        openbar_program program;
        openbar_step steps[2];
    } in{{}, {write_step(0, 0, 4, 1), read_step(0, 0, 4)}};
    in.program.step_count = 2;
    for (std::uint32_t room = 0; room < sizeof(openbar_program_result) + 16; ++room)
        EXPECT_EQ(handle.send(OPENBAR_IOCTL_PROGRAM, in, room).status, Status::output_length);
    EXPECT_EQ(machine.card.writes, 0u);
}

TEST(Bulk, reads_and_writes_in_the_width_asked_for) {
    Machine machine;
    Handle handle(machine);
    std::vector<std::uint8_t> out(4096);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i * 7);
    EXPECT_EQ(handle.bulk(true, {{}, 0, 4, 0, 0x100}, out).status, Status::ok);
    EXPECT_EQ(machine.card.writes, 1024u);
    std::vector<std::uint8_t> in(4096);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 8, 0, 0x100}, in).bytes, out);
    EXPECT_EQ(handle.counters().bulk_bytes, 8192u);
}

TEST(Bulk, can_stay_at_one_offset_as_a_fifo_needs) {
    Machine machine;
    Handle handle(machine);
    std::vector<std::uint8_t> out = {1, 0, 2, 0, 3, 0, 4, 0};
    EXPECT_EQ(handle.bulk(true, {{}, 0, 2, OPENBAR_BULK_FIXED_OFFSET, 0x10}, out).status,
              Status::ok);
    EXPECT_EQ(machine.card.writes, 4u);
    EXPECT_EQ(machine.card.read(0, 0x10, 4), 4u);
    std::vector<std::uint8_t> much(OPENBAR_MAX_BULK);
    EXPECT_EQ(handle.bulk(false, {{}, 2, 4, OPENBAR_BULK_FIXED_OFFSET, 28}, much).status,
              Status::ok)
        << "more than the region is long";
}

TEST(Bulk, bad_lengths_offsets_and_flags_are_refused) {
    Machine machine;
    Handle handle(machine);
    std::vector<std::uint8_t> bytes(10);
    std::vector<std::uint8_t> none;
    std::vector<std::uint8_t> too_many(OPENBAR_MAX_BULK + 4);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 4, 0, 0}, bytes).status, Status::output_length);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 4, 0, 0}, none).status, Status::output_length);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 4, 0, 0}, too_many).status, Status::limit);
    bytes.resize(8);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 4, 2, 0}, bytes).status, Status::invalid);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 5, 0, 0}, bytes).status, Status::invalid);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 0, 0, 0}, bytes).status, Status::invalid);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 4, 0, 2}, bytes).status, Status::alignment);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 4, 0, 64 * 1024 - 4}, bytes).status, Status::range);
    EXPECT_EQ(handle.bulk(false, {{}, 0, 4, 0, UINT64_MAX - 7}, bytes).status, Status::range);
    EXPECT_EQ(handle.bulk(false, {{}, 9, 4, 0, 0}, bytes).status, Status::not_found);
}

TEST(Bulk, reads_the_configuration_space) {
    Machine machine;
    Handle handle(machine);
    std::vector<std::uint8_t> bytes(256);
    const auto answer = handle.bulk(false, {{}, OPENBAR_REGION_CONFIGURATION, 4, 0, 0}, bytes);
    EXPECT_EQ(answer.status, Status::ok);
    EXPECT_EQ(bytes[0], 0x34);
    EXPECT_EQ(bytes[1], 0x12);
}

}  // namespace
}  // namespace openbar::driver::test
