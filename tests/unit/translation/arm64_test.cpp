// AArch64's tables, made by hand from the Arm ARM's figures (D8.3).
#include "openbar/translation.hpp"
#include "openbar/translator.hpp"

#include "elf_builder.hpp"
#include "image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openbar {
namespace {

using ::testing::HasSubstr;
using testing::Image;

constexpr std::uint64_t table = 3, page_entry = 3, block = 1, accessed = 1U << 10;
constexpr std::uint64_t read_only = 1U << 7, user = 1U << 6, not_global = 1U << 11;
constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

Translation walk_arm64_image(const Image& image, const Paging& paging, std::uint64_t address) {
    const auto translation = translate(image.memory(), paging, address);
    EXPECT_TRUE(translation) << translation.error().message();
    return translation.value_or(Translation{});
}

/// Granules of 4 KiB: tables of level 0 to 3 at 0x1000 to 0x4000, for both halves.
class Granule4K : public ::testing::Test {
protected:
    Granule4K() {
        for (const std::uint64_t index : {0U, 511U}) {
            image.put64(0x1000, index, 0x2000 | table);
            image.put64(0x2000, index, 0x3000 | table);
            image.put64(0x3000, index, 0x4000 | table);
        }
        image.put64(0x4000, 5, 0x9000 | page_entry | accessed);
    }
    Image image{0x10000};
    Paging paging{.mode = PagingMode::arm64_4k, .cr3 = 0x1000, .ttbr1 = 0x1000};
};

TEST_F(Granule4K, a_page_takes_four_steps) {
    const auto found = walk_arm64_image(image, paging, 0x5123);
    ASSERT_EQ(found.outcome, TranslationOutcome::mapped);
    EXPECT_EQ(found.physical, 0x9123u);
    EXPECT_EQ(found.page_size, 4096u);
    ASSERT_EQ(found.steps().size(), 4u);
    EXPECT_EQ(found.steps()[0].level, PagingLevel::l0);
    EXPECT_EQ(found.steps()[3].level, PagingLevel::l3);
    EXPECT_EQ(found.steps()[3].entry_address, 0x4028u);
}

TEST_F(Granule4K, the_upper_bits_choose_the_table) {
    image.put64(0x1000, 0, 0);
    EXPECT_EQ(walk_arm64_image(image, paging, 0xffffffffffe05123).physical, 0x9123u);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x5123).outcome, TranslationOutcome::not_present);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x0001000000005123).outcome,
              TranslationOutcome::not_canonical);
    EXPECT_EQ(walk_arm64_image(image, paging, 0xfffe000000005123).outcome,
              TranslationOutcome::not_canonical);
    paging.ttbr1 = 0x8000;
    EXPECT_EQ(walk_arm64_image(image, paging, 0xffffffffffe05123).outcome,
              TranslationOutcome::not_present);
}

TEST_F(Granule4K, asid_and_the_common_bit_of_a_ttbr_are_no_address) {
    paging.cr3 = bit(63) | bit(48) | 0x1001;
    EXPECT_EQ(walk_arm64_image(image, paging, 0x5123).physical, 0x9123u);
}

TEST_F(Granule4K, blocks_are_2_mib_and_1_gib_and_no_more) {
    image.put64(0x3000, 1, 0x40200000 | block | accessed);
    image.put64(0x2000, 1, 0x80000000 | block | accessed);
    image.put64(0x1000, 1, 0x4000000000 | block | accessed);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x212345).physical, 0x40212345u);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x212345).page_size, 2u << 20);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x40012345).physical, 0x80012345u);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x8000000000).outcome,
              TranslationOutcome::reserved_bits);
    image.put64(0x4000, 6, 0x9000 | block);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x6000).outcome, TranslationOutcome::reserved_bits)
        << "level 3 has pages only";
}

TEST_F(Granule4K, permissions_are_those_of_all_levels) {
    const auto rights = [&](std::uint64_t leaf) {
        image.put64(0x4000, 5, 0x9000 | page_entry | leaf);
        return walk_arm64_image(image, paging, 0x5000);
    };
    EXPECT_TRUE(rights(0).writable);
    EXPECT_FALSE(rights(0).user);
    EXPECT_TRUE(rights(0).global);
    EXPECT_FALSE(rights(not_global).global);
    EXPECT_FALSE(rights(read_only).writable);
    EXPECT_TRUE(rights(read_only | bit(51)).writable) << "the hardware manages dirty pages";
    EXPECT_FALSE(rights(read_only | bit(51)).dirty);
    EXPECT_TRUE(rights(bit(51)).dirty);
    EXPECT_TRUE(rights(user).user);
    EXPECT_FALSE(rights(bit(54)).executable) << "by a program";
    EXPECT_TRUE(rights(bit(53)).executable) << "that bit is the kernel's";
    EXPECT_EQ(rights(4U << 2).pat_index, 4);
    image.put64(0x2000, 0, 0x3000 | table | bit(62) | bit(61) | bit(60));
    EXPECT_FALSE(rights(user).writable);
    EXPECT_FALSE(rights(user).user);
    EXPECT_FALSE(rights(user).executable);
    image.put64(0x4000, 5, 0x9000 | page_entry | bit(53));
    EXPECT_FALSE(walk_arm64_image(image, paging, 0xffffffffffe05000).executable);
}

TEST_F(Granule4K, fewer_bits_begin_at_a_later_level) {
    paging.virtual_bits = 39;
    paging.cr3 = 0x2000;
    EXPECT_EQ(walk_arm64_image(image, paging, 0x5123).physical, 0x9123u);
    EXPECT_EQ(walk_arm64_image(image, paging, 0x5123).steps().size(), 3u);
    paging.virtual_bits = 42;  // eight entries of level 0
    paging.cr3 = 0x1000;
    EXPECT_EQ(walk_arm64_image(image, paging, 0x5123).steps().size(), 4u);
    for (const unsigned bits : {0U, 24U, 49U, 52U, 64U}) {
        paging.virtual_bits = bits;
        EXPECT_FALSE(translate(image.memory(), paging, 0)) << bits;
    }
}

TEST(Granule16K, has_its_own_indices_and_blocks) {
    Image image(0x20000);
    image.put64(0x4000, 1, 0x8000 | table);  // level 0 has two entries
    image.put64(0x8000, 0, 0xc000 | table);
    image.put64(0xc000, 0, 0x10000 | table);
    image.put64(0xc000, 1, 0x2000000 | block | accessed);
    image.put64(0x10000, 2047, 0x14000 | page_entry | accessed);
    const Paging paging{.mode = PagingMode::arm64_16k, .cr3 = 0x4000};
    const std::uint64_t half = bit(47);
    EXPECT_EQ(walk_arm64_image(image, paging, half | 0x1ffc123).physical, 0x14123u);
    EXPECT_EQ(walk_arm64_image(image, paging, half | 0x1ffc123).page_size, 16384u);
    EXPECT_EQ(walk_arm64_image(image, paging, half | 0x2012345).physical, 0x2012345u);
    EXPECT_EQ(walk_arm64_image(image, paging, half | 0x2012345).page_size, 32u << 20);
}

TEST(Granule64K, has_addresses_of_52_bits) {
    Image image(0x50000);
    image.put64(0x10000, 1, 0x20000 | table);  // level 1
    image.put64(0x20000, 0, 0x30000 | table);
    image.put64(0x20000, 1, 0x20000000 | (0xaU << 12) | block | accessed);
    image.put64(0x30000, 3, 0x40000 | page_entry | accessed);
    Paging paging{.mode = PagingMode::arm64_64k, .cr3 = 0x10000};
    const std::uint64_t start = bit(42);
    EXPECT_EQ(walk_arm64_image(image, paging, start | 0x31234).physical, 0x41234u);
    EXPECT_EQ(walk_arm64_image(image, paging, start | 0x31234).steps().size(), 3u);
    const auto far = walk_arm64_image(image, paging, start | 0x20001234);
    EXPECT_EQ(far.physical, (std::uint64_t{0xa} << 48) | 0x20001234);
    EXPECT_EQ(far.page_size, 512u << 20);
    paging.virtual_bits = 52;
    EXPECT_EQ(walk_arm64_image(image, paging, start | 0x31234).physical, 0x41234u);
}

TEST(Arm64, only_the_machine_of_the_dump_is_walked) {
    testing::ElfBuilder elf;
    elf.load(0, std::vector<std::byte>(0x1000));
    auto bytes = elf.build();
    const Paging arm{.mode = PagingMode::arm64_4k, .ttbr1 = 0x1000};
    EXPECT_THAT(translate(PhysicalMemory::from_elf(bytes).value(), arm, 0).error().hint,
                HasSubstr("4-level"));
    bytes[18] = std::byte{183};
    EXPECT_TRUE(translate(PhysicalMemory::from_elf(bytes).value(), arm, 0));
    const auto memory = PhysicalMemory::from_elf(bytes).value();
    EXPECT_EQ(Translator::create(memory, arm).error().code, ErrorCode::unsupported);
}

TEST(Arm64, a_dump_of_linux_names_the_tables_of_its_kernel) {
    testing::ElfBuilder elf;
    elf.kernel_facts(
        "PAGESIZE=65536\nSYMBOL(swapper_pg_dir)=ffff800009d3e000\nNUMBER(VA_BITS)=48\n"
        "NUMBER(kimage_voffset)=0xffff7fffc8000000\nNUMBER(TCR_EL1_T1SZ)=0xc\n");
    elf.load(0, std::vector<std::byte>(0x10));
    auto bytes = elf.build();
    bytes[18] = std::byte{183};
    const auto memory = PhysicalMemory::from_elf(bytes).value();
    ASSERT_TRUE(memory.kernel_tables());
    EXPECT_EQ(memory.kernel_tables()->ttbr1, 0x41d3e000u);
    EXPECT_EQ(memory.kernel_tables()->granule_bits, 16u);
    EXPECT_EQ(memory.kernel_tables()->virtual_bits, 52u);
}

}  // namespace
}  // namespace openbar
