// Registers by name on the command line, on cards that record each access.
#include "simulator/models/described/described_card.hpp"
#include "simulator/vfio_user/server.hpp"
#include "tests/unit/cli/run_openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

namespace openbar::cli {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* card_text =
    R"({"openbar": 1, "name": "C", "ids": ["1234:c0de"], "regions": [{"name": "bar0", "registers": [
{"name": "CTRL", "offset": 0, "reset": "0x40", "documentation": "Device control.", "fields": [
  {"name": "SLU", "bits": 6, "documentation": "Set link up."},
  {"name": "SPEED", "bits": "9:8", "values": {"MBIT_10": 0, "MBIT_100": 1, "GBIT_1": 2}}]},
{"name": "STATUS", "offset": 4, "access": "read-only", "volatile": true, "reset": 1, "fields": [
  {"name": "DONE", "bits": 0, "values": {"BUSY": 0, "READY": 1}}]},
{"name": "COUNT", "offset": 8, "access": "read-only", "readEffect": "clear", "reset": 5},
{"name": "COMMAND", "offset": 12, "access": "write-only", "fields": [{"name": "GO", "bits": 0}]},
{"name": "RX", "offset": 32, "array": {"count": 4, "stride": 4}, "reset": 0}
]}]})";

/// A card at a socket, and the accesses of its registers.
class Names : public ::testing::Test {
protected:
    Names() {
        std::string pattern = ::testing::TempDir() + "openbar-names-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        std::ofstream(file()) << card_text;
        simulator::vfio_user::ServerOptions options;
        options.trace = [this](const simulator::TraceEvent& event) { record(event); };
        auto model = std::make_unique<simulator::DescribedCard>(
            Description::read(file()).value(), simulator::DescribedCard::Options{});
        server_ =
            simulator::vfio_user::Server::listen(std::move(model), folder_ + "/card.sock", options)
                .value();
        thread_ = std::thread([this] { EXPECT_TRUE(server_->run()); });
    }
    ~Names() override {
        server_->stop();
        thread_.join();
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] std::string file() const { return folder_ + "/c.json"; }

    /// Runs `openbar COMMAND DEVICE WORDS… --card FILE`.
    Ran run(const std::string& command, const std::vector<std::string>& words) {
        std::vector<std::string> all{command, "vfio-user:" + folder_ + "/card.sock"};
        all.insert(all.end(), words.begin(), words.end());
        all.insert(all.end(), {"--card", file()});
        return run_openbar(all);
    }

    /// "r 0" and "w 0=64" for each access since the last time.
    std::vector<std::string> accesses() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(accesses_, {});
    }

    std::string folder_;

private:
    void record(const simulator::TraceEvent& event) {
        if (event.region != 0) return;
        const std::scoped_lock lock(mutex_);
        if (event.kind == simulator::TraceEvent::Kind::read)
            accesses_.push_back("r " + std::to_string(event.offset));
        if (event.kind == simulator::TraceEvent::Kind::write)
            accesses_.push_back("w " + std::to_string(event.offset) + "=" +
                                std::to_string(event.value));
    }

    std::mutex mutex_;
    std::vector<std::string> accesses_;
    std::unique_ptr<simulator::vfio_user::Server> server_;
    std::thread thread_;
};

TEST_F(Names, read_makes_one_access_for_a_register) {
    const Ran ran = run("read", {"STATUS"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_EQ(ran.out, "STATUS 0x00000001\n  0  DONE  1 READY\n");
    EXPECT_THAT(accesses(), ElementsAre("r 4"));
    EXPECT_EQ(run("read", {"bar0", "STATUS.DONE"}).out, "STATUS.DONE 1 READY\n");
    EXPECT_THAT(accesses(), ElementsAre("r 4"));
    EXPECT_EQ(run("read", {"COUNT"}).out, "COUNT 0x00000005\n");
    EXPECT_THAT(accesses(), ElementsAre("r 8"));
}

TEST_F(Names, read_of_a_pattern_leaves_out_what_reading_changes) {
    const Ran ran = run("read", {"C*"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(accesses(), ElementsAre("r 0"));
    EXPECT_THAT(ran.diagnostics, AllOf(HasSubstr("reading it has effects: COUNT"),
                                       HasSubstr("it is write-only: COMMAND")));
    EXPECT_EQ(run("read", {"RX[*]"}).out,
              "RX[0] 0x00000000\nRX[1] 0x00000000\nRX[2] 0x00000000\nRX[3] 0x00000000\n");
    EXPECT_THAT(accesses(), ElementsAre("r 32", "r 36", "r 40", "r 44"));
    EXPECT_EQ(run("read", {"COUN*", "--with-effects"}).code, 0);
    EXPECT_THAT(accesses(), ElementsAre("r 8"));
}

TEST_F(Names, read_as_json_has_registers_fields_and_what_was_left_out) {
    const Ran ran = run("read", {"STATUS", "CO*", "--json"});

    const json read = json::parse(ran.out);
    ASSERT_EQ(read["registers"].size(), 1u);
    EXPECT_EQ(read["registers"][0]["value"], "0x00000001");
    EXPECT_EQ(read["registers"][0]["fields"][0]["value_name"], "READY");
    ASSERT_EQ(read["left_out"].size(), 2u);
    EXPECT_EQ(read["left_out"][0]["name"], "COUNT");
}

TEST_F(Names, write_of_fields_is_one_read_and_one_write) {
    const Ran ran = run("write", {"CTRL.SLU=0", "CTRL.SPEED=GBIT_1"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_THAT(accesses(), ElementsAre("r 0", "w 0=512"));
}

TEST_F(Names, write_of_a_register_or_over_its_reset_value_is_one_write) {
    EXPECT_EQ(run("write", {"CTRL=0x140"}).code, 0);
    EXPECT_EQ(run("write", {"CTRL:=SPEED=MBIT_100"}).code, 0);
    EXPECT_EQ(run("write", {"bar0", "CTRL", "0x240"}).code, 0);
    EXPECT_EQ(run("write", {"COMMAND:=GO=1"}).code, 0);
    EXPECT_THAT(accesses(), ElementsAre("w 0=320", "w 0=320", "w 0=576", "w 12=1"));
}

TEST_F(Names, write_that_is_refused_touches_nothing) {
    for (const std::vector<std::string>& words :
         std::initializer_list<std::vector<std::string>>{{"CTRL=1", "COMMAND.GO=1"},
                                                         {"CTRL=1", "STATUS=1"},
                                                         {"CTRL=1", "CTRL.SPEED=QUICK"},
                                                         {"CTRL=1", "NOTHING=1"},
                                                         {"CTRL=1", "CTRL.SPEED=4"},
                                                         {"CTRL=1", "bar0"}}) {
        const Ran ran = run("write", words);
        EXPECT_EQ(ran.code, 1) << words.back();
        EXPECT_THAT(ran.diagnostics, Not(IsEmpty()));
    }
    EXPECT_THAT(accesses(), IsEmpty());
}

TEST_F(Names, wait_reads_until_the_value_is_there) {
    EXPECT_EQ(run("wait", {"STATUS.DONE=READY", "--timeout", "1s"}).out, "STATUS.DONE 1 READY\n");
    EXPECT_THAT(accesses(), ElementsAre("r 4"));

    const Ran late = run("wait", {"STATUS.DONE=BUSY", "--timeout", "1ms"});
    EXPECT_EQ(late.code, 3);
    EXPECT_THAT(late.diagnostics, HasSubstr("STATUS last read 0x00000001"));
    EXPECT_THAT(accesses(), Not(IsEmpty()));

    EXPECT_THAT(run("wait", {"COUNT=0", "--timeout", "1"}).diagnostics,
                HasSubstr("reading it has effects"));
    EXPECT_THAT(accesses(), IsEmpty());
}

TEST_F(Names, dump_reads_each_register_once_and_says_what_it_left_out) {
    const Ran ran = run("dump", {"--registers"});

    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr("0x0000 CTRL 0x00000040\n  6    SLU    1\n"));
    EXPECT_THAT(ran.diagnostics, HasSubstr("reading it has effects: COUNT"));
    EXPECT_THAT(accesses(), ElementsAre("r 0", "r 4", "r 32", "r 36", "r 40", "r 44"));
    EXPECT_EQ(run("dump", {"bar0", "--registers", "COUNT", "--with-effects"}).code, 0);
    EXPECT_THAT(accesses(), ElementsAre("r 8"));
}

TEST_F(Names, dump_begins_at_a_register) {
    EXPECT_EQ(run("dump", {"bar0", "--offset", "RX[1]", "--length", "8", "--json"}).code, 0);
    EXPECT_THAT(accesses(), ElementsAre("r 36", "r 40"));
    EXPECT_EQ(run("dump", {"bar0", "--offset", "NOTHING", "--length", "8"}).code, 1);
    EXPECT_EQ(run("dump", {"bar0", "--offset", "RX[1]", "--registers"}).code, 2);
    EXPECT_THAT(accesses(), IsEmpty());
}

TEST_F(Names, dump_goes_on_behind_what_it_cannot_read) {
    const std::string other = folder_ + "/other.json";
    std::ofstream(other)
        << R"({"openbar": 1, "name": "O", "regions": [{"name": "bar0", "registers": [
{"name": "WIDE", "offset": 0, "width": 128}, {"name": "FAR", "offset": "0x100000"},
{"name": "STATUS", "offset": 4}]}]})";
    const std::string device = "vfio-user:" + folder_ + "/card.sock";

    const Ran ran = run_openbar({"dump", device, "--registers", "--card", other});

    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.out, "0x0004 STATUS 0x00000001\n");
    EXPECT_THAT(ran.diagnostics, AllOf(HasSubstr("WIDE"), HasSubstr("FAR")));
    EXPECT_EQ(run_openbar({"dump", device, "--registers", "--with-effects", "--card", other}).code,
              0);
}

TEST_F(Names, options_of_names_are_refused_where_there_are_none) {
    EXPECT_EQ(run("read", {"bar0", "0"}).code, 2);
    EXPECT_EQ(run("write", {"bar0", "0", "1"}).code, 2);
    EXPECT_EQ(run("dump", {"bar0"}).code, 2);
    EXPECT_EQ(run("info", {}).code, 2);
    EXPECT_EQ(run("irq", {"--timeout", "0.01"}).code, 2);
    EXPECT_THAT(accesses(), IsEmpty());
}

TEST_F(Names, listing_accesses_nothing) {
    EXPECT_THAT(run("info", {"--registers"}).out,
                AllOf(HasSubstr("CTRL"), HasSubstr("RX[0] … RX[3]")));
    EXPECT_THAT(run_openbar({"registers", file(), "--search", "link"}).out,
                AllOf(HasSubstr("CTRL"), Not(HasSubstr("STATUS"))));
    EXPECT_THAT(accesses(), IsEmpty());
}

TEST_F(Names, irq_writes_registers_by_name) {
    EXPECT_EQ(run("irq", {"--start", "COMMAND:=GO=1", "--timeout", "0.01"}).code, 3);
    EXPECT_THAT(accesses(), ElementsAre("w 12=1"));
    EXPECT_EQ(run("irq", {"--start", "COMMAND.GO=1", "--timeout", "0.01"}).code, 1);
    EXPECT_THAT(accesses(), IsEmpty());
}

TEST(Registers, explains_one_with_a_picture_of_its_bits) {
    const Ran ran = run_openbar({"registers", "edu", "STATUS"});

    EXPECT_THAT(ran.out, HasSubstr("bar0 + 0x0020, 32 bits, read-write, reset 0x00000000"));
    EXPECT_THAT(ran.out, HasSubstr("|  -   | INTERRUPT_WHEN_DONE |  -  | COMPUTING |"));
    EXPECT_THAT(ran.out, HasSubstr("0x1    BUSY"));
}

TEST(Registers, names_lists_what_the_shell_completes) {
    EXPECT_THAT(run_openbar({"registers", "edu", "--names"}).out,
                HasSubstr("STATUS\nSTATUS.COMPUTING\n"));
}

TEST(Registers, check_lists_mistakes_with_file_and_line) {
    const std::string file = ::testing::TempDir() + "openbar-mistakes.json";
    std::ofstream(file)
        << R"({"openbar": 1, "name": "M", "regions": [{"name": "bar0", "registers": [
{"name": "A", "offset": 0},
{"name": "B", "offset": 2}]}]})";

    const Ran ran = run_openbar({"registers", "--check", file});

    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, HasSubstr("openbar-mistakes.json:3: error"));
    EXPECT_EQ(json::parse(run_openbar({"registers", "--check", file, "--json"}).out)[0]["line"], 3);
    EXPECT_EQ(run_openbar({"registers", "--check", "edu"}).code, 0);
    std::filesystem::remove(file);
}

TEST(Names_, belong_to_a_description) {
    EXPECT_EQ(run_openbar({"read", "sim:edu", "bar0", "0"}).out, "0x010000ed\n");
    EXPECT_EQ(run_openbar({"read", "sim:card=edu", "IDENTIFICATION.MAGIC"}).out,
              "IDENTIFICATION.MAGIC 0xed\n");
    EXPECT_THAT(run_openbar({"read", "sim:edu", "STATUS", "--card", "8086:100e"}).diagnostics,
                HasSubstr("8086:100e"));
    EXPECT_EQ(run_openbar({"read", "sim:edu", "STATUS", "--count", "2"}).code, 2);
}

}  // namespace
}  // namespace openbar::cli
