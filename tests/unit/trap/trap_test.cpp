// Loads and stores of an emulated mapping, as programs make them.
#include "tests/unit/trap/plain_registers.hpp"
#include "trap/emulated_mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <immintrin.h>

#include <array>
#include <cstring>

namespace openbar::trap::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::size_t size = 2 * 4096;

class Traps : public ::testing::Test {
protected:
    Traps() {
        for (std::size_t i = 0; i < registers.bytes.size(); ++i)
            registers.bytes[i] = static_cast<std::byte>(i * 7 + 1);
    }
    template <typename T>
    volatile T& at(std::uint64_t offset) {
        return *reinterpret_cast<volatile T*>(mapping->base() + offset);
    }
    template <typename T>
    T held(std::uint64_t offset) const {
        T value;
        asm volatile("" : : : "memory");
        std::memcpy(&value, registers.bytes.data() + offset, sizeof value);
        return value;
    }
    /// Those since the last time. A compiler does not know that an access of the mapping changes
    /// them.
    std::vector<Access> accesses() {
        asm volatile("" : : : "memory");
        return std::exchange(registers.accesses, {});
    }

    PlainRegisters registers{size};
    std::unique_ptr<EmulatedMapping> mapping =
        EmulatedMapping::create(size, true, registers).value();
};

template <typename T>
class TrapsOfWidth : public Traps {};
using Widths = ::testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(TrapsOfWidth, Widths);

TYPED_TEST(TrapsOfWidth, are_one_access_of_the_width_for_a_load) {
    const TypeParam value = this->template at<TypeParam>(0x40);
    EXPECT_EQ(value, this->template held<TypeParam>(0x40));
    EXPECT_THAT(this->accesses(), ElementsAre(Access{false, 0x40, sizeof(TypeParam), value}));
}

TYPED_TEST(TrapsOfWidth, are_one_access_of_the_width_for_a_store) {
    const auto value = static_cast<TypeParam>(0x8877665544332211);
    this->template at<TypeParam>(0xff8) = value;
    EXPECT_THAT(this->accesses(), ElementsAre(Access{true, 0xff8, sizeof(TypeParam), value}));
}

TYPED_TEST(TrapsOfWidth, are_a_load_and_a_store_for_an_instruction_that_does_both) {
    volatile TypeParam& field = this->template at<TypeParam>(0x80);
    const auto before = this->template held<TypeParam>(0x80);
    const auto after = static_cast<TypeParam>(before | 0x10);
    constexpr unsigned width = sizeof(TypeParam);
    const TypeParam bit{0x10};
    if constexpr (width == 1)
        asm volatile("lock orb %1, %0" : "+m"(field) : "q"(bit) : "cc");
    else
        asm volatile("lock or %1, %0" : "+m"(field) : "r"(bit) : "cc");
    EXPECT_THAT(this->accesses(),
                ElementsAre(Access{false, 0x80, width, before}, Access{true, 0x80, width, after}));
}

TYPED_TEST(TrapsOfWidth, exchange_and_compare) {
    auto* field = const_cast<TypeParam*>(&this->template at<TypeParam>(0x100));
    const auto before = this->template held<TypeParam>(0x100);
    TypeParam expected = static_cast<TypeParam>(before + 1);
    EXPECT_FALSE(__atomic_compare_exchange_n(field, &expected, TypeParam{5}, false,
                                             __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    EXPECT_EQ(expected, before);
    EXPECT_TRUE(__atomic_compare_exchange_n(field, &expected, TypeParam{5}, false, __ATOMIC_SEQ_CST,
                                            __ATOMIC_SEQ_CST));
    EXPECT_EQ(__atomic_exchange_n(field, TypeParam{9}, __ATOMIC_SEQ_CST), 5);
    EXPECT_EQ(__atomic_fetch_add(field, TypeParam{3}, __ATOMIC_SEQ_CST), 9);
    EXPECT_EQ(this->template held<TypeParam>(0x100), 12);
}

TEST_F(Traps, extend_what_is_loaded) {
    registers.bytes[0] = std::byte{0x80};
    registers.bytes[1] = std::byte{0xff};
    EXPECT_EQ(std::int64_t{at<std::int8_t>(0)}, -128);
    EXPECT_EQ(std::uint64_t{at<std::uint8_t>(0)}, 0x80u);
    EXPECT_EQ(std::int32_t{at<std::int16_t>(0)}, -128);
    EXPECT_EQ(std::uint64_t{at<std::uint16_t>(0)}, 0xff80u);
    std::uint64_t whole = ~std::uint64_t{0};
    asm volatile("movw (%1), %w0" : "+r"(whole) : "r"(mapping->base()));
    EXPECT_EQ(whole, 0xffffffffffffff80u) << "16 bits leave the others";
    asm volatile("movb (%1), %h0" : "+Q"(whole) : "r"(mapping->base()));
    EXPECT_EQ(whole, 0xffffffffffff8080u) << "and so does the second byte";
}

TEST_F(Traps, reach_all_addressing_modes) {
    std::uint32_t value = 0;
    const std::uint64_t index = 5;
    asm volatile("movl 0x24(%1,%2,8), %0" : "=r"(value) : "r"(mapping->base()), "r"(index));
    EXPECT_EQ(value, held<std::uint32_t>(0x24 + 40));
    const std::int64_t back = -16;
    asm volatile("movl (%1,%2), %0" : "=r"(value) : "r"(mapping->base() + 0x30), "r"(back));
    EXPECT_EQ(value, held<std::uint32_t>(0x20));
}

TEST_F(Traps, push_and_pop) {
    std::uint64_t value = 0;
    asm volatile("pushq 8(%1)\n\tpopq %0" : "=r"(value) : "r"(mapping->base()) : "memory");
    EXPECT_EQ(value, held<std::uint64_t>(8));
    asm volatile("pushq $77\n\tpopq 16(%0)" : : "r"(mapping->base()) : "memory");
    EXPECT_EQ(held<std::uint64_t>(16), 77u);
}

TEST_F(Traps, of_blocks_are_one_access_for_each_element_of_a_string_instruction) {
    std::array<std::uint16_t, 3> copied{};
    void* to = copied.data();
    const void* from = mapping->base() + 2;
    std::uint64_t count = copied.size();
    asm volatile("rep movsw" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    EXPECT_EQ(count, 0u);
    EXPECT_EQ(to, copied.data() + 3);
    EXPECT_EQ(copied[2], held<std::uint16_t>(6));
    EXPECT_THAT(accesses(),
                ElementsAre(Access{false, 2, 2, copied[0]}, Access{false, 4, 2, copied[1]},
                            Access{false, 6, 2, copied[2]}));
    to = mapping->base() + 0x20;
    count = 2;
    asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0x1122334455667788) : "memory");
    EXPECT_THAT(accesses(), ElementsAre(Access{true, 0x20, 8, 0x1122334455667788},
                                        Access{true, 0x28, 8, 0x1122334455667788}));
}

TEST_F(Traps, of_long_blocks_go_on_after_other_signals) {
    std::vector<std::byte> copied(size);
    void* to = copied.data();
    const void* from = mapping->base();
    std::uint64_t count = size;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    EXPECT_EQ(copied, registers.bytes);
}

TEST_F(Traps, from_one_mapping_to_another_reach_both) {
    PlainRegisters others(4096);
    const auto other = EmulatedMapping::create(4096, true, others).value();
    void* to = other->base() + 8;
    const void* from = mapping->base() + 16;
    asm volatile("movsl" : "+D"(to), "+S"(from) : : "memory");
    EXPECT_EQ(accesses().size(), 1u);
    EXPECT_THAT(others.accesses, ElementsAre(Access{true, 8, 4, held<std::uint32_t>(16)}));
}

TEST_F(Traps, of_vectors_are_accesses_of_eight_bytes) {
    const auto* source = reinterpret_cast<const __m128i*>(mapping->base() + 0x40);
    __m128i value;
    asm volatile("movdqu %1, %0" : "=x"(value) : "m"(*source));
    EXPECT_EQ(std::memcmp(&value, registers.bytes.data() + 0x40, sizeof value), 0);
    EXPECT_THAT(accesses(), ElementsAre(Access{false, 0x40, 8, held<std::uint64_t>(0x40)},
                                        Access{false, 0x48, 8, held<std::uint64_t>(0x48)}));
    auto* target = reinterpret_cast<__m128i*>(mapping->base() + 0x80);
    asm volatile("movntdq %1, %0" : "=m"(*target) : "x"(value));
    EXPECT_EQ(accesses().size(), 2u);
    EXPECT_EQ(std::memcmp(&value, registers.bytes.data() + 0x80, sizeof value), 0);
}

TEST_F(Traps, of_wide_vectors_keep_the_other_registers) {
    if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "this processor has no AVX2";
    const auto* source = mapping->base() + 0x40;
    std::array<std::byte, 32> loaded{};
    std::array<std::byte, 32> kept{};
    std::array<std::byte, 32> other;
    other.fill(std::byte{0xa5});
    asm volatile(
        "vmovdqu (%3), %%ymm9\n\t"
        "vmovdqu (%2), %%ymm8\n\t"
        "vmovdqu %%ymm8, (%0)\n\t"
        "vmovdqu %%ymm9, (%1)"
        :
        : "r"(loaded.data()), "r"(kept.data()), "r"(source), "r"(other.data())
        : "xmm8", "xmm9", "memory");
    EXPECT_EQ(std::memcmp(loaded.data(), registers.bytes.data() + 0x40, loaded.size()), 0);
    EXPECT_EQ(kept, other);
    EXPECT_EQ(accesses().size(), 4u);
}

TEST_F(Traps, at_odd_addresses_are_narrower_aligned_accesses) {
    EXPECT_EQ(at<std::uint32_t>(0x42), held<std::uint32_t>(0x42));
    EXPECT_THAT(accesses(), ElementsAre(Access{false, 0x42, 2, held<std::uint16_t>(0x42)},
                                        Access{false, 0x44, 2, held<std::uint16_t>(0x44)}));
    EXPECT_EQ(at<std::uint64_t>(0xffc), held<std::uint64_t>(0xffc)) << "across two pages";
}

TEST_F(Traps, leave_the_flags_alone_where_the_instruction_does) {
    bool carry = false;
    std::uint32_t value = 0;
    asm volatile("stc\n\tmovl (%2), %1\n\tsetc %0"
                 : "=q"(carry), "=r"(value)
                 : "r"(mapping->base())
                 : "cc");
    EXPECT_TRUE(carry);
    bool zero = true;
    asm volatile("cmpl %2, (%1)\n\tsetz %0" : "=q"(zero) : "r"(mapping->base()), "r"(value) : "cc");
    EXPECT_TRUE(zero);
}

TEST_F(Traps, happen_in_many_instructions_in_turn) {
    std::uint32_t all = 0;
    for (int round = 0; round < 3; ++round) {
        asm volatile("orl $1, (%0)" : : "r"(mapping->base()) : "memory", "cc");
        asm volatile("addl $3, 4(%0)" : : "r"(mapping->base()) : "memory", "cc");
        asm volatile("xorl %1, 8(%0)" : : "r"(mapping->base()), "r"(7) : "memory", "cc");
        asm volatile("notl 12(%0)" : : "r"(mapping->base()) : "memory", "cc");
        asm volatile("negl 16(%0)" : : "r"(mapping->base()) : "memory", "cc");
        asm volatile("lock btsl $3, 20(%0)" : : "r"(mapping->base()) : "memory", "cc");
        asm volatile("shll $2, 24(%0)" : : "r"(mapping->base()) : "memory", "cc");
        asm volatile("imull $5, 28(%1), %0" : "=r"(all) : "r"(mapping->base()) : "cc");
    }
    EXPECT_EQ(all, held<std::uint32_t>(28) * 5);
    EXPECT_EQ(held<std::uint32_t>(20) & 8, 8u);
}

TEST_F(Traps, read_nothing_where_only_a_cache_line_is_touched) {
    asm volatile("clflush (%0)\n\tprefetcht0 (%0)" : : "r"(mapping->base()) : "memory");
    EXPECT_TRUE(accesses().empty());
}

}  // namespace
}  // namespace openbar::trap::testing
