#include "openbar/openbar.hpp"

#include "generated/clashes.h"
#include "generated/clashes.hpp"
#include "generated/edu.h"
#include "generated/edu.hpp"
#include "generated/intel_82540em.h"
#include "generated/intel_82540em.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstring>

namespace openbar {
namespace {

using namespace std::chrono_literals;
using namespace ::edu::bar0;

TEST(GeneratedCpp, drives_a_simulated_card) {
    const auto device = Device::open("sim:edu").value();
    const auto registers = device.registers(0).value();

    EXPECT_EQ(registers.read<IDENTIFICATION>().get<IDENTIFICATION::MAGIC>(), 0xedu);
    registers.modify<STATUS>(STATUS::INTERRUPT_WHEN_DONE{STATUS::INTERRUPT_WHEN_DONE_value::ON});
    registers.write<FACTORIAL>(5);
    ASSERT_TRUE(registers.wait_until<STATUS>(STATUS::COMPUTING{STATUS::COMPUTING_value::DONE}, 1s));
    EXPECT_EQ(registers.read<FACTORIAL>().value(), 120u);
    EXPECT_TRUE(registers.read<INTERRUPT_STATUS>().get<INTERRUPT_STATUS::FACTORIAL_DONE>());
    registers.write<INTERRUPT_ACKNOWLEDGE>(clear<INTERRUPT_ACKNOWLEDGE::FACTORIAL_DONE>);
    EXPECT_EQ(registers.read<INTERRUPT_STATUS>().value(), 0u);
}

TEST(GeneratedCpp, has_the_places_of_the_description) {
    EXPECT_EQ(e1000::bar0::CTRL::offset, 0u);
    EXPECT_EQ(e1000::bar0::RAL::offset, 0x5400u);
    EXPECT_EQ(e1000::bar0::RAL::stride, 8u);
    EXPECT_EQ(e1000::bar0::RAL::count, 16u);
    EXPECT_TRUE(e1000::bar0::CRCERRS::read_has_effects);
    EXPECT_EQ(class_::bar0::RX::stride, 0x20u);
    EXPECT_EQ(class_::bar0::RX::RX_::count, 2u);
    EXPECT_EQ(class_::bar0::LONG_::reset_value, 0x8000000000000001u);
    EXPECT_EQ(class_::bar0::EVENTS::write_one_to_clear, 0xffffffffu);
}

TEST(GeneratedC, reads_and_writes_memory_at_the_described_places) {
    alignas(8) std::array<unsigned char, 0x400> memory{};
    class_bar0_rx_ctrl_write(memory.data(), 3, 0x11223344);
    EXPECT_EQ(class_bar0_rx_ctrl_read(memory.data(), 3), 0x11223344u);
    std::uint32_t stored = 0;
    std::memcpy(&stored, &memory[0x168], 4);
    EXPECT_EQ(stored, 0x11223344u);

    class_bar0_big_write(memory.data(), 0x01020304);
    EXPECT_EQ(memory[0x20], 1u);
    EXPECT_EQ(class_bar0_big_read(memory.data()), 0x01020304u);

    const std::uint32_t status =
        edu_bar0_status_interrupt_when_done_set(0x1, EDU_BAR0_STATUS_INTERRUPT_WHEN_DONE_ON);
    EXPECT_EQ(status, 0x81u);
    EXPECT_EQ(edu_bar0_status_computing_get(status), EDU_BAR0_STATUS_COMPUTING_BUSY);
    EXPECT_EQ(E1000_BAR0_STATUS_OFFSET, 8u);
}

}  // namespace
}  // namespace openbar
