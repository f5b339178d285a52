// Structures of older and newer versions of the header.
#include "c_interface.hpp"

#include <cstring>

namespace {

class Structures : public OpenCard {};

/// As a newer header might declare it.
struct NewerDeviceInfo {
    openbar_device_info known;
    std::uint64_t unknown[4];
};
struct NewerOpenOptions {
    openbar_open_options known;
    std::uint64_t unknown;
};

TEST_F(Structures, of_an_older_program_are_filled_as_far_as_they_go) {
    openbar_device_info info;
    std::memset(&info, 0xee, sizeof info);
    info.struct_size = offsetof(openbar_device_info, backend);
    ASSERT_EQ(openbar_device_get_info(card, &info), OPENBAR_OK);
    EXPECT_STREQ(info.address, "sim:edu");
    EXPECT_EQ(info.struct_size, offsetof(openbar_device_info, backend));
    unsigned char expected[sizeof info];
    std::memset(expected, 0xee, sizeof expected);
    EXPECT_EQ(std::memcmp(reinterpret_cast<char*>(&info) + info.struct_size, expected,
                          sizeof info - info.struct_size),
              0)
        << "written behind the structure";
}

TEST_F(Structures, of_a_newer_program_are_zero_where_the_library_knows_nothing) {
    NewerDeviceInfo info;
    std::memset(&info, 0xee, sizeof info);
    info.known.struct_size = sizeof info;
    ASSERT_EQ(openbar_device_get_info(card, &info.known), OPENBAR_OK);
    EXPECT_STREQ(info.known.address, "sim:edu");
    EXPECT_EQ(info.known.struct_size, sizeof info);
    for (const std::uint64_t unknown : info.unknown) EXPECT_EQ(unknown, 0u);
}

TEST_F(Structures, with_options_that_the_library_does_not_know_are_refused) {
    NewerOpenOptions options{};
    options.known.struct_size = sizeof options;
    openbar_device device = 0;
    EXPECT_EQ(openbar_open("sim:edu", &options.known, &device), OPENBAR_OK)
        << "what it does not know is zero";
    EXPECT_EQ(openbar_close(device), OPENBAR_OK);
    options.unknown = 1ull << 63;
    EXPECT_EQ(openbar_open("sim:edu", &options.known, &device), OPENBAR_UNSUPPORTED);
    EXPECT_THAT(last_error().hint, testing::HasSubstr("newer library"));
}

TEST_F(Structures, of_no_possible_size_are_refused) {
    for (const std::uint32_t size : {0u, 1u, 3u, 4097u, 0xccccccccu, 0xffffffffu}) {
        auto info = sized<openbar_device_info>();
        info.struct_size = size;
        EXPECT_EQ(openbar_device_get_info(card, &info), OPENBAR_INVALID_ARGUMENT) << size;
        EXPECT_EQ(info.address, nullptr);
        openbar_open_options options{size, 0};
        openbar_device device = 0;
        EXPECT_EQ(openbar_open("sim:edu", &options, &device), OPENBAR_INVALID_ARGUMENT) << size;
        openbar_error error{};
        error.struct_size = size;
        EXPECT_EQ(openbar_last_error(&error), OPENBAR_INVALID_ARGUMENT) << size;
    }
}

TEST_F(Structures, may_hold_nothing_but_their_size) {
    std::uint32_t size = sizeof size;
    EXPECT_EQ(openbar_device_get_info(card, reinterpret_cast<openbar_device_info*>(&size)),
              OPENBAR_OK);
    EXPECT_EQ(size, sizeof size);
}

}  // namespace
