#include "vfio_user/message_stream.hpp"

#include "unit/vfio_user/scripted_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>

namespace openbar::vfio_user {
namespace {

using testing::bytes_of;

constexpr std::size_t largest = 4096;

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        other = FileDescriptor(ends[0]);
        stream.emplace(FileDescriptor(ends[1]), largest);
    }
    void write(std::span<const std::byte> bytes) const {
        ASSERT_EQ(::write(other.get(), bytes.data(), bytes.size()),
                  static_cast<ssize_t>(bytes.size()));
    }
    FileDescriptor other;
    std::optional<MessageStream> stream;
    Message message;
};

protocol::Header header_of(std::uint16_t id, std::size_t size) {
    return {.id = id, .size = static_cast<std::uint32_t>(size)};
}

TEST(MessageStream, takes_several_messages_of_one_packet_apart) {
    Pair pair;
    pair.write(bytes_of(header_of(1, 20), 11, header_of(2, 16), header_of(3, 24), 33, 44));
    ASSERT_EQ(pair.stream->receive(MSG_DONTWAIT), Progress::done);
    for (const int id : {1, 2, 3}) {
        ASSERT_EQ(pair.stream->next(pair.message), Progress::done);
        EXPECT_EQ(pair.message.header.id, id);
    }
    EXPECT_EQ(pair.message.payload.size(), 8U);
    EXPECT_EQ(pair.stream->next(pair.message), Progress::nothing_yet);
    EXPECT_FALSE(pair.stream->in_a_message());
}

TEST(MessageStream, puts_a_message_together_that_comes_byte_by_byte) {
    Pair pair;
    const auto bytes = bytes_of(header_of(7, 24), 1, 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_EQ(pair.stream->next(pair.message), Progress::nothing_yet);
        pair.write({&bytes[i], 1});
        ASSERT_EQ(pair.stream->receive(MSG_DONTWAIT), Progress::done);
    }
    ASSERT_EQ(pair.stream->next(pair.message), Progress::done);
    EXPECT_EQ(pair.message.header.id, 7);
}

TEST(MessageStream, gives_descriptors_to_the_message_they_came_with) {
    Pair pair;
    MessageStream sender(std::move(pair.other), largest);
    const FileDescriptor event(::eventfd(0, EFD_CLOEXEC));
    const int number = event.get();
    const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    for (std::uint16_t id = 0; id < 6; ++id) {
        protocol::Header header{.id = id};
        const bool with = id % 2 == 1;
        ASSERT_EQ(sender.send(header, {}, std::span(&number, with ? 1 : 0), soon), Progress::done);
    }
    for (std::uint16_t id = 0; id < 6; ++id) {
        while (pair.stream->next(pair.message) == Progress::nothing_yet) {
            ASSERT_EQ(pair.stream->receive(MSG_DONTWAIT), Progress::done);
        }
        EXPECT_EQ(pair.message.header.id, id);
        EXPECT_EQ(pair.message.descriptors.size(), id % 2) << id;
    }
}

TEST(MessageStream, refuses_lengths_that_cannot_be) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{15}, largest + 1}) {
        Pair pair;
        pair.write(bytes_of(header_of(1, size)));
        ASSERT_EQ(pair.stream->receive(MSG_DONTWAIT), Progress::done);
        EXPECT_EQ(pair.stream->next(pair.message), Progress::malformed) << size;
    }
}

TEST(MessageStream, closes_descriptors_that_nobody_takes) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    const FileDescriptor reader(pipe[0]);
    FileDescriptor writer(pipe[1]);
    {
        Pair pair;
        MessageStream sender(std::move(pair.other), largest);
        const int number = writer.get();
        protocol::Header header;
        ASSERT_EQ(sender.send(header, {}, {&number, 1}, std::chrono::steady_clock::now()),
                  Progress::done);
        writer.reset();
        ASSERT_EQ(pair.stream->receive(MSG_DONTWAIT), Progress::done);
    }
    char byte = 0;
    EXPECT_EQ(::read(reader.get(), &byte, 1), 0) << "the other end is still open somewhere";
}

TEST(MessageStream, tells_a_peer_that_has_gone) {
    Pair pair;
    pair.other.reset();
    EXPECT_EQ(pair.stream->receive(MSG_DONTWAIT), Progress::closed);
    protocol::Header header;
    EXPECT_EQ(pair.stream->send(header, {}, {}, std::chrono::steady_clock::now()),
              Progress::closed);
}

}  // namespace
}  // namespace openbar::vfio_user
