#include "openbar/register_access.hpp"

#include "recording_registers.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

namespace openbar::test {
namespace {

struct Entry : RegisterArray<0x5400, 8, 16, std::uint32_t, WriteOneToClear<0>> {
    using Event = Flag<0>;
    using Address = Field<31, 8>;
};

TEST(RegisterArray, index_counts_in_strides) {
    RecordingRegisters registers;
    std::size_t last = Entry::count - 1;
    (void)registers.read<Entry>(0);
    registers.write<Entry>(last, 5);
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x5400", "store32 0x5478 0x5"}));
}

TEST(RegisterArray, constant_index_reaches_the_same_register) {
    RecordingRegisters registers;
    registers.content[0x5418] = 0x300;
    const Value<Entry> image = registers.read(element<Entry, 3>());
    EXPECT_EQ(image.get<Entry::Address>(), 3u);
    registers.write(element<Entry>(3), 4);
    EXPECT_EQ(registers.accesses, (Accesses{"load32 0x5418", "store32 0x5418 0x4"}));
}

TEST(RegisterArray, modify_honours_the_policies_of_each_element) {
    RecordingRegisters registers;
    registers.content[0x5408] = 0x201;
    registers.modify<Entry>(1, [](auto& r) { r.set(Entry::Address{}, 7); });
    EXPECT_EQ(registers.content[0x5408], 0x700u);
    registers.modify(element<Entry, 1>(), [](auto& r) { r.clear(Entry::Event{}); });
    EXPECT_EQ(registers.content[0x5408], 0x701u);
}

struct Queue : RegisterBlock<0x2800, 0x100, 4> {
    struct Head : Register<0x10, std::uint32_t> {};
    struct Tail : Register<0x18, std::uint32_t> {};
    struct Lane : RegisterBlock<0x40, 0x8, 2> {
        struct Level : Register<0x4, std::uint16_t> {};
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
    static_assert(RegisterAccess<BlockRegisters<RecordingRegisters>>);
    static_assert(RegisterAccess<BlockRegisters<BlockRegisters<RecordingRegisters>>>);
}

}  // namespace
}  // namespace openbar::test
