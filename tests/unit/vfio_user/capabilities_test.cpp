#include "vfio_user/capabilities.hpp"

#include <gtest/gtest.h>

#include <string>

namespace openbar::vfio_user {
namespace {

Result<Capabilities> parse(const std::string& text) {
    return from_version_data(std::as_bytes(std::span(text.data(), text.size() + 1)));
}

TEST(VfioUserCapabilities, come_back_as_they_were_said) {
    const Capabilities said{.max_descriptors = 8,
                            .max_transfer = 65536,
                            .max_dma_maps = 100,
                            .page_sizes = 0x201000,
                            .twin_socket = true,
                            .twin_descriptor = 0,
                            .write_multiple = true};
    const std::string data = to_version_data(said);
    const auto heard = from_version_data(std::as_bytes(std::span(data)));
    ASSERT_TRUE(heard) << heard.error();
    EXPECT_EQ(heard->max_descriptors, 8U);
    EXPECT_EQ(heard->max_transfer, 65536U);
    EXPECT_EQ(heard->max_dma_maps, 100U);
    EXPECT_EQ(heard->page_sizes, 0x201000U);
    EXPECT_TRUE(heard->twin_socket);
    EXPECT_EQ(heard->twin_descriptor, 0U);
    EXPECT_TRUE(heard->write_multiple);
}

TEST(VfioUserCapabilities, left_out_mean_the_defaults_of_the_specification) {
    for (const auto& heard :
         {from_version_data({}), parse(""), parse("{}"), parse(R"({"capabilities": {}})")}) {
        ASSERT_TRUE(heard) << heard.error();
        EXPECT_EQ(heard->max_descriptors, 1U);
        EXPECT_EQ(heard->max_transfer, 1U << 20);
        EXPECT_EQ(heard->max_dma_maps, 65535U);
        EXPECT_EQ(heard->page_sizes, 4096U);
        EXPECT_FALSE(heard->twin_socket);
    }
}

TEST(VfioUserCapabilities, ignore_names_they_do_not_know) {
    EXPECT_TRUE(
        parse(R"({"capabilities": {"migration": {"pgsize": 4096}, "later": [1]}, "x": 1})"));
}

TEST(VfioUserCapabilities, refuse_what_is_not_what_it_should_be) {
    for (const char* text :
         {"[", "[]", "7", R"({"capabilities": 3})", R"({"capabilities": {"max_msg_fds": -1}})",
          R"({"capabilities": {"max_msg_fds": "8"}})", R"({"capabilities": {"pgsizes": 0}})",
          R"({"capabilities": {"max_data_xfer_size": 0}})",
          R"({"capabilities": {"max_data_xfer_size": 1e99}})",
          R"({"capabilities": {"max_data_xfer_size": 4096.5}})",
          R"({"capabilities": {"twin_socket": true}})",
          R"({"capabilities": {"twin_socket": {"supported": 1}}})",
          R"({"capabilities": {"write_multiple": "yes"}})", "{\"\xff\": 1}"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
}

TEST(VfioUserCapabilities, are_whole_numbers_however_they_are_written) {
    EXPECT_EQ(parse(R"({"capabilities": {"max_data_xfer_size": 1048576.0}})").value().max_transfer,
              1048576u);
    EXPECT_EQ(parse(R"({"capabilities": {"max_data_xfer_size": 1e6}})").value().max_transfer,
              1000000u);
    EXPECT_EQ(parse(R"({"capabilities": {"max_data_xfer_size": 1}})").value().max_transfer, 1u);
}

TEST(VfioUserCapabilities, refuse_text_that_does_not_end) {
    const std::string text = "{}";
    EXPECT_FALSE(from_version_data(std::as_bytes(std::span(text))));
}

TEST(VfioUserCapabilities, refuse_nesting_that_would_use_up_the_stack) {
    EXPECT_FALSE(parse(std::string(60000, '[')));
}

}  // namespace
}  // namespace openbar::vfio_user
