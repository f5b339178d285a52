#include "openbar/format.hpp"
#include "openbar/register_print.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <version>

namespace openbar::printing {
namespace {

enum class Speed : std::uint8_t { slow, fast = 2 };
enum class Mode : std::uint8_t { copper, fiber };
std::string_view to_string(Mode mode) {
    return mode == Mode::copper ? "copper cable" : std::string_view();
}

struct Control : Register<Control, 0x00, std::uint32_t, WriteOnlyBits<31>> {
    struct Go : Flag<31> {};
    struct Base : Field<30, 16> {};
    struct Trim : Field<15, 12, Signed> {};
    struct Medium : Field<9, 8, Mode> {};
    struct Rate : Field<5, 4, Speed> {};
    struct Enable : Flag<0> {};
    using Fields = FieldList<Go, Enable, Rate, Medium, Trim, Base>;
};
struct Byte : Register<Byte, 0x04, std::uint8_t> {};
struct Shared : FieldGroup<Shared, std::uint16_t> {
    struct LinkChanged : Flag<2> {};
    using Fields = FieldList<LinkChanged>;
};
struct Mask : Register<Mask, 0x08, std::uint16_t>, Shared {};

std::string text(const auto& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

TEST(RegisterPrint, shows_the_number_and_each_field_by_name) {
    EXPECT_EQ(text(Value<Control>(0x0012'd021)),
              "0x0012d021 Enable=1 Rate=fast Medium=copper cable Trim=-3 Base=18");
}

TEST(RegisterPrint, shows_values_without_a_name_as_numbers) {
    EXPECT_EQ(text(Value<Control>(0x7fff'0310)),
              "0x7fff0310 Enable=0 Rate=1 Medium=3 Trim=0 Base=0x7fff");
}

TEST(RegisterPrint, shows_a_register_without_a_list_as_a_number_of_its_width) {
    EXPECT_EQ(text(Value<Byte>(0x5)), "0x05");
}

TEST(RegisterPrint, finds_the_fields_of_a_group) {
    EXPECT_EQ(text(Value<Mask>(0x4)), "0x0004 LinkChanged=1");
}

TEST(RegisterPrint, lists_the_fields_for_tools) {
    const auto fields = fields_of<Control>();
    ASSERT_EQ(fields.size(), 6u);
    EXPECT_EQ(fields[0].name, "Go");
    EXPECT_FALSE(fields[0].readable);
    EXPECT_EQ(fields[2].high, 5u);
    EXPECT_EQ(fields[2].low, 4u);
    EXPECT_EQ(fields[2].enumerator(2), "fast");
    EXPECT_EQ(fields[2].enumerator(3), "");
    EXPECT_TRUE(fields[4].is_signed);
    EXPECT_EQ(fields[5].enumerator, nullptr);
    EXPECT_TRUE(fields_of<Byte>().empty());
}

#if defined(__cpp_lib_format)
TEST(RegisterPrint, works_with_std_format) {
    EXPECT_EQ(std::format("{}|{:>6}", Value<Mask>(0x4), Value<Byte>(1)),
              "0x0004 LinkChanged=1|  0x01");
    EXPECT_EQ(std::format("{}", Error{.code = ErrorCode::io, .cause = "no answer"}), "no answer");
    EXPECT_EQ(std::format("{}", ErrorCode::io), "io");
}
#endif

}  // namespace
}  // namespace openbar::printing
