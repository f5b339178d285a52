// Mappings: parts, limits, and who outlives whom.
#include "device_under_test.hpp"
#include "examples/registers/edu.hpp"

namespace openbar::conformance {
namespace {

class Mappings : public DeviceUnderTest {};

TEST_F(Mappings, of_a_part_start_where_they_were_asked_to) {
    OPENBAR_NEEDS(mapping);
    const auto part = device->map(edu::bar, {.offset = 0x8, .length = 0x20});
    ASSERT_TRUE(part) << part.error().message();
    EXPECT_EQ(part->size(), 0x20u);
    EXPECT_EQ(part->region_offset(), 0x8u);
    const RequestRegisters registers(*device->region(edu::bar));
    registers.write<edu::Factorial>(0);
    ASSERT_TRUE(
        registers.wait_until<edu::Status>(edu::Status::Computing{false}, std::chrono::seconds(5)));
    EXPECT_EQ(part->load<std::uint32_t>(edu::Factorial::offset - 0x8), 1u);
}

TEST_F(Mappings, that_reach_past_the_end_are_refused) {
    OPENBAR_NEEDS(mapping);
    const std::uint64_t size = device->region(edu::bar).value().size();
    for (const MapOptions options :
         {MapOptions{.offset = 0, .length = size + 1}, MapOptions{.offset = size, .length = 8},
          MapOptions{.offset = 8, .length = UINT64_MAX - 3}}) {
        const auto mapping = device->map(edu::bar, options);
        ASSERT_FALSE(mapping);
        EXPECT_EQ(mapping.error().code, ErrorCode::out_of_range) << mapping.error().message();
    }
}

TEST_F(Mappings, at_odd_offsets_are_refused) {
    OPENBAR_NEEDS(mapping);
    EXPECT_EQ(device->map(edu::bar, {.offset = 4, .length = 8}).error().code,
              ErrorCode::misaligned);
}

TEST_F(Mappings, of_the_configuration_space_are_refused_with_the_reason) {
    if (!device->region(configuration_region)) GTEST_SKIP() << "it has no configuration space";
    const auto mapping = device->map(configuration_region);
    ASSERT_FALSE(mapping);
    EXPECT_EQ(mapping.error().code, ErrorCode::unsupported);
    EXPECT_FALSE(mapping.error().cause.empty());
}

TEST_F(Mappings, are_uncached_unless_something_else_was_granted) {
    OPENBAR_NEEDS(mapping);
    const auto mapping = device->map(edu::bar);
    ASSERT_TRUE(mapping);
    if (is_simulated()) {
        EXPECT_EQ(mapping->memory_type(), MemoryType::emulated);
        EXPECT_EQ(device->region(edu::bar).value().info().emulated.size(), 1u);
        return;
    }
    EXPECT_TRUE(mapping->memory_type() == MemoryType::uncached ||
                mapping->memory_type() == MemoryType::unknown);
}

TEST_F(Mappings, outlive_the_device_object) {
    OPENBAR_NEEDS(mapping);
    auto mapping = device->map(edu::bar);
    ASSERT_TRUE(mapping);
    device.reset();
    EXPECT_EQ(mapping->read<edu::Identification>().get<edu::Identification::Magic>(), edu::magic);
}

TEST_F(Mappings, can_be_made_and_dropped_a_thousand_times) {
    OPENBAR_NEEDS(mapping);
    for (int round = 0; round < 1'000; ++round) ASSERT_TRUE(device->map(edu::bar)) << round;
}

TEST_F(Mappings, of_one_region_show_the_same_device) {
    OPENBAR_NEEDS(mapping);
    const auto one = device->map(edu::bar);
    const auto other = device->map(edu::bar);
    ASSERT_TRUE(one && other);
    one->write<edu::Liveness>(0x55aa55aa);
    EXPECT_EQ(other->read<edu::Liveness>().value(), ~0x55aa55aau);
}

}  // namespace
}  // namespace openbar::conformance
