#include "openbar/register_value.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>

namespace openbar {
namespace {

enum class Speed : std::uint8_t { slow, fast, faster };

struct Control : Register<0x00, std::uint32_t> {
    using Divider = Field<31, 24>;
    using Rate = Field<5, 4, Speed>;
    using Ready = Flag<1, ReadOnly>;
    using Enable = Flag<0>;
};

struct Counter : Register<0x08, std::uint64_t> {
    using High = Field<63, 16>;
    using Low = Field<15, 0>;
    using All = Field<63, 0>;
};

struct Narrow : Register<0x10, std::uint8_t> {
    using Upper = Field<7, 4>;
    using Lower = Field<3, 0>;
};

struct Events : Register<0x14, std::uint32_t, WriteOneToClear<15, 8>> {
    using Overrun = Flag<8>;
    using Count = Field<15, 12>;
    using Mode = Field<1, 0>;
};

TEST(RegisterValue, get_takes_the_field_down_to_bit_0) {
    const Value<Control> image = 0xab000021;
    EXPECT_EQ(image.get<Control::Divider>(), 0xabu);
    EXPECT_EQ(image.get<Control::Rate>(), Speed::faster);
    EXPECT_TRUE(image.get<Control::Enable>());
    EXPECT_FALSE(image.get<Control::Ready>());
}

TEST(RegisterValue, set_changes_its_field_and_no_other_bit) {
    Value<Control> image = 0xffffffff;
    image.set<Control::Divider>(0x12).set<Control::Rate>(Speed::fast).set<Control::Enable>(false);
    EXPECT_EQ(image.value(), 0x12ffffdeu);
}

TEST(RegisterValue, set_of_a_flag_needs_no_value) {
    Value<Control> image = 0;
    image.set<Control::Enable>();
    EXPECT_EQ(image.value(), 1u);
}

TEST(RegisterValue, a_constant_is_set_and_checked_by_the_compiler) {
    Value<Control> image = 0;
    image.set<Control::Divider, 255>().set<Control::Rate, Speed::faster>();
    EXPECT_EQ(image.value(), 0xff000020u);
}

TEST(RegisterValue, fields_can_be_passed_as_values) {
    Value<Control> image = 0;
    image.set(Control::Divider{}, 7).set(Control::Enable{}).set(Control::Rate{}, Speed::fast);
    image.clear(Control::Enable{});
    EXPECT_EQ(image.value(), 0x07000010u);
    EXPECT_EQ(image.get(Control::Divider{}), 7u);
}

TEST(RegisterValue, fields_of_64_bits_keep_all_of_them) {
    Value<Counter> image = 0;
    image.set<Counter::High>(0xffff'ffff'ffff).set<Counter::Low>(0x1234);
    EXPECT_EQ(image.value(), 0xffff'ffff'ffff'1234u);
    EXPECT_EQ(image.get<Counter::All>(), 0xffff'ffff'ffff'1234u);
    EXPECT_EQ(image.get<Counter::High>(), 0xffff'ffff'ffffu);
}

TEST(RegisterValue, fields_of_8_bit_registers_do_not_spill_over) {
    Value<Narrow> image = 0;
    image.set<Narrow::Upper>(0xf).set<Narrow::Lower>(0x5);
    EXPECT_EQ(image.value(), 0xf5);
    image.set<Narrow::Upper>(0);
    EXPECT_EQ(image.value(), 0x05);
}

TEST(RegisterValue, numbers_are_not_of_character_type) {
    static_assert(std::is_same_v<Narrow::Upper::Type, std::uint32_t>);
    static_assert(std::is_same_v<Counter::High::Type, std::uint64_t>);
    static_assert(std::is_same_v<Control::Enable::Type, bool>);
    static_assert(std::is_same_v<Control::Rate::Type, Speed>);
}

TEST(RegisterValue, an_enumerated_field_may_hold_a_value_without_a_name) {
    const Value<Control> image = 0x30;
    EXPECT_EQ(image.get<Control::Rate>(), static_cast<Speed>(3));
}

TEST(RegisterValue, clear_writes_ones_where_ones_clear_and_zeros_elsewhere) {
    Value<Events> image = 0x3;
    image.clear<Events::Overrun>().clear<Events::Count>().clear<Events::Mode>();
    EXPECT_EQ(image.value(), 0xf100u);
}

TEST(RegisterValue, can_be_computed_by_the_compiler) {
    constexpr Value<Control> image([](auto& c) { c.set(Control::Divider{}, 3); });
    static_assert(image.value() == 0x03000000);
    static_assert(image.get<Control::Divider>() == 3);
    static_assert(image == Value<Control>(0x03000000));
}

TEST(RegisterValue, costs_no_more_than_the_number) {
    static_assert(sizeof(Value<Narrow>) == 1 && sizeof(Value<Counter>) == 8);
    static_assert(std::is_trivially_copyable_v<Value<Control>>);
}

struct Shared : FieldGroup<Shared, std::uint32_t> {
    using LinkChanged = Flag<2>;
};
struct Status : Register<0xc0, std::uint32_t, ReadOnly>, Shared {};
struct Mask : Register<0xd0, std::uint32_t>, Shared {};

TEST(FieldGroup, serves_every_register_that_derives_from_it) {
    EXPECT_TRUE(Value<Status>(4).get<Shared::LinkChanged>());
    EXPECT_EQ(Value<Mask>(0).set<Mask::LinkChanged>().value(), 4u);
}

}  // namespace
}  // namespace openbar
