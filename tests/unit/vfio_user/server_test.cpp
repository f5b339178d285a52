// The server and its clients: one after another, two at once, killed at any moment.
#include "base/file_descriptor.hpp"
#include "unit/vfio_user/running_card.hpp"
#include "unit/vfio_user/running_server.hpp"

#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <random>

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;
using simulator::testing::TestCard;
using simulator::vfio_user::Server;
using testing::eventually;
using testing::RunningServer;

TEST(VfioUserServer, serves_clients_one_after_another_and_keeps_the_cards_state) {
    RunningServer server;
    {
        auto first = server.connect();
        ASSERT_TRUE(first);
        ASSERT_TRUE(first->write_width(0, 8, 4, 42));
    }
    auto second = server.connect();
    ASSERT_TRUE(second);
    EXPECT_EQ(*second->read_width(0, 8, 4), 42U);
}

TEST(VfioUserServer, tells_a_second_client_that_it_is_busy) {
    RunningServer server({.handover = 20ms});
    auto first = server.connect();
    ASSERT_TRUE(first);
    const auto second = server.connect();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::busy);
    EXPECT_EQ(*first->read_width(0, 0, 4), 0x0badcafeU);
    first = Error{};
    EXPECT_TRUE(server.serves());
}

TEST(VfioUserServer, lets_a_second_client_wait_for_the_first_to_go) {
    RunningServer server({.handover = 3s});
    auto first = server.connect();
    ASSERT_TRUE(first);
    std::thread leaving([&] {
        std::this_thread::sleep_for(50ms);
        first = Error{};
    });
    EXPECT_TRUE(server.serves());
    leaving.join();
}

TEST(VfioUserServer, leaves_the_socket_of_another_server_in_its_place) {
    const std::string path = ::testing::TempDir() + "openbar-replaced.sock";
    std::filesystem::remove(path);
    auto first = Server::listen(std::make_unique<TestCard>(), path);
    ASSERT_TRUE(first) << first.error();
    std::filesystem::remove(path);
    auto second = Server::listen(std::make_unique<TestCard>(), path);
    ASSERT_TRUE(second) << second.error();
    { const auto ended = *std::move(first); }
    EXPECT_TRUE(std::filesystem::exists(path));
    { const auto ended = *std::move(second); }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(VfioUserServer, forgets_what_a_client_had_lent) {
    RunningServer server;
    alignas(4096) static std::array<std::byte, 4096> memory{};
    {
        auto first = server.connect();
        ASSERT_TRUE(first->write_width(7, 4, 2, 7));
        ASSERT_TRUE(first->dma_map(0x1000, memory, DmaAccess::read_write));
    }
    auto second = server.connect();
    EXPECT_EQ(*second->read_width(7, 4, 2) & 4, 0U) << "it may still master the bus";
    ASSERT_TRUE(second->write_width(7, 4, 2, 7));
    ASSERT_TRUE(second->write_width(0, 0x30, 8, 0x1000));
    ASSERT_TRUE(second->write_width(0, 0x38, 8, 16));
    ASSERT_TRUE(second->write_width(0, 0x40, 4, 2));
    EXPECT_EQ(*second->read_width(0, 0x44, 4), 2U);
}

/// Works the card in every way until it is killed.
[[noreturn]] void work_until_killed(const std::string& path, bool twin) {
    auto client = Client::connect(path, {.timeout = 10s, .twin_socket = twin});
    if (!client) ::_exit(1);
    static std::array<std::byte, 65536> memory alignas(4096){};
    if (!client->write_width(7, 4, 2, 7)) ::_exit(1);
    if (!client->dma_map(0, memory, DmaAccess::read_write)) ::_exit(1);
    const int event = ::eventfd(0, EFD_NONBLOCK);
    if (!client->set_eventfds(InterruptKind::msi, 0, {{event}})) ::_exit(1);
    const std::vector<RegionWrite> writes(500, RegionWrite{0, 8, 4, 1});
    if (!client->write_width(0, 0x38, 8, memory.size())) ::_exit(1);
    for (;;) {
        bool fine = client->write_posted(0, 0x28, 4, 0).has_value();
        fine = fine && client->write_width(0, 0x40, 4, 2);
        fine = fine && client->write_posted(0, 0x40, 4, 3);
        fine = fine && client->write_batch(writes);
        fine = fine && client->read(2, 0, std::span(memory).first(16384));
        if (!fine) ::_exit(1);
    }
}

TEST(VfioUserServer, goes_on_when_clients_are_killed_at_any_moment) {
    RunningServer server;
    std::mt19937 random(1);
    for (int round = 0; round < 40; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) work_until_killed(server.path(), round % 2 == 0);
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 8000));
        ::kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status)) << "the client had failed before it was killed";
    }
    EXPECT_TRUE(server.serves());
}

TEST(VfioUserServer, its_socket_is_its_users_alone) {
    RunningServer server;
    struct stat status {};
    ASSERT_EQ(::stat(server.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST(VfioUserServer, takes_the_place_of_a_stale_socket_and_of_nothing_else) {
    std::string path;
    {
        RunningServer server;
        path = server.path();
        const auto second = Server::listen(std::make_unique<TestCard>(), path);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::busy);
    }
    const std::string stale = ::testing::TempDir() + "openbar-stale.sock";
    ::unlink(stale.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, stale.c_str());
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socket.reset();
    EXPECT_TRUE(Server::listen(std::make_unique<TestCard>(), stale));
    EXPECT_FALSE(std::filesystem::exists(stale)) << "it is removed in the end";

    std::ofstream(stale) << "precious";
    EXPECT_EQ(Server::listen(std::make_unique<TestCard>(), stale).error().code,
              ErrorCode::invalid_argument);
    EXPECT_TRUE(std::filesystem::exists(stale));
    ::unlink(stale.c_str());
    EXPECT_EQ(Server::listen(std::make_unique<TestCard>(), "/nowhere/at/all").error().code,
              ErrorCode::not_found);
}

TEST(VfioUserServer, traces_each_access) {
    RunningServer server;
    {
        auto client = server.connect();
        ASSERT_TRUE(client->write_width(0, 8, 4, 0x2a));
        EXPECT_EQ(*client->read_width(0, 8, 4), 0x2aU);
        ASSERT_TRUE(client->reset());
    }
    EXPECT_TRUE(eventually([&] { return server.said("client went") == 1; }));
    EXPECT_EQ(server.said("client came"), 1U);
    EXPECT_EQ(server.said("write  bar0 0x00000008 4 = 0x0000002a"), 1U);
    EXPECT_EQ(server.said("read   bar0 0x00000008 4 = 0x0000002a"), 1U);
    EXPECT_EQ(server.said("reset"), 1U);
}

TEST(VfioUserServer, refuses_a_model_that_cannot_be_a_card) {
    class Impossible final : public simulator::Model {
    public:
        Impossible() { description_.regions = {{.index = 0, .size = 1000}}; }
        const simulator::Description& description() const override { return description_; }
        std::uint64_t read(simulator::RegionNumber, std::uint64_t, unsigned) override { return 0; }
        void write(simulator::RegionNumber, std::uint64_t, unsigned, std::uint64_t) override {}
        void reset() override {}

    private:
        simulator::Description description_;
    };
    const auto card = simulator::vfio_user::InProgram::start(std::make_unique<Impossible>());
    ASSERT_FALSE(card);
    EXPECT_EQ(card.error().code, ErrorCode::invalid_argument);
}

TEST(InProgramCard, leaves_no_process_and_no_thread_behind) {
    const auto threads = [] {
        const std::filesystem::directory_iterator all("/proc/self/task");
        return std::distance(begin(all), end(all));
    };
    const auto before = threads();
    {
        const testing::RunningCard running;
        EXPECT_GT(threads(), before);
    }
    EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace openbar::vfio_user
