#include "openbar/register_access.hpp"

#include "recording_registers.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

namespace openbar::test {
namespace {

struct Entry : RegisterArray<Entry, 0x5400, 8, 16, std::uint32_t, WriteOneToClear<0>> {
    struct Event : Flag<0> {};
    struct Address : Field<31, 8> {};
};

TEST(RegisterArray, index_counts_in_strides) {
    RecordingRegisters registers;
    std::size_t last = Entry::count - 1;
    (void)registers.read<Entry>(0);
    registers.write<Entry>(checked(last), 5);
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x5400", "store32 0x5478 0x5"}));
}

TEST(RegisterArray, constant_index_reaches_the_same_register) {
    RecordingRegisters registers;
    registers.content[0x5418] = 0x300;
    const Value<Entry> image = registers.read<Entry>(3);
    EXPECT_EQ(image.get<Entry::Address>(), 3u);
    registers.write<Entry>(3, 4);
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x5418", "store32 0x5418 0x4"}));
}

TEST(RegisterArray, modify_honours_the_policies_of_each_element) {
    RecordingRegisters registers;
    registers.content[0x5408] = 0x201;
    registers.modify<Entry>(1, Entry::Address{7});
    EXPECT_EQ(registers.content[0x5408], 0x700u);
    registers.modify<Entry>(1, clear<Entry::Event>);
    EXPECT_EQ(registers.content[0x5408], 0x701u);
}

struct Queue : RegisterBlock<Queue, 0x2800, 0x100, 4> {
    struct Head : Register<Head, 0x10, std::uint32_t> {};
    struct Tail : Register<Tail, 0x18, std::uint32_t> {};
    struct Lane : RegisterBlock<Lane, 0x40, 0x8, 2> {
        struct Level : Register<Level, 0x4, std::uint16_t> {};
    };
};

TEST(RegisterBlock, registers_count_from_the_start_of_their_block) {
    RecordingRegisters registers;
    const auto queue = registers.block<Queue>(2);
    queue.write<Queue::Tail>(7);
    (void)queue.read<Queue::Head>();
    EXPECT_EQ(registers.accesses, (Accesses{"store32 0x2a18 0x7", "load32 0x2a10"}));
}

TEST(RegisterBlock, blocks_nest) {
    RecordingRegisters registers;
    registers.block<Queue>(1).block<Queue::Lane>(1).write<Queue::Lane::Level>(3);
    EXPECT_EQ(registers.accesses, Accesses{"store16 0x294c 0x3"});
}

TEST(RegisterBlock, is_register_access_itself) {
    static_assert(RegisterAccess<BlockRegisters<RecordingRegisters, Queue>>);
    static_assert(RegisterAccess<BlockRegisters<RecordingRegisters, Queue::Lane, true>>);
}

struct Capability : RegisterBlock<Capability> {
    struct Control : Register<Control, 0x4, std::uint16_t> {};
    struct Entry : RegisterBlock<Entry, 0x8, 0x10, 2> {
        struct Data : Register<Data, 0x8, std::uint32_t> {};
    };
};
struct Bell : Register<Bell, 0x0, std::uint32_t> {};

TEST(RunTimeOffset, is_where_the_registers_count_from) {
    RecordingRegisters registers;
    const std::uint64_t found = 0x40, stride = 8;
    registers.at<Capability>(found).write<Capability::Control>(7);
    registers.at<Capability>(found).block<Capability::Entry>(1).write<Capability::Entry::Data>(9);
    registers.at(0x1000 + 3 * stride).write<Bell>(5);
    EXPECT_EQ(registers.accesses,
              (Accesses{"store16 0x44 0x7", "store32 0x60 0x9", "store32 0x1018 0x5"}));
}

/// 64 bytes that say so.
class SmallRegisters : public RegisterOperations<SmallRegisters> {
public:
    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t) const {
        ++accesses;
        return 0;
    }
    template <AccessWidth T>
    void store(std::uint64_t, T) const {
        ++accesses;
    }
    [[nodiscard]] static std::uint64_t size() noexcept { return 64; }
    mutable int accesses = 0;
};

TEST(RunTimeOffset, past_the_end_or_between_two_words_reaches_nothing) {
    const SmallRegisters registers;
    registers.at(60).write<Bell>(1);
    EXPECT_EQ(registers.accesses, 1);
    for (const std::uint64_t wrong : {std::uint64_t{64}, std::uint64_t{62}, std::uint64_t{1},
                                      ~std::uint64_t{3}, ~std::uint64_t{0} - 3}) {
        EXPECT_THROW(registers.at(wrong).write<Bell>(1), Exception) << wrong;
        EXPECT_THROW((void)registers.at(wrong).read<Bell>(), Exception) << wrong;
        EXPECT_THROW(registers.at<Capability>(wrong).write<Capability::Control>(1), Exception);
        EXPECT_THROW(registers.at<Capability>(wrong)
                         .block<Capability::Entry>(1)
                         .write<Capability::Entry::Data>(1),
                     Exception);
    }
    EXPECT_EQ(registers.accesses, 1);
    try {
        registers.at(62).write<Bell>(1);
    } catch (const Exception& thrown) {
        EXPECT_EQ(thrown.error().code, ErrorCode::misaligned);
    }
    try {
        registers.at(64).write<Bell>(1);
    } catch (const Exception& thrown) {
        EXPECT_EQ(thrown.error().code, ErrorCode::out_of_range);
        EXPECT_NE(thrown.error().message().find("0x40"), std::string::npos) << thrown.what();
    }
}

}  // namespace
}  // namespace openbar::test
