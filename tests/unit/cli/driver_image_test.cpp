// What openbar inf writes into a driver: what it may drive, and a checksum that is right.
#include "cli/inf/driver_image.hpp"

#include "cli/inf/installation.hpp"
#include "tests/unit/cli/plain_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openbar::cli {
namespace {

using test::permit_in;
using test::PlainImage;
using ::testing::HasSubstr;

openbar_permit some_permit() {
    Installation installation{.name = "x", .hardware_id = "PCI\\VEN_1234&DEV_11E8"};
    installation.functions = {{0x1234, 0x11e8}, {0x8086, 0x100e, 0x1af4, 0x1100}};
    installation.dma_without_iommu = true;
    return *permit_of(installation);
}

TEST(DriverImage, holds_what_was_permitted_and_nothing_else_of_it_changes) {
    for (const bool is_64bit : {false, true}) {
        const PlainImage image(is_64bit);
        const auto filled = with_permit(image.bytes, some_permit());
        ASSERT_TRUE(filled) << filled.error();
        const openbar_permit permit = permit_in(*filled);
        EXPECT_EQ(permit.function_count, 2u);
        EXPECT_EQ(permit.flags, std::uint32_t{OPENBAR_PERMIT_DMA_WITHOUT_IOMMU});
        EXPECT_EQ(permit.functions[0].device, 0x11e8);
        EXPECT_EQ(permit.functions[0].which_subsystem, std::uint32_t{OPENBAR_ANY_SUBSYSTEM});
        EXPECT_EQ(permit.functions[1].subsystem_vendor, 0x1af4);
        EXPECT_EQ(permit.functions[1].subsystem, 0x1100);
        EXPECT_EQ(permit.functions[1].which_subsystem, std::uint32_t{OPENBAR_THIS_SUBSYSTEM});
        for (std::size_t at = 0; at < image.bytes.size(); ++at) {
            const bool is_permit =
                at >= PlainImage::permit && at < PlainImage::permit + sizeof(openbar_permit);
            const bool is_checksum = at >= PlainImage::checksum && at < PlainImage::checksum + 4;
            if (is_permit || is_checksum) continue;
            ASSERT_EQ((*filled)[at], image.bytes[at]) << at;
        }
    }
}

TEST(DriverImage, has_the_checksum_that_the_kernel_computes) {
    const auto filled = with_permit(PlainImage().bytes, some_permit());
    ASSERT_TRUE(filled);
    // As Microsoft's page says it in words: the checksum's field counts as zero, and carries go round.
    std::string plain = *filled;
    std::uint32_t stored = 0;
    std::memcpy(&stored, plain.data() + PlainImage::checksum, 4);
    plain.replace(PlainImage::checksum, 4, 4, '\0');
    if (plain.size() % 2 != 0) plain += '\0';
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < plain.size(); at += 2)
        sum += static_cast<unsigned char>(plain[at]) +
               256u * static_cast<unsigned char>(plain[at + 1]);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    EXPECT_EQ(stored, sum + filled->size());
}

TEST(DriverImage, can_be_filled_again_while_it_is_not_signed) {
    const auto once = with_permit(PlainImage().bytes, some_permit());
    ASSERT_TRUE(once);
    Installation board{.name = "x", .hardware_id = "root\\x"};
    board.ranges = {{true, 0x378, 0x37f}};
    const auto twice = with_permit(*once, *permit_of(board));
    ASSERT_TRUE(twice);
    const openbar_permit permit = permit_in(*twice);
    EXPECT_EQ(permit.function_count, 0u);
    EXPECT_EQ(permit.functions[0].vendor, 0u);
    EXPECT_EQ(permit.range_count, 1u);
    EXPECT_EQ(permit.ranges[0].kind, std::uint32_t{OPENBAR_PERMITTED_PORTS});
    EXPECT_EQ(permit.ranges[0].last, 0x37fu);
}

std::string refusal(const std::string& bytes) {
    const auto filled = with_permit(bytes, some_permit());
    return filled ? "filled" : filled.error().cause;
}

TEST(DriverImage, is_left_alone_where_it_is_signed) {
    for (const bool is_64bit : {false, true}) {
        PlainImage image(is_64bit);
        image.number(std::uint32_t{0x1000}, PlainImage::header + 24 + (is_64bit ? 144 : 128));
        EXPECT_THAT(refusal(image.bytes), HasSubstr("is signed"));
    }
}

TEST(DriverImage, is_refused_where_it_is_no_driver_of_this_version) {
    const PlainImage image;
    EXPECT_THAT(refusal(""), HasSubstr("no driver"));
    EXPECT_THAT(refusal("x64"), HasSubstr("no driver"));
    for (std::size_t length = 0; length < image.bytes.size() - 101; length += 7)
        EXPECT_NE(refusal(image.bytes.substr(0, length)), "filled") << length;
    PlainImage far_header;
    far_header.number(UINT32_MAX, 0x3c);
    EXPECT_THAT(refusal(far_header.bytes), HasSubstr("no driver"));
    PlainImage without;
    without.bytes[PlainImage::permit] = 'x';
    EXPECT_THAT(refusal(without.bytes), HasSubstr("no place"));
    EXPECT_THAT(refusal(image.bytes + image.bytes), HasSubstr("more than one"));
    PlainImage other;
    other.number(std::uint32_t{8}, PlainImage::permit + offsetof(openbar_permit, size));
    EXPECT_THAT(refusal(other.bytes), HasSubstr("another layout"));
}

TEST(DriverImage, has_room_for_so_many_ids) {
    Installation installation{.name = "x", .hardware_id = "x"};
    installation.functions.resize(OPENBAR_MAX_PERMITTED);
    EXPECT_TRUE(permit_of(installation));
    installation.functions.resize(OPENBAR_MAX_PERMITTED + 1);
    EXPECT_FALSE(permit_of(installation));
}

TEST(DriverImage, is_for_the_ids_that_a_hardware_id_names) {
    const auto plain = pci_ids_of("PCI\\VEN_1234&DEV_11E8");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->device, 0x11e8);
    EXPECT_FALSE(plain->subsystem);
    const auto whole = pci_ids_of("pci\\ven_1234&dev_11e8&subsys_11001AF4&rev_02");
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->subsystem, 0x1100);
    EXPECT_EQ(whole->subsystem_vendor, 0x1af4);
    for (const char* other : {"root\\x", "PCI\\CC_0580", "PCI\\VEN_1234", "PCI\\VEN_12&DEV_11E8",
                              "PCI\\VEN_1234&DEV_11", "USB\\VEN_1234&DEV_11E8", ""})
        EXPECT_FALSE(pci_ids_of(other)) << other;
}

}  // namespace
}  // namespace openbar::cli
