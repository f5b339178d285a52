// Registers: identification, liveness, widths, and requests that make no sense.
#include "openbar/registers.hpp"

#include "openbar/pci_registers.hpp"

#include "device_under_test.hpp"
#include "examples/registers/edu.hpp"

#include <array>
#include <cstring>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

class Registers : public DeviceUnderTest {
protected:
    Region bar() { return *device->region(edu::bar); }
};

TEST_F(Registers, identify_the_device_by_request) {
    const RequestRegisters registers(bar());
    const auto id = registers.read<edu::Identification>();
    ASSERT_TRUE(registers.status()) << registers.status().error().message();
    EXPECT_EQ(id.get<edu::Identification::Magic>(), edu::magic);
    EXPECT_EQ(id.get<edu::Identification::Major>(), 1u);
}

TEST_F(Registers, identify_the_device_through_a_mapping) {
    OPENBAR_NEEDS(mapping);
    const auto registers = device->map(edu::bar);
    ASSERT_TRUE(registers) << registers.error().message();
    EXPECT_EQ(registers->read<edu::Identification>().get<edu::Identification::Magic>(), edu::magic);
}

TEST_F(Registers, answer_with_the_complement_of_what_was_written) {
    const RequestRegisters registers(bar());
    for (const std::uint32_t value : {0u, 0xffffffffu, 0x12345678u, 0x80000001u}) {
        registers.write<edu::Liveness>(value);
        EXPECT_EQ(registers.read<edu::Liveness>().value(), ~value);
    }
    EXPECT_TRUE(registers.status());
}

TEST_F(Registers, written_through_a_mapping_are_seen_by_request) {
    OPENBAR_NEEDS(mapping);
    const auto mapped = device->map(edu::bar);
    ASSERT_TRUE(mapped) << mapped.error().message();
    mapped->write<edu::Liveness>(0xcafe0123);
    EXPECT_EQ(RequestRegisters(bar()).read<edu::Liveness>().value(), ~0xcafe0123u);
}

TEST_F(Registers, compute_a_factorial_and_clear_their_busy_bit) {
    const RequestRegisters registers(bar());
    registers.write<edu::Factorial>(10);
    const auto done = registers.wait_until<edu::Status>(
        [](auto status) { return !status.template get<edu::Status::Computing>(); }, 5s);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(registers.read<edu::Factorial>().value(), 3628800u);
}

TEST_F(Registers, keep_the_other_bits_when_one_is_modified) {
    const RequestRegisters registers(bar());
    registers.write<edu::Status>(0);
    registers.modify<edu::Status>(edu::Status::InterruptWhenDone{true});
    EXPECT_TRUE(registers.read<edu::Status>().get<edu::Status::InterruptWhenDone>());
    registers.write<edu::Status>(0);
    EXPECT_FALSE(registers.read<edu::Status>().get<edu::Status::InterruptWhenDone>());
}

TEST_F(Registers, refuse_offsets_outside_the_region) {
    const Region region = bar();
    for (const std::uint64_t offset : {region.size(), region.size() + 4, UINT64_MAX - 3}) {
        const auto value = region.read<std::uint32_t>(offset);
        ASSERT_FALSE(value) << offset;
        EXPECT_EQ(value.error().code, ErrorCode::out_of_range) << value.error().message();
        EXPECT_EQ(region.write<std::uint32_t>(offset, 0).error().code, ErrorCode::out_of_range);
    }
}

TEST_F(Registers, refuse_offsets_that_are_not_aligned) {
    EXPECT_EQ(bar().read<std::uint32_t>(2).error().code, ErrorCode::misaligned);
    EXPECT_EQ(bar().write<std::uint64_t>(4, 0).error().code, ErrorCode::misaligned);
}

TEST_F(Registers, refuse_widths_that_no_bus_has) {
    for (const unsigned width : {0u, 3u, 5u, 16u})
        EXPECT_EQ(bar().read_width(0, width).error().code, ErrorCode::invalid_argument) << width;
}

TEST_F(Registers, are_the_same_one_by_one_and_as_a_block) {
    std::array<std::byte, 8> block{};
    ASSERT_TRUE(bar().read_block(0, block, 4));
    std::uint32_t first = 0;
    std::memcpy(&first, block.data(), sizeof first);
    EXPECT_EQ(first, *bar().read<std::uint32_t>(0));
}

TEST_F(Registers, of_a_device_that_decodes_nothing_are_refused_with_a_hint) {
    OPENBAR_NEEDS(configuration);
    const Region config = device->region(configuration_region).value();
    const auto command = config.read<std::uint16_t>(pci::command);
    ASSERT_TRUE(command) << command.error().message();
    const auto off = static_cast<std::uint16_t>(*command & ~pci::command_memory);
    if (const auto written = config.write<std::uint16_t>(pci::command, off); !written)
        GTEST_SKIP() << "this back end lets nobody switch decoding off: "
                     << written.error().message();
    const auto read = bar().read<std::uint32_t>(0);
    const auto written = bar().write<std::uint32_t>(edu::Liveness::offset, 1);
    ASSERT_TRUE(config.write<std::uint16_t>(pci::command, *command));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::disabled) << read.error().message();
    EXPECT_FALSE(read.error().hint.empty());
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::disabled) << written.error().message();
    EXPECT_EQ(bar().read<std::uint32_t>(0).value(), 0x010000edu);
}

TEST_F(Registers, of_a_region_that_the_device_lacks_are_not_found) {
    const auto region = device->region(5);
    ASSERT_FALSE(region);
    EXPECT_EQ(region.error().code, ErrorCode::not_found);
    EXPECT_NE(region.error().message().find("bar0"), std::string::npos) << "names those there are";
}

}  // namespace
}  // namespace openbar::conformance
