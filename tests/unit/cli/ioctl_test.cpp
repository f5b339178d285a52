// openbar ioctl: control codes taken apart and put together.
#include "cli/ioctl/control_code.hpp"
#include "tests/unit/cli/run_openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

namespace openbar::cli {
namespace {

using ::testing::HasSubstr;

TEST(ControlCode, every_function_method_and_access_survives_the_way_there_and_back) {
    for (const std::uint16_t type : std::array<std::uint16_t, 5>{0, 0x22, 0x7fff, 0x8000, 0xffff})
        for (std::uint16_t function = 0; function <= ControlCode::last_function; ++function)
            for (unsigned rest = 0; rest < 16; ++rest) {
                const ControlCode code{type, function, static_cast<TransferMethod>(rest & 3),
                                       static_cast<RequiredAccess>(rest >> 2)};
                ASSERT_EQ(ControlCode::decode(code.encode()), code);
            }
}

TEST(ControlCode, every_bit_belongs_to_one_field) {
    std::uint32_t all = 0;
    for (unsigned bit = 0; bit < 32; ++bit) {
        const std::uint32_t code = std::uint32_t{1} << bit;
        EXPECT_EQ(ControlCode::decode(code).encode(), code) << bit;
        all |= code;
    }
    EXPECT_EQ(ControlCode::decode(all).encode(), all);
}

TEST(ControlCode, device_types_are_known_by_windows_names_and_by_number) {
    for (const char* text : {"unknown", "FILE_DEVICE_UNKNOWN", "file-device-unknown", "0x22", "34"})
        EXPECT_EQ(parse_device_type(text), 0x22) << text;
    EXPECT_EQ(parse_device_type("8042_port"), 0x27);
    EXPECT_EQ(parse_device_type("infiniband"), 0x3b);
    EXPECT_EQ(parse_device_type("0xffff"), 0xffff);
    EXPECT_FALSE(parse_device_type("0x10000"));
    EXPECT_THAT(parse_device_type("unknwon").error().cause, HasSubstr("UNKNOWN"));
    EXPECT_EQ(device_type_name(0x07), "DISK");
    EXPECT_EQ(device_type_name(0), std::nullopt);
    EXPECT_EQ(device_type_name(0x8000), std::nullopt);
}

TEST(ControlCode, device_types_have_all_names_of_the_header) {
    EXPECT_EQ(parse_device_type("FILE_DEVICE_VMBUS"), 0x3e);
    EXPECT_EQ(parse_device_type("bluetooth"), 0x41);
    EXPECT_EQ(parse_device_type("FILE_DEVICE_USBEX"), 0x49);
    EXPECT_EQ(parse_device_type("console"), 0x50);
    EXPECT_EQ(parse_device_type("FILE_DEVICE_SOUNDWIRE"), 0x61);
    EXPECT_EQ(parse_device_type("FILE_DEVICE_I3C"), 0x65);
    for (const std::uint16_t without_a_name :
         std::initializer_list<std::uint16_t>{0x00, 0x3c, 0x3d, 0x4a, 0x4f, 0x66})
        EXPECT_EQ(device_type_name(without_a_name), std::nullopt) << without_a_name;
    EXPECT_FALSE(parse_device_type(""));
    EXPECT_FALSE(parse_device_type("FILE_DEVICE_"));
    EXPECT_THAT(parse_device_type("gizmo").error().hint, HasSubstr("by its number"));
}

TEST(Ioctl, encodes_a_device_type_alone_with_the_fields_that_are_zero) {
    EXPECT_EQ(run_openbar({"ioctl", "encode", "--device-type", "FILE_DEVICE_BLUETOOTH"}).out,
              "0x00410000\n");
    EXPECT_EQ(run_openbar({"ioctl", "encode", "--device-type", "0x66"}).out, "0x00660000\n");
}

TEST(Ioctl, decodes_codes_of_windows_and_of_the_samples) {
    // IOCTL_DISK_GET_DRIVE_GEOMETRY, and the shared buffer's four.
    EXPECT_THAT(run_openbar({"ioctl", "decode", "0x70000"}).out,
                HasSubstr("CTL_CODE(FILE_DEVICE_DISK, 0x0, METHOD_BUFFERED, FILE_ANY_ACCESS)"));
    EXPECT_THAT(run_openbar({"ioctl", "decode", "0x22E00A"}).out,
                HasSubstr("CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_OUT_DIRECT, "
                          "FILE_READ_DATA | FILE_WRITE_DATA)"));
    const auto decoded =
        nlohmann::json::parse(run_openbar({"ioctl", "decode", "0x222010", "--json"}).out);
    EXPECT_EQ(decoded["function"]["value"], 0x804);
    EXPECT_EQ(decoded["function"]["vendor"], true);
    EXPECT_EQ(decoded["device_type"]["name"], "FILE_DEVICE_UNKNOWN");
    EXPECT_EQ(decoded["device_type"]["vendor"], false);
}

TEST(Ioctl, encodes_what_ctl_code_makes) {
    const auto encoded = [](const char* function, const char* method, const char* access) {
        return run_openbar({"ioctl", "encode", "--device-type", "unknown", "--function", function,
                            "--method", method, "--access", access})
            .out;
    };
    EXPECT_EQ(encoded("0x801", "buffered", "any"), "0x00222004\n");
    EXPECT_EQ(encoded("0x800", "in-direct", "read-write"), "0x0022e001\n");
    EXPECT_EQ(encoded("2049", "METHOD_OUT_DIRECT", "FILE_READ_DATA"), "0x00226006\n");
    EXPECT_EQ(encoded("0x803", "neither", "write"), "0x0022a00f\n");
}

TEST(Ioctl, refuses_fields_that_no_code_has) {
    const auto code_of = [](const char* option, const char* value) {
        return run_openbar({"ioctl", "encode", "--device-type", "34", "--function", "0x800",
                            "--method", "buffered", "--access", "any", option, value})
            .code;
    };
    EXPECT_EQ(code_of("--function", "0x1000"), 2);
    EXPECT_EQ(code_of("--device-type", "0x10000"), 2);
    EXPECT_EQ(code_of("--method", "direct"), 2);
    EXPECT_EQ(code_of("--access", "execute"), 2);
    EXPECT_EQ(run_openbar({"ioctl", "encode", "--function", "1"}).code, 2);
    EXPECT_EQ(run_openbar({"ioctl", "decode"}).code, 2);
    EXPECT_EQ(run_openbar({"ioctl", "decode", "0x100000000"}).code, 2);
    EXPECT_EQ(run_openbar({"ioctl", "decode", "1", "2"}).code, 2);
    EXPECT_EQ(run_openbar({"ioctl", "decode", "1", "--in", "00"}).code, 2);
    EXPECT_EQ(run_openbar({"ioctl", "change", "1"}).code, 2);
}

#ifndef _WIN32
TEST(Ioctl, sends_nothing_where_there_is_no_windows) {
    const Ran ran = run_openbar({"ioctl", "send", "shared_buffer", "0x22200c", "--out", "8"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("DeviceIoControl"));
}
#endif

TEST(Ioctl, looks_at_the_bytes_before_it_opens_anything) {
    const auto message = [](const char* bytes) {
        const Ran ran = run_openbar({"ioctl", "send", "x", "1", "--in", bytes});
        EXPECT_EQ(ran.code, 1);
        return ran.diagnostics;
    };
    EXPECT_THAT(message("123"), HasSubstr("two hexadecimal digits"));
    EXPECT_THAT(message("0x12"), HasSubstr("two hexadecimal digits"));
    EXPECT_THAT(message("@/nonexistent/file"), HasSubstr("cannot be opened"));
    for (const char* room : {"17M", "0xffffffffffffffff", "1000G"})
        EXPECT_THAT(run_openbar({"ioctl", "send", "x", "1", "--out", room}).diagnostics,
                    HasSubstr("at most"))
            << room;
    EXPECT_THAT(message("@/dev/zero"), HasSubstr("at most"));
}

}  // namespace
}  // namespace openbar::cli
