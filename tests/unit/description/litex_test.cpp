// What LiteX exports: csr.json, csr.csv.
#include "tests/unit/description/describe.hpp"

#include <gtest/gtest.h>

namespace openbar::testing {
namespace {

using namespace description;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* json = R"({
    "csr_bases": {"ctrl": 4026531840, "uart": 4026533888, "uart_phy": 4026535936},
    "csr_registers": {
        "ctrl_reset": {"addr": 4026531840, "size": 1, "type": "rw"},
        "uart_rxtx": {"addr": 4026533888, "size": 1, "type": "rw"},
        "uart_phy_count": {"addr": 4026535940, "size": 2,
                           "type": "ro"}
    },
    "constants": {"config_csr_data_width": 32, "config_csr_alignment": 32, "soc": "x"},
    "memories": {"rom": {"base": 0, "size": 131072, "type": "cached"}}
})";

TEST(Litex, ReadsJson) {
    const auto card = describe(json, "csr.json");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(card->problems(), IsEmpty());
    EXPECT_EQ(card->format(), Format::litex_json);
    EXPECT_THAT(places(*card), ElementsAre("ctrl.reset 0xf0000000", "uart.rxtx 0xf0000800",
                                           "uart_phy.count 0xf0001004"));
    const auto count = card->find_register("count").value().description();
    EXPECT_EQ(count.width(), 64u);
    EXPECT_EQ(count.access_width(), 32u);
    EXPECT_EQ(count.word_stride(), 4u);
    EXPECT_EQ(count.bytes(), 8u);
    EXPECT_EQ(count.byte_order(), ByteOrder::big) << "the highest word first";
    EXPECT_EQ(count.access(), Access::read_only);
    EXPECT_EQ(count.location().line, 6u);
    EXPECT_EQ(count.location(Fact::access).line, 7u);
}

TEST(Litex, ReadsCsvWithNarrowWords) {
    const auto card = describe(
        "# comment\n"
        "csr_base,timer0,0x00002000,,\n"
        "csr_register,timer0_load,0x00002000,4,rw\n"
        "csr_register,timer0_ev_status,0x00002010,1,ro\n"
        "constant,config_csr_data_width,8,,\n"
        "constant,config_csr_alignment,32,,\n"
        "memory_region,sram,0x01000000,8192,cached\n",
        "csr.csv");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(card->problems(), IsEmpty());
    EXPECT_THAT(places(*card), ElementsAre("timer0.load 0x2000", "timer0.ev_status 0x2010"));
    const auto load = card->find_register("load").value().description();
    EXPECT_EQ(load.width(), 32u);
    EXPECT_EQ(load.access_width(), 8u);
    EXPECT_EQ(load.bytes(), 13u) << "four bytes, four bytes apart";
    EXPECT_EQ(load.location().line, 3u);
    EXPECT_THAT(card->check(), IsEmpty());
}

TEST(Litex, ReportsWhatItDoesNotUnderstand) {
    const auto card = describe(
        "csr_register,a,0x0,1,rw\ncsr_register,b,zero,1,rw\nother,c,0,,\n"
        "csr_register,d,0x0,99999,rw\ncsr_register,e,0,1,xx\na,b,c,d,e,f\n",
        "csr.csv");
    ASSERT_TRUE(card) << message(card);
    EXPECT_THAT(brief(card->problems()), ElementsAre("malformed 2", "malformed 3", "malformed 5",
                                                     "malformed 6", "malformed 4"));
    EXPECT_THAT(places(*card), ElementsAre("a 0"));
}

TEST(Litex, RefusesJsonThatIsNone) {
    const std::string whole = json;
    for (std::size_t length = 1; length < whole.size(); length += 7) {
        const auto cut = describe(whole.substr(0, length), "csr.json");
        ASSERT_FALSE(cut) << length;
        ASSERT_THAT(message(cut), HasSubstr("csr.json:")) << length;
    }
    EXPECT_THAT(message(describe("{\"a\": 1,\n\"a\": 2}", "csr.json")),
                HasSubstr("csr.json:2: 'a' is there twice"));
    EXPECT_THAT(message(describe("{\"a\": " + std::string(100'000, '['), "csr.json")),
                HasSubstr("values lie more than 64 deep"));
    EXPECT_THAT(message(describe("{\"b\": 1}", "csr.json")), HasSubstr("no csr_registers"));
    EXPECT_THAT(message(describe("{\"csr_registers\": {}, \"constants\": "
                                 "{\"config_csr_data_width\": 0}}",
                                 "csr.json")),
                HasSubstr("must be 8, 16, 32 or 64"));
}

}  // namespace
}  // namespace openbar::testing
