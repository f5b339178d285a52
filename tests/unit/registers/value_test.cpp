#include "openbar/register_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>

namespace openbar {
namespace {

enum class Speed : std::uint8_t { slow, fast, faster };

struct Control : Register<Control, 0x00, std::uint32_t> {
    struct Divider : Field<31, 24> {};
    struct Rate : Field<5, 4, Speed> {};
    struct Ready : Flag<1, ReadOnly> {};
    struct Enable : Flag<0> {};
};

struct Counter : Register<Counter, 0x08, std::uint64_t> {
    struct High : Field<63, 16> {};
    struct Low : Field<15, 0> {};
    struct All : Field<63, 0> {};
};

struct Narrow : Register<Narrow, 0x10, std::uint8_t> {
    struct Upper : Field<7, 4> {};
    struct Lower : Field<3, 0> {};
};

struct Events : Register<Events, 0x14, std::uint32_t, WriteOneToClear<15, 8>> {
    struct Overrun : Flag<8> {};
    struct Count : Field<15, 12> {};
    struct Mode : Field<1, 0> {};
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
    image.set(Control::Divider{0x12}).set(Control::Rate{Speed::fast}).set(Control::Enable{false});
    EXPECT_EQ(image.value(), 0x12ffffdeu);
}

TEST(RegisterValue, set_of_a_flag_takes_its_value) {
    Value<Control> image = 0;
    image.set(Control::Enable{true});
    EXPECT_EQ(image.value(), 1u);
    image.set(Control::Enable{false});
    EXPECT_EQ(image.value(), 0u);
}

TEST(RegisterValue, a_constant_is_set_and_checked_by_the_compiler) {
    Value<Control> image = 0;
    image.set(Control::Divider{255}).set(Control::Rate{Speed::faster});
    EXPECT_EQ(image.value(), 0xff000020u);
}

TEST(RegisterValue, several_fields_are_set_at_once) {
    Value<Control> image = 0;
    image.set(Control::Divider{7}, Control::Enable{true}, Control::Rate{Speed::fast});
    image.set(clear<Control::Enable>);
    EXPECT_EQ(image.value(), 0x07000010u);
    EXPECT_EQ(image.get<Control::Divider>(), 7u);
    EXPECT_EQ(Value<Control>(Control::Divider{7}, Control::Enable{true}).value(), 0x07000001u);
}

TEST(RegisterValue, fields_of_64_bits_keep_all_of_them) {
    Value<Counter> image = 0;
    image.set(Counter::High{0xffff'ffff'ffff}).set(Counter::Low{0x1234});
    EXPECT_EQ(image.value(), 0xffff'ffff'ffff'1234u);
    EXPECT_EQ(image.get<Counter::All>(), 0xffff'ffff'ffff'1234u);
    EXPECT_EQ(image.get<Counter::High>(), 0xffff'ffff'ffffu);
}

TEST(RegisterValue, fields_of_8_bit_registers_do_not_spill_over) {
    Value<Narrow> image = 0;
    image.set(Narrow::Upper{0xf}).set(Narrow::Lower{0x5});
    EXPECT_EQ(image.value(), 0xf5);
    image.set(Narrow::Upper{0});
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
    image.set(clear<Events::Overrun>, clear<Events::Count>, clear<Events::Mode>);
    EXPECT_EQ(image.value(), 0xf100u);
}

TEST(RegisterValue, can_be_computed_by_the_compiler) {
    constexpr Value<Control> image(Control::Divider{3});
    static_assert(image.value() == 0x03000000);
    static_assert(image.get<Control::Divider>() == 3);
    static_assert(image == Value<Control>(0x03000000));
}

TEST(RegisterValue, costs_no_more_than_the_number) {
    static_assert(sizeof(Value<Narrow>) == 1 && sizeof(Value<Counter>) == 8);
    static_assert(std::is_trivially_copyable_v<Value<Control>>);
}

struct Levels : Register<Levels, 0x18, std::uint32_t> {
    struct Trim : Field<11, 4, Signed> {};
    struct Sign : Field<0, 0, Signed> {};
};
struct WideLevels : Register<WideLevels, 0x20, std::uint64_t> {
    struct All : Field<63, 0, Signed> {};
    struct Upper : Field<63, 24, Signed> {};
};

TEST(RegisterValue, signed_fields_extend_their_sign) {
    static_assert(std::is_same_v<Levels::Trim::Type, std::int32_t>);
    static_assert(std::is_same_v<WideLevels::Upper::Type, std::int64_t>);
    Value<Levels> image = 0xffff'f00f;
    image.set(Levels::Trim{-128}, Levels::Sign{-1});
    EXPECT_EQ(image.value(), 0xffff'f80fu);
    EXPECT_EQ(image.get<Levels::Trim>(), -128);
    EXPECT_EQ(image.get<Levels::Sign>(), -1);
    EXPECT_EQ(image.set(Levels::Trim{127}).get<Levels::Trim>(), 127);
    Value<WideLevels> wide;
    EXPECT_EQ(wide.set(WideLevels::All{INT64_MIN}).get<WideLevels::All>(), INT64_MIN);
    EXPECT_EQ(wide.set(WideLevels::Upper{-2}).get<WideLevels::Upper>(), -2);
}

TEST(RegisterValue, a_value_known_at_run_time_is_checked_in_every_build) {
    const auto set = [](auto number) {
        return Value<Narrow>(0x50).set(Narrow::Lower{checked(number)}).value();
    };
    EXPECT_EQ(set(0xf), 0x5f);
    for (const long long wrong : {0x10ll, 0x1fll, -1ll, 0x1'0000'0000ll})
        EXPECT_THROW(set(wrong), Exception) << wrong;
    EXPECT_THROW(set(0x8000'0000'0000'0000u), Exception);
    const auto trim = [](auto number) { return Levels::Trim{checked(number)}.value(); };
    EXPECT_EQ(trim(-128), -128);
    EXPECT_THROW(trim(-129), Exception);
    EXPECT_THROW(trim(128u), Exception);
    EXPECT_THROW((void)Control::Rate{checked(static_cast<Speed>(4))}, Exception);
    EXPECT_THROW((void)Value<Narrow>(checked(256)), Exception);
    EXPECT_EQ(Value<Narrow>(checked(255)).value(), 255);
}

TEST(RegisterValue, a_value_that_does_not_fit_is_named) {
    try {
        (void)Control::Divider{checked(-3)};
        ADD_FAILURE() << "it was taken";
    } catch (const Exception& thrown) {
        EXPECT_EQ(thrown.error().code, ErrorCode::out_of_range);
        EXPECT_THAT(thrown.what(), testing::HasSubstr("set field [31:24] of register "));
        EXPECT_THAT(thrown.what(), testing::HasSubstr("Control to -3: it holds 0 to 255"));
    }
}

struct Shared : FieldGroup<Shared, std::uint32_t> {
    struct LinkChanged : Flag<2> {};
};
struct Status : Register<Status, 0xc0, std::uint32_t, ReadOnly>, Shared {};
struct Mask : Register<Mask, 0xd0, std::uint32_t>, Shared {};

TEST(FieldGroup, serves_every_register_that_derives_from_it) {
    EXPECT_TRUE(Value<Status>(4).get<Shared::LinkChanged>());
    EXPECT_EQ(Value<Mask>(0).set(Mask::LinkChanged{true}).value(), 4u);
}

}  // namespace
}  // namespace openbar
