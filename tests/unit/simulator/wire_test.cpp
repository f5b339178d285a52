#include "simulator/testing/stand_in_bus.hpp"
#include "simulator/wires/create.hpp"
#include "simulator/wires/pcap.hpp"
#include "simulator/wires/socket.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::span<const std::byte> as_frame(const std::string& text) {
    return std::as_bytes(std::span(text));
}

// A wire with the frames that arrived over it, and a place for its files.
class Wires : public testing::Test {
protected:
    Wires() {
        std::string pattern = testing::TempDir() + "wires-XXXXXX";
        folder = ::mkdtemp(pattern.data());
    }
    ~Wires() override { std::filesystem::remove_all(folder); }

    void plug_in(Wire& wire) {
        wire.attach(bus, [this](std::span<const std::byte> frame) {
            arrived.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
        });
    }
    std::unique_ptr<Wire> plugged_in(const std::string& text) {
        auto wire = create_wire(text);
        EXPECT_TRUE(wire) << wire.error().message();
        if (!wire) return nullptr;
        plug_in(**wire);
        return std::move(*wire);
    }

    std::filesystem::path folder;
    StandInBus bus;
    std::vector<std::string> arrived;
};

TEST_F(Wires, loop_brings_back_what_was_sent) {
    const auto wire = plugged_in("loop");
    wire->send(as_frame("hello"));
    EXPECT_THAT(arrived, ElementsAre("hello"));
    EXPECT_TRUE(wire->connected());
}

TEST_F(Wires, unplugged_wire_has_no_link) {
    const auto wire = plugged_in("none");
    wire->send(as_frame("hello"));
    EXPECT_THAT(arrived, ElementsAre());
    EXPECT_FALSE(wire->connected());
}

TEST_F(Wires, capture_can_be_played_again_at_its_own_pace) {
    const std::string file = folder / "capture.pcap";
    {
        const auto wire = plugged_in("pcap:" + file);
        EXPECT_TRUE(wire->connected());
        wire->send(as_frame("one"));
        bus.advance(1500ms);
        wire->send(as_frame("two"));
    }
    EXPECT_THAT(arrived, ElementsAre());
    const auto wire = plugged_in("play:" + file);
    bus.advance(0ns);
    EXPECT_THAT(arrived, ElementsAre("one"));
    bus.advance(1499ms);
    EXPECT_EQ(arrived.size(), 1u);
    bus.advance(1ms);
    EXPECT_THAT(arrived, ElementsAre("one", "two"));
}

TEST_F(Wires, playing_goes_on_after_the_card_was_reset) {
    const std::string file = folder / "capture.pcap";
    {
        const auto wire = plugged_in("pcap:" + file);
        wire->send(as_frame("one"));
        bus.advance(1ms);
        wire->send(as_frame("two"));
    }
    const auto wire = plugged_in("play:" + file);
    bus.advance(0ns);
    bus.forget_actions();
    wire->reset();
    bus.advance(1ms);
    EXPECT_THAT(arrived, ElementsAre("one", "two"));
}

/// A capture in memory: what the headers of tcpdump's files say.
std::string capture_of(std::uint32_t link_type,
                       const std::vector<std::pair<std::string, std::uint32_t>>& frames) {
    std::string bytes;
    const auto put = [&](std::uint32_t value) {
        for (unsigned i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    };
    for (const std::uint32_t value : {0xa1b2c3d4u, 0x00040002u, 0u, 0u, 65535u, link_type})
        put(value);
    for (std::uint32_t number = 0; const auto& [text, sent] : frames) {
        for (const std::uint32_t value :
             {0u, 1000 * number++, static_cast<std::uint32_t>(text.size()), sent})
            put(value);
        bytes += text;
    }
    return bytes;
}

TEST_F(Wires, playing_begins_when_the_card_listens_and_only_then) {
    const std::string file = folder / "capture.pcap";
    std::ofstream(file, std::ios::binary) << capture_of(1, {{"one", 3}, {"two", 3}});
    for (const PlayStart start : {PlayStart::listening, PlayStart::plugged}) {
        arrived.clear();
        auto wire = create_wire("play:" + file, {.start = start});
        ASSERT_TRUE(wire) << wire.error().message();
        bool listens = false;
        (*wire)->attach(
            bus,
            [&](std::span<const std::byte> frame) {
                if (listens)
                    arrived.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
            },
            false);
        bus.advance(50ms);
        listens = true;
        (*wire)->listen();
        bus.advance(0ns);
        const bool waits = start == PlayStart::listening;
        EXPECT_EQ(arrived.size(), waits ? 1u : 0u);
        (*wire)->listen();
        bus.advance(50ms);
        EXPECT_EQ(arrived.size(), waits ? 2u : 0u);
        bus.forget_actions();
    }
}

TEST_F(Wires, frames_that_were_captured_in_part_are_left_out_or_padded_when_asked) {
    const std::string file = folder / "cut.pcap";
    std::ofstream(file, std::ios::binary)
        << capture_of(1, {{"whole", 5}, {"cu", 4}, {"whole again", 11}});
    testing::internal::CaptureStderr();
    const auto omitting = plugged_in("play:" + file);
    const std::string told = testing::internal::GetCapturedStderr();
    bus.advance(1s);
    EXPECT_THAT(arrived, ElementsAre("whole", "whole again"));
    EXPECT_THAT(told, HasSubstr("1 of 3 frames were captured in part"));
    EXPECT_THAT(told, HasSubstr("play_cut=pad"));

    arrived.clear();
    const auto padding = create_wire("play:" + file, {.cut = CutFrames::pad});
    ASSERT_TRUE(padding);
    plug_in(**padding);
    bus.advance(1s);
    EXPECT_THAT(arrived, ElementsAre("whole", std::string("cu\0\0", 4), "whole again"));
}

TEST_F(Wires, check_sequences_of_a_capture_are_not_part_of_its_frames) {
    const std::string file = folder / "checked.pcap";
    const auto played = [&](std::uint32_t link_type,
                            const std::vector<std::pair<std::string, std::uint32_t>>& frames) {
        std::ofstream(file, std::ios::binary) << capture_of(link_type, frames);
        arrived.clear();
        const auto wire = plugged_in("play:" + file);
        bus.advance(1s);
        return arrived;
    };
    // 4 bits of length, in units of 16 bits, count only with bit 26.
    EXPECT_THAT(played(0x24000001, {{"dataFCS!", 8}}), ElementsAre("data"));
    EXPECT_THAT(played(0x20000001, {{"dataFCS!", 8}}), ElementsAre("dataFCS!"));
    EXPECT_THAT(played(0x14000001, {{"dataFC", 6}}), ElementsAre("data"));
    EXPECT_THAT(played(0x24000001, {{"dataFC", 8}}), ElementsAre("data")) << "only the sum is cut";
    EXPECT_THAT(played(0x24000001, {{"dat", 8}}), ElementsAre());
    EXPECT_THAT(played(0x24000001, {{"ab", 2}}), ElementsAre(""));
}

TEST_F(Wires, recording_keeps_both_directions) {
    const std::string file = folder / "both.pcap";
    auto writer = PcapWriter::create(file);
    ASSERT_TRUE(writer) << writer.error().message();
    auto inner = create_wire("loop");
    ASSERT_TRUE(inner);
    RecordingWire wire(std::move(*writer), std::move(*inner));
    plug_in(wire);
    wire.send(as_frame("ping"));
    EXPECT_THAT(arrived, ElementsAre("ping"));
    const auto frames = read_pcap(file);
    ASSERT_TRUE(frames) << frames.error().message();
    EXPECT_EQ(frames->size(), 2u);
}

TEST_F(Wires, capture_of_the_other_byte_order_and_resolution_is_read) {
    const std::string file = folder / "big-endian.pcap";
    const unsigned char bytes[] = {0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0,   0,   0, 0,  0,
                                   0,    0,    1,    0,    0, 0, 0, 0, 1, 0, 0,   0,   5, 0,  0,
                                   0,    7,    0,    0,    0, 2, 0, 0, 0, 2, 'a', 'b', 0, 0,  0,
                                   6,    0,    0,    0,    9, 0, 0, 0, 1, 0, 0,   0,   1, 'c'};
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(bytes), sizeof bytes);
    const auto frames = read_pcap(file);
    ASSERT_TRUE(frames) << frames.error().message();
    ASSERT_EQ(frames->size(), 2u);
    EXPECT_EQ((*frames)[1].time, 1s + 2us);
    EXPECT_EQ((*frames)[0].bytes.size(), 2u);
}

TEST_F(Wires, damaged_captures_are_refused_with_the_frame_that_is_wrong) {
    const std::string good = folder / "good.pcap";
    {
        const auto wire = plugged_in("pcap:" + good);
        wire->send(as_frame("first"));
        wire->send(as_frame("second"));
    }
    std::string contents(std::filesystem::file_size(good), '\0');
    std::ifstream(good, std::ios::binary)
        .read(contents.data(), static_cast<std::streamsize>(contents.size()));
    const std::string bad = folder / "bad.pcap";
    const auto error_of = [&](const std::string& text) {
        std::ofstream(bad, std::ios::binary) << text;
        const auto wire = create_wire("play:" + bad);
        EXPECT_FALSE(wire);
        if (wire) return std::string();
        EXPECT_EQ(wire.error().code, ErrorCode::protocol);
        return wire.error().message();
    };
    EXPECT_THAT(error_of(contents.substr(0, contents.size() - 1)), HasSubstr("frame 2 is cut off"));
    EXPECT_THAT(error_of(contents.substr(0, 24 + 16 + 5 + 3)), HasSubstr("frame 2 is cut off"));
    EXPECT_THAT(error_of(contents.substr(0, 10)), HasSubstr("shorter than a header"));
    EXPECT_THAT(error_of(std::string(100, 'x')), HasSubstr("pcapng"));
    std::string huge = contents;
    huge[24 + 8 + 3] = 0x7f;
    EXPECT_THAT(error_of(huge), HasSubstr("frame 1 claims"));
    std::string other_link = contents;
    other_link[20] = 113;
    EXPECT_THAT(error_of(other_link), HasSubstr("link type 113"));
    EXPECT_EQ(create_wire("play:/nowhere/x.pcap").error().code, ErrorCode::not_found);
}

TEST_F(Wires, socket_pair_carries_frames_both_ways) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    const FileDescriptor mine(ends[1]);
    const auto wire = plugged_in("fd:" + std::to_string(ends[0]));
    wire->send(as_frame("to you"));
    char buffer[16];
    EXPECT_EQ(::recv(mine.get(), buffer, sizeof buffer, MSG_DONTWAIT), 6);
    ASSERT_EQ(::send(mine.get(), "to me", 5, 0), 5);
    bus.watched.at(ends[0])();
    EXPECT_THAT(arrived, ElementsAre("to me"));
}

TEST_F(Wires, socket_whose_other_end_has_gone_is_no_longer_watched) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    const auto wire = plugged_in("fd:" + std::to_string(ends[0]));
    ::close(ends[1]);
    const auto readable = bus.watched.at(ends[0]);
    readable();
    EXPECT_TRUE(bus.watched.empty());
    wire->send(as_frame("into the void"));
}

TEST_F(Wires, two_bound_sockets_reach_each_other_and_leave_nothing_behind) {
    const std::string a = folder / "a";
    const std::string b = folder / "b";
    {
        const auto early = plugged_in("socket:" + a + ":" + b);
        early->send(as_frame("lost: nobody is there yet"));
        const auto late = plugged_in("socket:" + b + ":" + a);
        late->send(as_frame("one"));
        early->send(as_frame("two"));
        for (const auto& [source, readable] : auto(bus.watched)) readable();
        EXPECT_THAT(arrived, testing::UnorderedElementsAre("one", "two"));
        EXPECT_EQ(create_wire("socket:" + a + ":" + b).error().code, ErrorCode::busy);
    }
    EXPECT_TRUE(bus.watched.empty());
    EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(Wires, socket_that_another_has_taken_over_stays) {
    const std::string path = folder / "shared";
    auto first = SocketWire::bind(path, path);
    ASSERT_TRUE(first);
    std::filesystem::remove(path);
    const auto second = SocketWire::bind(path, path);
    ASSERT_TRUE(second);
    first.value().reset();
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(Wires, socket_that_a_dead_program_left_behind_is_taken_over) {
    const std::string path = folder / "stale";
    {
        auto wire = SocketWire::bind(path, path);
        ASSERT_TRUE(wire);
        std::filesystem::rename(path, path + ".kept");
    }
    std::filesystem::rename(path + ".kept", path);
    EXPECT_TRUE(create_wire("socket:" + path + ":" + path));
}

TEST(WireText, that_names_no_wire_is_an_error_that_lists_them) {
    for (const char* text : {"", "loopy", "pcap", "pcap:", "play:", "socket:/a", "socket::/b",
                             "socket:/a:", "fd:", "fd:x", "fd:-1", "fd:3x"}) {
        const auto wire = create_wire(text);
        ASSERT_FALSE(wire) << text;
        EXPECT_EQ(wire.error().code, ErrorCode::invalid_argument) << text;
    }
    EXPECT_THAT(create_wire("loopy").error().message(), HasSubstr("none, loop, pcap:FILE"));
    EXPECT_THAT(create_wire("fd:999").error().message(), HasSubstr("no such open descriptor"));
}

}  // namespace
}  // namespace openbar::simulator
