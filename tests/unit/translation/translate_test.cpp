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
using ::testing::SizeIs;

constexpr std::uint64_t no_execute = std::uint64_t{1} << 63;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

Translation walk(const Image& image, const Paging& paging, std::uint64_t address) {
    const auto translation = translate(image.memory(), paging, address);
    EXPECT_TRUE(translation) << translation.error().message();
    return translation.value_or(Translation{});
}

/// Four levels of tables at 0x1000 (PML4), 0x2000 (PDPT), 0x3000 (PD) and 0x4000 (PT), the
/// first entry of each leading to the next, user and writable.
class FourLevels : public ::testing::Test {
protected:
    FourLevels() {
        image.put64(0x1000, 0, 0x2007);
        image.put64(0x2000, 0, 0x3007);
        image.put64(0x3000, 0, 0x4007);
    }
    Image image{0x10000};
    Paging paging{.mode = PagingMode::level4, .cr3 = 0x1000};
};

TEST_F(FourLevels, a_4_kib_page_takes_four_steps) {
    image.put64(0x4000, 5, 0x9000 | 0x63);  // present, writable, accessed, dirty
    const auto found = walk(image, paging, 0x5123);
    EXPECT_EQ(found.outcome, TranslationOutcome::mapped);
    EXPECT_EQ(found.physical, 0x9123U);
    EXPECT_EQ(found.physical_address().value(), 0x9123U);
    EXPECT_EQ(found.page_size, 0x1000U);
    EXPECT_TRUE(found.page_in_memory);
    EXPECT_TRUE(found.writable);
    EXPECT_TRUE(found.executable);
    EXPECT_FALSE(found.user) << "the leaf is the supervisor's, whatever the tables above say";
    EXPECT_TRUE(found.dirty);
    ASSERT_THAT(found.steps(), SizeIs(4));
    EXPECT_EQ(found.steps()[0].level, PagingLevel::pml4);
    EXPECT_EQ(found.steps()[3].level, PagingLevel::pt);
    EXPECT_EQ(found.steps()[3].index, 5U);
    EXPECT_EQ(found.steps()[3].entry_address, 0x4028U);
    EXPECT_EQ(found.steps()[3].entry, 0x9063U);
    EXPECT_TRUE(found.steps()[3].leaf);
    EXPECT_FALSE(found.steps()[2].leaf);
}

TEST_F(FourLevels, large_pages_end_the_walk_early) {
    image.put64(0x3000, 1, 0x40000000 | 0x87);
    image.put64(0x2000, 1, 0x1'0000'0000 | 0x87);
    const auto two = walk(image, paging, 0x2abcde);
    EXPECT_EQ(two.physical, 0x400abcdeU);
    EXPECT_EQ(two.page_size, 0x200000U);
    EXPECT_FALSE(two.page_in_memory) << "the image ends long before";
    EXPECT_THAT(two.steps(), SizeIs(3));
    const auto one = walk(image, paging, gib + 0x12345678);
    EXPECT_EQ(one.physical, 0x1'1234'5678U);
    EXPECT_EQ(one.page_size, gib);
    EXPECT_THAT(one.steps(), SizeIs(2));
}

TEST_F(FourLevels, a_right_needs_every_level_and_no_execute_only_one) {
    image.put64(0x4000, 0, 0x9007);
    image.put64(0x2000, 0, 0x3005 | no_execute);
    const auto found = walk(image, paging, 0x10);
    EXPECT_FALSE(found.writable);
    EXPECT_FALSE(found.executable);
    EXPECT_TRUE(found.user);
    image.put64(0x1000, 0, 0x2003);
    EXPECT_FALSE(walk(image, paging, 0x10).user);
}

TEST_F(FourLevels, the_walk_ends_where_an_entry_is_not_present) {
    image.put64(0x3000, 7, 0xdead0000);
    const auto found = walk(image, paging, 7U << 21U);
    EXPECT_EQ(found.outcome, TranslationOutcome::not_present);
    EXPECT_THAT(found.steps(), SizeIs(3));
    EXPECT_FALSE(found.writable || found.user || found.executable);
    const Error error = found.physical_address().error();
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_THAT(error.cause,
                HasSubstr("entry 7 of the PD, at 0x3038 (0xdead0000), is not present"));
}

TEST_F(FourLevels, a_table_outside_the_memory_ends_the_walk) {
    image.put64(0x2000, 3, 0xffff000 | 7);
    const auto found = walk(image, paging, 3 * gib);
    EXPECT_EQ(found.outcome, TranslationOutcome::outside_memory);
    ASSERT_THAT(found.steps(), SizeIs(3));
    EXPECT_FALSE(found.steps()[2].readable);
    EXPECT_EQ(found.physical_address().error().code, ErrorCode::out_of_range);
}

TEST_F(FourLevels, a_table_may_contain_itself) {
    // The recursive mapping of a kernel: entry 510 of the PML4 is the PML4.
    image.put64(0x1000, 510, 0x1003);
    const std::uint64_t index = 510;
    const std::uint64_t itself =
        0xffff'0000'0000'0000 | (index << 39U) | (index << 30U) | (index << 21U) | (index << 12U);
    const auto found = walk(image, paging, itself + 0xff0);
    EXPECT_EQ(found.physical, 0x1ff0U);
    ASSERT_THAT(found.steps(), SizeIs(4));
    EXPECT_FALSE(found.steps()[0].revisits);
    EXPECT_TRUE(found.steps()[1].revisits);
    EXPECT_TRUE(found.steps()[3].revisits);
}

TEST_F(FourLevels, addresses_between_the_halves_are_no_addresses) {
    EXPECT_EQ(walk(image, paging, 0x0000'8000'0000'0000).outcome,
              TranslationOutcome::not_canonical);
    EXPECT_EQ(walk(image, paging, 0xffff'7fff'ffff'ffff).outcome,
              TranslationOutcome::not_canonical);
    EXPECT_EQ(walk(image, paging, 0xffff'8000'0000'0000).outcome, TranslationOutcome::not_present);
    EXPECT_EQ(walk(image, paging, 0x0000'7fff'ffff'ffff).outcome, TranslationOutcome::not_present);
    EXPECT_THAT(walk(image, paging, 1ULL << 47U).steps(), SizeIs(0));
}

TEST_F(FourLevels, reserved_bits_stop_the_walk_and_are_named) {
    image.put64(0x3000, 1, 0x40002087);  // bit 13 of a 2 MiB page
    const auto large = walk(image, paging, 0x200000);
    EXPECT_EQ(large.outcome, TranslationOutcome::reserved_bits);
    EXPECT_EQ(large.steps().back().reserved_bits, 0x2000U);
    EXPECT_EQ(large.physical_address().error().code, ErrorCode::protocol);
    image.put64(0x1000, 0, 0x2087);  // PS in the PML4
    EXPECT_EQ(walk(image, paging, 0).outcome, TranslationOutcome::reserved_bits);
}

TEST_F(FourLevels, what_is_reserved_depends_on_the_processor) {
    image.put64(0x4000, 0, (std::uint64_t{1} << 40) | 7);
    image.put64(0x4000, 1, no_execute | 7);
    image.put64(0x2000, 1, gib | 0x87);
    EXPECT_EQ(walk(image, paging, 0).outcome, TranslationOutcome::mapped);
    paging.physical_bits = 40;
    EXPECT_EQ(walk(image, paging, 0).outcome, TranslationOutcome::reserved_bits);
    EXPECT_EQ(walk(image, paging, 0x1000).outcome, TranslationOutcome::mapped);
    paging.no_execute = false;
    EXPECT_EQ(walk(image, paging, 0x1000).outcome, TranslationOutcome::reserved_bits);
    EXPECT_EQ(walk(image, paging, gib).outcome, TranslationOutcome::mapped);
    paging.gigabyte_pages = false;
    EXPECT_EQ(walk(image, paging, gib).outcome, TranslationOutcome::reserved_bits);
}

TEST_F(FourLevels, the_memory_type_is_looked_up_by_pat_pcd_and_pwt) {
    paging.pat = 0x0407'0506'0007'0106;  // as Linux sets it
    const PageMemoryType expected[] = {
        PageMemoryType::write_back,     PageMemoryType::write_combining,
        PageMemoryType::uncached_minus, PageMemoryType::uncached,
        PageMemoryType::write_back,     PageMemoryType::write_protected,
        PageMemoryType::uncached_minus, PageMemoryType::write_through};
    for (unsigned index = 0; index < 8; ++index) {
        const std::uint64_t low = (index & 3U) << 3U;
        image.put64(0x4000, index, 0x9003 | low | ((index & 4U) << 5U));
        image.put64(0x3000, index + 1, 0x83 | low | ((index & 4U) << 10U));
        const auto page = walk(image, paging, index * 0x1000);
        const auto large = walk(image, paging, (index + 1) * 0x200000);
        EXPECT_EQ(page.pat_index, index);
        EXPECT_EQ(page.memory_type, expected[index]) << index;
        EXPECT_EQ(large.pat_index, index);
        EXPECT_EQ(large.memory_type, expected[index]) << index;
        EXPECT_EQ(large.physical, 0U) << "the PAT bit is no part of the address";
    }
    paging.pat = 2;
    EXPECT_EQ(walk(image, paging, 0).memory_type, PageMemoryType::reserved);
}

TEST_F(FourLevels, cr3_may_carry_flags_and_a_pcid) {
    image.put64(0x4000, 0, 0x9001);
    paging.cr3 = 0x1abc;
    EXPECT_EQ(walk(image, paging, 0).physical, 0x9000U);
}

TEST(FiveLevels, a_57_bit_address_takes_five_steps) {
    Image image(0x10000);
    image.put64(0x1000, 0x111, 0x2003);
    image.put64(0x2000, 0x100, 0x3003);
    image.put64(0x3000, 1, 0x4003);
    image.put64(0x4000, 2, 0x5003);
    image.put64(0x5000, 3, 0x6003 | (std::uint64_t{0xb} << 59));
    const Paging paging{.mode = PagingMode::level5, .cr3 = 0x1000};
    const std::uint64_t address = 0xff00'0000'0000'0000 | (std::uint64_t{0x111} << 48) |
                                  (std::uint64_t{0x100} << 39) | gib | (2U << 21U) | 0x3045U;
    const auto found = walk(image, paging, address);
    EXPECT_EQ(found.physical, 0x6045U);
    EXPECT_EQ(found.protection_key, 0xb);
    ASSERT_THAT(found.steps(), SizeIs(5));
    EXPECT_EQ(found.steps()[0].level, PagingLevel::pml5);
    EXPECT_EQ(walk(image, paging, 0x0100'0000'0000'0000).outcome,
              TranslationOutcome::not_canonical);
    EXPECT_EQ(walk(image, paging, 0x00ff'0000'0000'0000).outcome, TranslationOutcome::not_present);
}

TEST(Pae, four_entries_at_a_32_byte_boundary_are_the_root) {
    Image image(0x10000);
    image.put64(0x1020, 3, 0x2001);
    image.put64(0x2000, 511, 0x3007);
    image.put64(0x3000, 511, 0x9007 | no_execute);
    image.put64(0x2000, 510, 0x8'0020'0087);
    const Paging paging{.mode = PagingMode::pae, .cr3 = 0x1020};
    const auto page = walk(image, paging, 0xffff'f123);
    EXPECT_EQ(page.physical, 0x9123U);
    EXPECT_TRUE(page.writable) << "the first level of PAE forbids nothing";
    EXPECT_TRUE(page.user);
    EXPECT_FALSE(page.executable);
    EXPECT_THAT(page.steps(), SizeIs(3));
    const auto large = walk(image, paging, 0xffc1'2345);
    EXPECT_EQ(large.physical, 0x8'0021'2345U) << "PAE reaches beyond 4 GiB";
    EXPECT_EQ(large.page_size, 0x200000U);
}

TEST(Pae, upper_bits_of_its_root_are_reserved_and_lower_ones_are_no_matter_of_a_walk) {
    Image image(0x10000);
    image.put64(0x1000, 0, 0x2001 | no_execute);
    image.put64(0x1000, 1, 0x2021);
    const Paging paging{.mode = PagingMode::pae, .cr3 = 0x1000};
    EXPECT_EQ(walk(image, paging, 0).steps().back().reserved_bits, no_execute);
    EXPECT_EQ(walk(image, paging, gib).outcome, TranslationOutcome::not_present);
    EXPECT_THAT(walk(image, paging, gib).steps(), SizeIs(2));
}

TEST(ThirtyTwoBits, tables_of_1024_entries_and_pages_of_4_mib) {
    Image image(0x10000);
    image.put32(0x1000, 0x300, 0x2007);
    image.put32(0x2000, 0x3ff, 0x9007);
    image.put32(0x1000, 0x301, 0x00c0'0087);
    Paging paging{.mode = PagingMode::bits32, .cr3 = 0x1000};
    EXPECT_EQ(walk(image, paging, 0xc03f'f456).physical, 0x9456U);
    EXPECT_TRUE(walk(image, paging, 0xc03f'f456).executable);
    const auto large = walk(image, paging, 0xc071'2345);
    EXPECT_EQ(large.physical, 0x00f1'2345U);
    EXPECT_EQ(large.page_size, 0x400000U);
    paging.page_size_extension = false;
    EXPECT_EQ(walk(image, paging, 0xc071'2345).outcome, TranslationOutcome::outside_memory)
        << "without PSE the bit means nothing and the entry is a table's";
}

TEST(ThirtyTwoBits, pse_36_reaches_beyond_4_gib) {
    Image image(0x10000);
    image.put32(0x1000, 1, 0x0140'0083 | (0xa5U << 13U));
    Paging paging{.mode = PagingMode::bits32, .cr3 = 0x1000};
    EXPECT_EQ(walk(image, paging, 0x0051'2345).physical, 0xa5'0151'2345U);
    paging.physical_bits = 36;
    EXPECT_EQ(walk(image, paging, 0x0051'2345).steps().back().reserved_bits, 0xa0U << 13U);
    image.put32(0x1000, 1, 0x0020'0083);
    EXPECT_EQ(walk(image, paging, 0x0051'2345).outcome, TranslationOutcome::reserved_bits);
}

TEST(Translate, requests_that_make_no_sense_are_refused) {
    const Image image(0x1000);
    const auto memory = image.memory();
    const auto code = [&](const Paging& paging, std::uint64_t address) {
        const auto translation = translate(memory, paging, address);
        return translation ? ErrorCode::io : translation.error().code;
    };
    EXPECT_EQ(code({.mode = PagingMode::pae}, 0x1'0000'0000), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.mode = PagingMode::bits32, .cr3 = 0x1'0000'0000}, 0),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code({.cr3 = 0x100'0000'0000, .physical_bits = 40}, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.physical_bits = 53}, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.physical_bits = 31}, 0), ErrorCode::invalid_argument);
}

TEST(Paging, follows_from_the_control_registers) {
    const std::uint64_t on = 0x8000'0001;
    EXPECT_EQ(Paging::of({.cr0 = on, .cr3 = 0x1000, .cr4 = 0x10}).value().mode, PagingMode::bits32);
    EXPECT_EQ(Paging::of({.cr0 = on, .cr3 = 0x1000, .cr4 = 0x20}).value().mode, PagingMode::pae);
    EXPECT_EQ(Paging::of({.cr0 = on, .cr4 = 0x20, .long_mode = true}).value().mode,
              PagingMode::level4);
    EXPECT_EQ(Paging::of({.cr0 = on, .cr4 = 0x1020, .long_mode = true}).value().mode,
              PagingMode::level5);
    EXPECT_FALSE(Paging::of({.cr0 = on}).value().page_size_extension);
    EXPECT_EQ(Paging::of({.cr0 = 1}).error().code, ErrorCode::unsupported);
}

TEST(Address, the_splits_of_32_bits_are_explained) {
    EXPECT_THAT(explain_address(0x7fff'ffff, PagingMode::pae), HasSubstr("below 2 GiB"));
    EXPECT_THAT(explain_address(0x8000'0000, PagingMode::bits32), HasSubstr("from 2 to 3 GiB"));
    EXPECT_THAT(explain_address(0xc000'0000, PagingMode::bits32), HasSubstr("above 3 GiB"));
    EXPECT_THAT(explain_address(1ULL << 47U, PagingMode::level4), HasSubstr("not canonical"));
    EXPECT_THAT(explain_address(1ULL << 47U, PagingMode::level5), HasSubstr("lower half"));
}

TEST(PagingMode, names_and_modes_agree) {
    for (const char* name : {"32", "pae", "4-level", "5-level"})
        EXPECT_EQ(to_string(paging_mode_named(name).value()), name);
    EXPECT_FALSE(paging_mode_named("6-level"));
}

TEST_F(FourLevels, flags_in_the_upper_bits_of_cr3_are_no_address) {
    image.put64(0x4000, 5, 0x9003);
    for (const unsigned flag : {63U, 62U, 61U}) {
        paging.cr3 = 0x1000 | std::uint64_t{1} << flag;
        EXPECT_EQ(walk(image, paging, 0x5123).physical, 0x9123u) << flag;
        EXPECT_TRUE(Translator::create(image.memory(), paging)) << flag;
    }
    for (const unsigned reserved : {60U, 52U}) {
        paging.cr3 = 0x1000 | std::uint64_t{1} << reserved;
        const auto refused = translate(image.memory(), paging, 0x5123);
        ASSERT_FALSE(refused) << reserved;
        EXPECT_THAT(refused.error().hint, HasSubstr("--encryption-bit"));
    }
    paging.cr3 = 0x1000 | std::uint64_t{1} << 61;
    paging.mode = PagingMode::pae;
    EXPECT_FALSE(translate(image.memory(), paging, 0x5123)) << "no such flag in 32 bits";
}

TEST_F(FourLevels, a_tag_above_the_address_is_left_out_where_lam_allows_it) {
    image.put64(0x4000, 5, 0x9003);
    const std::uint64_t tag57 = std::uint64_t{0x2a} << 57, tag48 = std::uint64_t{0x2aaa} << 48;
    EXPECT_EQ(walk(image, paging, tag57 | 0x5123).outcome, TranslationOutcome::not_canonical);
    paging.cr3 = 0x1000 | std::uint64_t{1} << 61;
    EXPECT_EQ(walk(image, paging, tag57 | 0x5123).physical, 0x9123u);
    EXPECT_EQ(walk(image, paging, tag57 | 0x5123).linear, 0x5123u);
    EXPECT_EQ(walk(image, paging, std::uint64_t{1} << 50 | 0x5123).outcome,
              TranslationOutcome::not_canonical)
        << "below bit 57 there is no tag";
    paging.cr3 = 0x1000 | std::uint64_t{1} << 62;
    EXPECT_EQ(walk(image, paging, tag48 | 0x5123).physical, 0x9123u);
    const PhysicalMemory memory = image.memory();
    auto translator = Translator::create(memory, paging).value();
    EXPECT_EQ(translator.physical(tag48 | 0x5123), 0x9123u);
    EXPECT_EQ(translator.physical(tag48 | 0x5124), 0x9124u);
    EXPECT_EQ(translator.physical(0x5125), 0x9125u);
}

TEST_F(FourLevels, a_tag_of_a_kernel_address_needs_a_bit_in_cr4) {
    image.put64(0x1000, 511, 0x2007);
    image.put64(0x4000, 5, 0x9003);
    const std::uint64_t kernel = 0xffffff8000005123, tagged = 0x8055ff8000005123;
    EXPECT_EQ(walk(image, paging, kernel).physical, 0x9123u);
    EXPECT_EQ(walk(image, paging, tagged).outcome, TranslationOutcome::not_canonical);
    paging.tagged_kernel_addresses = true;
    EXPECT_EQ(walk(image, paging, tagged).physical, 0x9123u);
    EXPECT_EQ(walk(image, paging, tagged).linear, kernel);
    EXPECT_TRUE(Paging::of({.cr0 = 0x80000001, .cr4 = 0x10000020, .long_mode = true})
                    .value()
                    .tagged_kernel_addresses);
}

TEST_F(FourLevels, the_bit_of_memory_encryption_is_no_address) {
    const std::uint64_t encrypted = std::uint64_t{1} << 47;
    image.put64(0x1000, 0, encrypted | 0x2007);
    image.put64(0x4000, 5, encrypted | 0x9003);
    image.put64(0x3000, 1, encrypted | 0x200083);
    paging.cr3 = encrypted | 0x1000;
    EXPECT_NE(walk(image, paging, 0x5123).outcome, TranslationOutcome::mapped);
    paging.encryption_mask = encrypted;
    for (const unsigned bits : {52U, 43U}) {
        paging.physical_bits = bits;
        EXPECT_EQ(walk(image, paging, 0x5123).physical, 0x9123u) << bits;
        EXPECT_EQ(walk(image, paging, 0x200123).physical, 0x200123u) << bits;
        const PhysicalMemory memory = image.memory();
        auto translator = Translator::create(memory, paging).value();
        EXPECT_EQ(translator.physical(0x5123), 0x9123u) << bits;
    }
}

TEST(TranslationOfAnotherMachine, is_refused_by_its_name) {
    testing::ElfBuilder elf;
    elf.load(0, std::vector<std::byte>(0x1000));
    auto bytes = elf.build();
    for (const auto& [number, name] : std::initializer_list<std::pair<int, const char*>>{
             {183, "AArch64"}, {40, "ARM"}, {243, "RISC-V"}, {4711, "machine 4711"}}) {
        bytes[18] = static_cast<std::byte>(number & 0xff);
        bytes[19] = static_cast<std::byte>(number >> 8);
        const auto memory = PhysicalMemory::from_elf(bytes).value();
        const auto refused = translate(memory, {.cr3 = 0}, 0);
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
        EXPECT_THAT(refused.error().cause, HasSubstr(name));
        EXPECT_FALSE(Translator::create(memory, {.cr3 = 0}));
    }
}

}  // namespace
}  // namespace openbar
