#include "openbar/registers.hpp"
#include "openbar/request_registers.hpp"

#include "stand_in_device.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

namespace openbar::test {
namespace {

using namespace std::chrono_literals;

struct Control : Register<Control, 0x10, std::uint32_t> {
    struct Enable : Flag<0> {};
};
struct Status : Register<Status, 0x20, std::uint32_t> {
    struct Busy : Flag<0> {};
};
struct Byte : Register<Byte, 0x31, std::uint8_t> {};

class RequestRegistersTest : public testing::Test {
protected:
    void SetUp() override { stand_in_device() = {}; }

    Device device = *Device::open("stand-in");
    RequestRegisters registers{*device.region(0)};
};

TEST_F(RequestRegistersTest, each_access_is_one_request) {
    registers.write<Control>(0x10);
    registers.modify<Control>(Control::Enable{true});
    EXPECT_EQ(stand_in_device().requests, 3);
    EXPECT_EQ(registers.read<Control>().value(), 0x11u);
    EXPECT_TRUE(registers.status());
}

TEST_F(RequestRegistersTest, a_failed_access_reads_as_all_ones_of_its_width) {
    stand_in_device().fails_at = Status::offset;
    EXPECT_EQ(registers.read<Status>().value(), 0xffffffffu);
    EXPECT_EQ(registers.read<Byte>().value(), 0xff);
}

TEST_F(RequestRegistersTest, keep_the_first_failure) {
    stand_in_device().fails_at = Status::offset;
    registers.write<Status>(1);
    registers.write<Control>(1);
    const auto status = registers.status();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::removed);
    EXPECT_EQ(status.error().cause, "the card has gone");
}

TEST_F(RequestRegistersTest, make_no_further_access_after_a_failure) {
    stand_in_device().fails_at = Status::offset;
    (void)registers.read<Status>();
    registers.write<Control>(0xff);
    registers.modify<Control>(Control::Enable{true});
    EXPECT_EQ(stand_in_device().requests, 1);
}

TEST_F(RequestRegistersTest, modify_writes_nothing_when_its_read_failed) {
    stand_in_device().fails_at = Control::offset;
    registers.modify<Control>(Control::Enable{true});
    EXPECT_EQ(stand_in_device().requests, 1);
    EXPECT_FALSE(registers.status());
}

TEST_F(RequestRegistersTest, work_again_after_restart) {
    stand_in_device().fails_at = Status::offset;
    (void)registers.read<Status>();
    stand_in_device().fails_at.reset();
    registers.restart();
    registers.write<Control>(5);
    EXPECT_TRUE(registers.status());
    EXPECT_EQ(registers.read<Control>().value(), 5u);
}

TEST_F(RequestRegistersTest, wait_until_reports_the_failure_although_all_ones_would_satisfy) {
    stand_in_device().fails_at = Status::offset;
    const auto busy = registers.wait_until<Status>(Status::Busy{true}, 10s);
    ASSERT_FALSE(busy);
    EXPECT_EQ(busy.error().code, ErrorCode::removed);
}

TEST_F(RequestRegistersTest, copies_keep_their_own_failure) {
    RequestRegisters copy = registers;
    stand_in_device().fails_at = Status::offset;
    (void)copy.read<Status>();
    EXPECT_FALSE(copy.status());
    EXPECT_TRUE(registers.status());
}

TEST_F(RequestRegistersTest, registers_use_the_mapping_that_they_hold) {
    const Registers any(*device.region(0), *device.map(0));
    any.write<Control>(0x1234);
    EXPECT_EQ(any.read<Control>().value(), 0x1234u);
    EXPECT_EQ(stand_in_device().requests, 0);
    EXPECT_NE(any.mapping(), nullptr);
    EXPECT_TRUE(any.status());
}

TEST_F(RequestRegistersTest, registers_make_requests_if_there_is_no_mapping) {
    Registers any(registers.region());
    any.write<Control>(0x1234);
    EXPECT_EQ(any.read<Control>().value(), 0x1234u);
    EXPECT_EQ(stand_in_device().requests, 2);
    EXPECT_EQ(any.mapping(), nullptr);
    stand_in_device().fails_at = Status::offset;
    (void)any.read<Status>();
    EXPECT_FALSE(any.status());
}

TEST_F(RequestRegistersTest, mapped_and_requested_accesses_reach_the_same_register) {
    const auto mapping = device.map(0);
    mapping->write<Byte>(0xa5);
    EXPECT_EQ(registers.read<Byte>().value(), 0xa5);
    EXPECT_EQ(mapping->read<Byte>().value(), 0xa5);
}

TEST_F(RequestRegistersTest, timeout_through_a_mapped_part_names_the_offset_in_the_region) {
    const auto part = device.map(0, {.offset = 0x40});
    const auto never = part->wait_until<Status>([](auto) { return false; }, 0ns);
    ASSERT_FALSE(never);
    EXPECT_THAT(never.error().attempted, testing::HasSubstr("Status (offset 0x60)"));
}

TEST_F(RequestRegistersTest, registers_reach_by_requests_what_is_not_mapped) {
    const Registers part(*device.region(0), *device.map(0, {.offset = 0x18}));
    part.write<Control>(0x1234);
    EXPECT_EQ(stand_in_device().requests, 1) << "below the mapping";
    part.write<Status>(0x5678);
    part.store<std::uint64_t>(0xf8, 1);
    EXPECT_EQ(stand_in_device().requests, 1) << "within it";
    EXPECT_EQ(part.read<Control>().value(), 0x1234u);
    EXPECT_EQ(part.read<Status>().value(), 0x5678u);
    stand_in_device().fails_at = 0x100;
    EXPECT_EQ(part.load<std::uint32_t>(0x100), 0xffffffffu) << "past the end of the region";
    EXPECT_FALSE(part.status());
}

TEST_F(RequestRegistersTest, of_many_threads_keep_one_failure) {
    stand_in_device().fails_at = Status::offset;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 1000; ++n)
                if (registers.read<Status>().value() != 0xffffffffu || registers.status())
                    ADD_FAILURE() << "an access worked, or its failure was lost";
        });
    threads.clear();
    EXPECT_EQ(registers.status().error().code, ErrorCode::removed);
}

}  // namespace
}  // namespace openbar::test
