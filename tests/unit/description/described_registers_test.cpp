#include "openbar/described_registers.hpp"

#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

#include <map>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Description control_card() {
    return Description::parse(
               R"({"openbar": 1, "name": "C", "regions": [{"name": "bar0", "registers": [
{"name": "CTRL", "offset": 0, "reset": "0xa0", "fields": [
  {"name": "SLU", "bits": 0}, {"name": "SPEED", "bits": "3:2", "values": {"SLOW": 0, "FAST": 2}},
  {"name": "DONE", "bits": 4, "writeEffect": "one-to-clear"},
  {"name": "MASK", "bits": 5, "writeEffect": "zero-to-clear"},
  {"name": "VERSION", "bits": "11:8", "access": "read-only"}]},
{"name": "EVENTS", "offset": 4, "access": "write-only", "writeEffect": "one-to-clear",
 "fields": [{"name": "A", "bits": 0}, {"name": "B", "bits": 1}]},
{"name": "CAUSE", "offset": 8, "readEffect": "clear", "fields": [{"name": "A", "bits": 0}]},
{"name": "KEY", "offset": 12, "fields": [{"name": "LOCK", "bits": 0, "access": "read-write-once"},
 {"name": "OTHER", "bits": 1}]},
{"name": "FIFO", "offset": 16, "fields": [{"name": "PUSH", "bits": "7:0", "access": "write-only"},
 {"name": "ON", "bits": 8}]},
{"name": "SWAPPED", "offset": 20, "byteOrder": "big"},
{"name": "ID", "offset": 24, "access": "read-only"},
{"name": "RX", "offset": 32, "array": {"count": 3, "stride": 8}, "fields": [{"name": "EN", "bits": 0}]}
]}]})",
               "c.json")
        .value();
}

/// Words at offsets, and a log of the accesses.
class Words : public RegisterBus {
public:
    Result<std::uint64_t> load(std::uint64_t offset, unsigned width) override {
        log.push_back("r" + std::to_string(offset) + "." + std::to_string(width));
        return values[offset];
    }
    Result<void> store(std::uint64_t offset, unsigned width, std::uint64_t value) override {
        log.push_back("w" + std::to_string(offset) + "." + std::to_string(width));
        values[offset] = value;
        return {};
    }
    std::map<std::uint64_t, std::uint64_t> values;
    std::vector<std::string> log;
};

std::string refusal(const Description& card, const std::string& assignment,
                    Effects effects = Effects::refuse) {
    const auto writes = parse_writes(card, {assignment}, effects);
    return writes ? "no error" : writes.error().message();
}

TEST(DescribedRegisters, NamesOfValuesWorkBothWays) {
    const auto card = control_card();
    const Field speed = card.find_field("CTRL.SPEED").value().field;
    EXPECT_EQ(value_name(speed, 2), "FAST");
    EXPECT_EQ(value_name(speed, 1), "");
    EXPECT_EQ(parse_value(speed, "FAST").value(), 2u);
    EXPECT_EQ(parse_value(speed, "0x1").value(), 1u);
    EXPECT_EQ(parse_value(speed, "4").error().code, ErrorCode::out_of_range);
    EXPECT_THAT(parse_value(speed, "QUICK").error().hint, HasSubstr("SLOW, FAST"));
    EXPECT_EQ(value_of(speed, 0xffff), 3u);
    EXPECT_EQ(mask_of(speed), 0xcu);
}

TEST(DescribedRegisters, FieldsOfOneRegisterShareOneReadAndOneWrite) {
    const auto card = control_card();
    Words bus;
    bus.values[0] = 0x333;
    for (const Write& write : parse_writes(card, {"CTRL.SLU=0", "CTRL.SPEED=FAST"}).value())
        ASSERT_TRUE(write.make(bus));
    EXPECT_THAT(bus.log, ElementsAre("r0.4", "w0.4"));
    // DONE takes a 0 and MASK a 1, so that nothing happens to them.
    EXPECT_EQ(bus.values[0], 0x32au);
}

TEST(DescribedRegisters, EventsAreClearedOnlyIfTheyAreNamed) {
    const auto card = control_card();
    Words bus;
    bus.values[0] = 0x30;
    for (const Write& write : parse_writes(card, {"CTRL.DONE=1"}).value())
        ASSERT_TRUE(write.make(bus));
    EXPECT_EQ(bus.values[0], 0x30u);
}

TEST(DescribedRegisters, AWriteOverTheResetValueReadsNothing) {
    const auto card = control_card();
    Words bus;
    for (const Write& write : parse_writes(card, {"CTRL:=SLU=1,SPEED=2"}).value())
        ASSERT_TRUE(write.make(bus));
    EXPECT_THAT(bus.log, ElementsAre("w0.4"));
    EXPECT_EQ(bus.values[0], 0xa9u);
    for (const Write& write : parse_writes(card, {"EVENTS:=B=1", "CTRL=0x41"}).value())
        ASSERT_TRUE(write.make(bus));
    EXPECT_THAT(bus.log, ElementsAre("w0.4", "w4.4", "w0.4"));
    EXPECT_EQ(bus.values[4], 2u);
    EXPECT_EQ(bus.values[0], 0x41u);
}

TEST(DescribedRegisters, RefusesToModifyWhereReadingOrWritingBackHasEffects) {
    const auto card = control_card();
    EXPECT_THAT(refusal(card, "EVENTS.A=1"), HasSubstr("write-only"));
    EXPECT_THAT(refusal(card, "EVENTS.A=1", Effects::accept), HasSubstr("write-only"));
    EXPECT_THAT(refusal(card, "CAUSE.A=1"), HasSubstr("reading it has effects"));
    EXPECT_EQ(refusal(card, "CAUSE.A=1", Effects::accept), "no error");
    EXPECT_THAT(refusal(card, "KEY.OTHER=1"), HasSubstr("'LOCK' takes only one write"));
    EXPECT_THAT(refusal(card, "FIFO.ON=1"), HasSubstr("'PUSH' is write-only"));
    EXPECT_EQ(refusal(card, "FIFO.ON=1", Effects::accept), "no error");
    EXPECT_THAT(refusal(card, "CTRL.VERSION=1"), HasSubstr("read-only"));
    EXPECT_THAT(refusal(card, "ID=1"), HasSubstr("read-only"));
}

TEST(DescribedRegisters, RefusesWhatIsNotDescribedOrDoesNotFit) {
    const auto card = control_card();
    EXPECT_THAT(refusal(card, "KEY:=OTHER=1"), HasSubstr("the reset value of field 'LOCK'"));
    EXPECT_THAT(refusal(card, "CTRL=0x100000000"), HasSubstr("does not fit"));
    EXPECT_THAT(refusal(card, "CTRL.SPEED=9"), HasSubstr("does not fit"));
    EXPECT_THAT(refusal(card, "CTRL"), HasSubstr("not an assignment"));
    EXPECT_THAT(refusal(card, "CTRL.SPED=1"), HasSubstr("SPEED"));
    EXPECT_THAT(refusal(card, "CTRL:=SLU=1,SLU=0"), HasSubstr("set twice"));
    EXPECT_THAT(refusal(card, "CTRL=FAST"), HasSubstr("not a number"));
}

TEST(DescribedRegisters, PatternsWriteEachRegister) {
    const auto card = control_card();
    Words bus;
    for (const Write& write : parse_writes(card, {"RX[*].EN=1"}).value())
        ASSERT_TRUE(write.make(bus));
    EXPECT_THAT(bus.log, ElementsAre("r32.4", "w32.4", "r40.4", "w40.4", "r48.4", "w48.4"));
}

TEST(DescribedRegisters, BigEndianRegistersAreSwapped) {
    const auto card = control_card();
    Words bus;
    const Place place = card.find_register("SWAPPED").value();
    ASSERT_TRUE(write(place, 0x11223344, bus));
    EXPECT_EQ(bus.values[20], 0x44332211u);
    EXPECT_EQ(read(place, bus).value(), 0x11223344u);
}

TEST(DescribedRegisters, ReadsAWideRegisterWordByWord) {
    const auto card = describe(R"({"constants": {"config_csr_data_width": 8}, "csr_bases": {"a": 0},
"csr_registers": {"a_x": {"addr": 0, "size": 4, "type": "rw"}}, "memories": {}})",
                               "csr.json");
    ASSERT_TRUE(card) << message(card);
    Words bus;
    bus.values = {{0, 1}, {4, 2}, {8, 3}, {12, 4}};
    EXPECT_EQ(read(card->find_register("a.x").value(), bus).value(), 0x01020304u);
    EXPECT_EQ(bus.log.size(), 4u);
}

TEST(DescribedRegisters, FindsRegistersFieldsAndPatterns) {
    const auto card = control_card();
    EXPECT_EQ(find_named(card, "CTRL").value().places.size(), 1u);
    EXPECT_EQ(find_named(card, "CTRL.SLU").value().fields.size(), 1u);
    EXPECT_TRUE(find_named(card, "RX[*]").value().by_pattern);
    EXPECT_EQ(find_named(card, "RX[*].EN").value().fields.size(), 3u);
    EXPECT_EQ(find_named(card, "NOTHING*").error().code, ErrorCode::not_found);
    EXPECT_EQ(why_not_listed(card.find_register("CAUSE").value().description()),
              "reading it has effects");
    EXPECT_EQ(why_not_listed(card.find_register("EVENTS").value().description()),
              "it is write-only");
    EXPECT_EQ(why_not_listed(card.find_register("CTRL").value().description()), "");
}

TEST(DescribedRegisters, OpensCardsByFileIdsAndName) {
    EXPECT_EQ(open_card("edu").value().name(), "edu");
    EXPECT_EQ(open_card("8086:100e").value().name(), "82540EM");
    EXPECT_THAT(open_card("no_such_card").error().hint, HasSubstr("edu"));
}

}  // namespace
}  // namespace openbar::testing
