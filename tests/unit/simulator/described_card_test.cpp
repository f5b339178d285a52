#include "simulator/models/described/described_card.hpp"

#include "simulator/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace openbar::simulator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

openbar::Description card_of_everything() {
    return openbar::Description::parse(
               R"({"openbar": 1, "name": "C", "ids": ["1234:c0de"], "regions": [{"name": "bar2", "registers": [
{"name": "CTRL", "offset": 0, "reset": "0x50", "fields": [
  {"name": "ON", "bits": 0}, {"name": "MODE", "bits": "6:4"},
  {"name": "BUSY", "bits": 7, "access": "read-only"}, {"name": "DONE", "bits": 8, "writeEffect": "one-to-clear"},
  {"name": "KEY", "bits": 9, "access": "write-only"}]},
{"name": "COUNT", "offset": 4, "access": "read-only", "readEffect": "clear"},
{"name": "OUT", "offset": 8},
{"name": "OUT_SET", "offset": 12, "access": "write-only", "writeEffect": "one-to-set", "target": "OUT"},
{"name": "OUT_CLEAR", "offset": 16, "access": "write-only", "writeEffect": "one-to-clear", "target": "OUT"},
{"name": "OUT_TOGGLE", "offset": 20, "access": "write-only", "writeEffect": "one-to-toggle", "target": "OUT"},
{"name": "BYTE", "offset": 24, "width": 8},
{"name": "ONCE", "offset": 28, "access": "read-write-once"},
{"name": "WIDE", "offset": 32, "width": 64},
{"name": "BIG", "offset": 40, "byteOrder": "big"},
{"name": "ZERO", "offset": 44, "writeEffect": "zero-to-clear", "reset": "0xff"}
]}]})",
               "c.json")
        .value();
}

class DescribedCardTest : public ::testing::Test {
protected:
    DescribedCardTest()
        : card_(card_of_everything(),
                {.report = [this](const std::string& words) { said_.push_back(words); }}) {}

    std::uint64_t read(std::uint64_t offset, unsigned width = 4) {
        return card_.read(2, offset, width);
    }
    void write(std::uint64_t offset, std::uint64_t value, unsigned width = 4) {
        card_.write(2, offset, width, value);
    }

    std::vector<std::string> said_;
    DescribedCard card_;
};

TEST_F(DescribedCardTest, HasTheIdsAndTheRegionOfItsDescription) {
    EXPECT_EQ(card_.description().vendor, 0x1234);
    EXPECT_EQ(card_.description().device, 0xc0de);
    ASSERT_EQ(card_.description().regions.size(), 1u);
    EXPECT_EQ(card_.description().regions[0].index, 2u);
    EXPECT_EQ(card_.description().regions[0].size, 4096u);
}

TEST_F(DescribedCardTest, FieldsAreWrittenAsDescribed) {
    EXPECT_EQ(read(0), 0x50u);
    write(0, 0x2a1);  // ON, MODE 2, KEY; BUSY cannot be written
    EXPECT_EQ(read(0), 0x21u);
    EXPECT_THAT(said_, IsEmpty());
}

TEST_F(DescribedCardTest, AOneClearsAnEvent) {
    class Events : public DescribedCard {
    public:
        Events() : DescribedCard(card_of_everything(), {}) { registers().set("CTRL.DONE", 1); }
    } events;
    EXPECT_EQ(events.read(2, 0, 4), 0x150u);
    events.write(2, 0, 4, 0x50);
    EXPECT_EQ(events.read(2, 0, 4), 0x150u);
    events.write(2, 0, 4, 0x150);
    EXPECT_EQ(events.read(2, 0, 4), 0x50u);
}

TEST_F(DescribedCardTest, ReadingClears) {
    class Counter : public DescribedCard {
    public:
        Counter() : DescribedCard(card_of_everything(), {}) { registers().set("COUNT", 7); }
    } counter;
    EXPECT_EQ(counter.read(2, 4, 4), 7u);
    EXPECT_EQ(counter.read(2, 4, 4), 0u);
}

TEST_F(DescribedCardTest, SetClearAndToggleRegistersChangeTheirTarget) {
    write(8, 0xf0);
    write(12, 0x0f);
    EXPECT_EQ(read(8), 0xffu);
    write(16, 0x81);
    EXPECT_EQ(read(8), 0x7eu);
    write(20, 0x03);
    EXPECT_EQ(read(8), 0x7du);
    write(44, 0xf5);
    EXPECT_EQ(read(44), 0xf5u);
}

TEST_F(DescribedCardTest, OnlyTheFirstWriteCounts) {
    write(28, 5);
    write(28, 6);
    EXPECT_EQ(read(28), 5u);
    card_.reset();
    write(28, 6);
    EXPECT_EQ(read(28), 6u);
}

TEST_F(DescribedCardTest, HasWidthsAndByteOrders) {
    write(24, 0x5a, 1);
    EXPECT_EQ(read(24, 1), 0x5au);
    write(32, 0x1122334455667788, 8);
    EXPECT_EQ(read(32, 8), 0x1122334455667788u);
    write(40, 0x11223344);
    EXPECT_EQ(read(40), 0x11223344u);
    EXPECT_THAT(said_, IsEmpty());
}

TEST_F(DescribedCardTest, ReportsWhatIsNotDescribed) {
    EXPECT_EQ(read(0x100), 0xffffffffu);
    EXPECT_EQ(read(8, 1), 0xffu);
    EXPECT_EQ(read(12), 0xffffffffu);
    write(4, 1);
    write(0, 0x10050);
    EXPECT_THAT(said_,
                ElementsAre(HasSubstr("read of 4 bytes at bar2 + 0x100: no register"),
                            HasSubstr("OUT takes accesses of 4 bytes"),
                            HasSubstr("OUT_SET is write-only"), HasSubstr("COUNT is read-only"),
                            HasSubstr("changes bits that are not described: 0x10000")));
    EXPECT_EQ(read(0), 0x50u);
}

TEST_F(DescribedCardTest, AClassThatDerivesOverridesSingleRegisters) {
    class Adder : public DescribedCard {
    public:
        Adder() : DescribedCard(card_of_everything(), {}) {
            registers().on_write("OUT", [this](std::uint64_t written, std::uint64_t before) {
                registers().set("COUNT", written + before);
            });
            registers().on_read("BYTE", [](std::uint64_t) { return 0x42u; });
        }
    } adder;
    adder.write(2, 8, 4, 3);
    adder.write(2, 8, 4, 4);
    EXPECT_EQ(adder.read(2, 4, 4), 7u);
    EXPECT_EQ(adder.read(2, 24, 1), 0x42u);
}

TEST(DescribedCards, OpenByTheirAddress) {
    const auto registry = Registry::with_built_in();
    const auto model = registry.create("card=edu");
    ASSERT_TRUE(model) << model.error().message();
    EXPECT_EQ((*model)->description().device, 0x11e8);
    EXPECT_EQ((*model)->read(0, 0, 4), 0x010000edu);
    EXPECT_THAT(registry.create("card=no_such_file").error().message(), HasSubstr("no_such_file"));
    EXPECT_THAT(registry.create("card=edu,bar=9").error().message(), HasSubstr("0 to 5"));
    EXPECT_FALSE(registry.create("edu=card"));
}

}  // namespace
}  // namespace openbar::simulator
