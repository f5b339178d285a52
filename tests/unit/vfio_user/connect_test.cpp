// Ways of not reaching a server, each told apart.
#include "openbar/vfio_user/client.hpp"

#include "base/file_descriptor.hpp"
#include "unit/vfio_user/scripted_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;

class VfioUserConnect : public ::testing::Test {
protected:
    VfioUserConnect() {
        std::string pattern = ::testing::TempDir() + "openbar-connect-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~VfioUserConnect() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path() const { return folder_ + "/card.sock"; }
    [[nodiscard]] FileDescriptor bound_socket(int type) const {
        FileDescriptor socket(::socket(AF_UNIX, type, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strcpy(address.sun_path, path().c_str());
        EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        return socket;
    }
    [[nodiscard]] static Error error_of(const std::string& path) {
        auto client = Client::connect(path, {.timeout = 200ms});
        EXPECT_FALSE(client);
        return client ? Error{} : client.error();
    }

    std::string folder_;
};

TEST_F(VfioUserConnect, no_server_is_not_found_and_says_how_to_start_one) {
    const Error error = error_of(path());
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_NE(error.message().find(path()), std::string::npos);
    EXPECT_NE(error.hint.find("openbar sim MODEL --socket " + path()), std::string::npos);
}

TEST_F(VfioUserConnect, a_stale_socket_is_told_from_a_missing_one) {
    bound_socket(SOCK_STREAM).reset();  // nobody listens, and the file stays
    const Error error = error_of(path());
    EXPECT_EQ(error.code, ErrorCode::removed);
    EXPECT_NE(error.hint.find("rm '" + path() + "'"), std::string::npos);
}

TEST_F(VfioUserConnect, a_file_that_is_no_socket_is_an_invalid_argument) {
    std::ofstream(path()) << "text";
    EXPECT_EQ(error_of(path()).code, ErrorCode::invalid_argument);
    EXPECT_NE(error_of(path()).cause.find("not a socket"), std::string::npos);
}

TEST_F(VfioUserConnect, a_socket_of_another_kind_is_an_invalid_argument) {
    const auto socket = bound_socket(SOCK_DGRAM);
    EXPECT_EQ(error_of(path()).code, ErrorCode::invalid_argument);
}

TEST_F(VfioUserConnect, a_path_too_long_or_empty_is_an_invalid_argument) {
    EXPECT_EQ(error_of(folder_ + "/" + std::string(200, 'x')).code, ErrorCode::invalid_argument);
    EXPECT_EQ(error_of("").code, ErrorCode::invalid_argument);
}

TEST_F(VfioUserConnect, a_server_that_never_accepts_times_out) {
    const auto socket = bound_socket(SOCK_STREAM);
    ASSERT_EQ(::listen(socket.get(), 0), 0);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(error_of(path()).code, ErrorCode::timed_out);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST_F(VfioUserConnect, a_server_may_be_given_all_the_time_there_is) {
    testing::ScriptedServer server([](testing::Peer& peer) {
        peer.accept_version();
        peer.describe_region(4096);
        peer.receive();
    });
    auto client =
        Client::adopt(server.take_socket(), "test", {.timeout = std::chrono::hours::max()});
    ASSERT_TRUE(client) << client.error().message();
    EXPECT_EQ(client->region(0).value()->size, 4096u);
}

TEST_F(VfioUserConnect, a_server_whose_queue_is_full_is_busy) {
    const auto socket = bound_socket(SOCK_STREAM);
    ASSERT_EQ(::listen(socket.get(), 0), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    const FileDescriptor first(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::connect(first.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(error_of(path()).code, ErrorCode::busy);
}

TEST_F(VfioUserConnect, a_descriptor_that_is_no_stream_socket_cannot_be_adopted) {
    for (const int descriptor : {::open("/dev/null", 0), ::socket(AF_UNIX, SOCK_DGRAM, 0), -1}) {
        const auto client = Client::adopt(descriptor, "test", {.timeout = 200ms});
        ASSERT_FALSE(client);
        EXPECT_EQ(client.error().code, ErrorCode::invalid_argument);
    }
}

}  // namespace
}  // namespace openbar::vfio_user
