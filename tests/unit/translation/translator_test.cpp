#include "openbar/translator.hpp"

#include "image.hpp"

#include <gtest/gtest.h>

#include <random>

namespace openbar {
namespace {

using testing::Image;

constexpr std::size_t pages = 64;

/// Sixty-four pages of entries that mostly point into the same sixty-four pages: tables, leaves
/// and data are one, as in the most confused of dumps.
Image tangled_tables(PagingMode mode, std::mt19937_64& random) {
    Image image(pages * 0x1000);
    const bool wide = mode != PagingMode::bits32;
    for (std::uint64_t at = 0; at < pages * 0x1000; at += wide ? 8 : 4) {
        const std::uint64_t dice = random() % 16;
        std::uint64_t entry = (random() % (pages + 2)) << 12U | (random() & 0xe7eU) | 1;
        if (dice == 0) entry &= ~std::uint64_t{1};
        if (dice == 1) entry = random();
        if (dice == 2) entry |= std::uint64_t{1} << (12 + random() % 52);
        if (dice == 3) entry = (random() << 30U) | 0x87;
        if (mode == PagingMode::pae && at < 32) entry &= ~std::uint64_t{0x1e6};
        if (wide)
            image.put(at, entry);
        else
            image.put(at, static_cast<std::uint32_t>(entry));
    }
    return image;
}

class EveryMode : public ::testing::TestWithParam<PagingMode> {};

TEST_P(EveryMode, a_translator_answers_what_translate_answers) {
    std::mt19937_64 random(41);
    std::size_t mapped = 0;
    for (int round = 0; round < 20; ++round) {
        const Image image = tangled_tables(GetParam(), random);
        const auto memory = image.memory();
        const Paging paging{.mode = GetParam(),
                            .cr3 = 0,
                            .physical_bits = 36 + static_cast<unsigned>(random() % 17),
                            .no_execute = random() % 4 != 0};
        auto translator = Translator::create(memory, paging).value();
        const bool narrow = GetParam() == PagingMode::bits32 || GetParam() == PagingMode::pae;
        std::uint64_t address = 0;
        for (int i = 0; i < 20000; ++i) {
            // Mostly near the last one, so that what is remembered is used.
            address = random() % 4 == 0 ? random() : address ^ (random() & 0x3ff'ffffU);
            if (narrow)
                address &= 0xffff'ffffU;
            else if (random() % 8 != 0)
                address &= 0x7fff'ffff'ffffU;
            const auto slow = translate(memory, paging, address).value();
            const auto quick = translator.physical(address);
            ASSERT_EQ(quick.has_value(), slow.outcome == TranslationOutcome::mapped)
                << std::hex << address;
            if (!quick) continue;
            ASSERT_EQ(*quick, slow.physical) << std::hex << address;
            ++mapped;
        }
    }
    EXPECT_GT(mapped, 20000U);
}

INSTANTIATE_TEST_SUITE_P(Translator, EveryMode,
                         ::testing::Values(PagingMode::bits32, PagingMode::pae, PagingMode::level4,
                                           PagingMode::level5));

TEST(Translator, a_table_cut_off_by_the_end_of_the_image_still_translates) {
    Image image(0x4008);  // one entry of the last table is there
    image.put64(0x1000, 0, 0x2003);
    image.put64(0x2000, 0, 0x3003);
    image.put64(0x3000, 0, 0x4003);
    image.put64(0x4000, 0, 0x1003);
    const auto memory = image.memory();
    auto translator = Translator::create(memory, {.cr3 = 0x1000}).value();
    EXPECT_EQ(translator.physical(0x10), 0x1010U);
    EXPECT_EQ(translator.physical(0x1010), std::nullopt);
    EXPECT_EQ(translator.physical(0x10), 0x1010U);
}

TEST(Translator, paging_that_makes_no_sense_is_refused) {
    const Image image(0x1000);
    const auto memory = image.memory();
    EXPECT_FALSE(Translator::create(memory, {.physical_bits = 99}));
}

}  // namespace
}  // namespace openbar
