// Regions mapped from a server's descriptors, also when it takes the file away.
#include "base/file_descriptor.hpp"
#include "unit/vfio_user/running_card.hpp"
#include "unit/vfio_user/scripted_server.hpp"

#include <sys/mman.h>

#include <csignal>
#include <functional>

/// There where the program has AddressSanitizer.
extern "C" __attribute__((weak)) void __asan_init();

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;
using testing::bytes_of;
using testing::Peer;
using testing::RunningCard;
using testing::ScriptedServer;

TEST(VfioUserMapping, shares_plain_memory_with_the_model) {
    const RunningCard running;
    const auto first = running.client->map(2, {0, 4096});
    const auto second = running.client->map(2, {8192, 4096});
    ASSERT_TRUE(first && second);
    first->memory()[10] = std::byte{1};
    second->memory()[20] = std::byte{2};
    EXPECT_EQ(running.model.plain()[10], std::byte{1});
    EXPECT_EQ(running.model.plain()[8192 + 20], std::byte{2});
    EXPECT_EQ(*running.client->read_width(2, 10, 1), 1U);
    ASSERT_TRUE(running.client->write_width(2, 8192 + 20, 1, 3));
    EXPECT_EQ(second->memory()[20], std::byte{3});
}

TEST(VfioUserMapping, stays_when_the_client_goes) {
    MappedArea area;
    {
        const RunningCard running;
        area = *running.client->map(2, {0, 4096});
    }
    area.memory()[0] = std::byte{9};
    EXPECT_EQ(area.memory()[0], std::byte{9});
    EXPECT_FALSE(area.faulted());
}

TEST(VfioUserMapping, is_refused_outside_of_what_the_server_lends) {
    const RunningCard running;
    const auto code = [&](RegionIndex region, Range range) {
        return running.client->map(region, range).error().code;
    };
    EXPECT_EQ(code(0, {0, 4096}), ErrorCode::unsupported);
    EXPECT_EQ(code(2, {4096, 4096}), ErrorCode::out_of_range);
    EXPECT_EQ(code(2, {0, 8192}), ErrorCode::out_of_range);
    EXPECT_EQ(code(2, {0, 0}), ErrorCode::out_of_range);
    EXPECT_EQ(code(2, {~std::uint64_t{0} - 4095, 4096}), ErrorCode::out_of_range);
    EXPECT_EQ(code(2, {0, 100}), ErrorCode::misaligned);
    EXPECT_EQ(code(9, {0, 4096}), ErrorCode::not_found);
}

/// Lends `file` as the whole of region 0, which it calls 8 KiB large.
void lend(Peer& peer, const FileDescriptor& file) {
    peer.accept_version();
    const auto request = peer.receive();
    const int sent = file.get();
    peer.reply(request,
               bytes_of(protocol::RegionInfo{
                   .flags = protocol::region_read | protocol::region_write | protocol::region_mmap,
                   .size = 8192}),
               {&sent, 1});
    peer.receive();
}

FileDescriptor file_of(off_t size) {
    FileDescriptor file(::memfd_create("test", MFD_CLOEXEC));
    EXPECT_EQ(::ftruncate(file.get(), size), 0);
    return file;
}

TEST(VfioUserMapping, of_a_file_that_is_too_short_is_refused) {
    const auto file = file_of(4096);
    ScriptedServer server([&](Peer& peer) { lend(peer, file); });
    auto client = Client::adopt(server.take_socket(), "test-server");
    const auto area = client->map(0, {0, 8192});
    ASSERT_FALSE(area);
    EXPECT_EQ(area.error().code, ErrorCode::protocol);
    EXPECT_NE(area.error().message().find("test-server bar0"), std::string::npos);
}

TEST(VfioUserMapping, of_a_file_that_could_shrink_can_be_declined) {
    const auto file = file_of(8192);
    ScriptedServer server([&](Peer& peer) { lend(peer, file); });
    auto client = Client::adopt(server.take_socket(), "test-server", {.map_unsealed = false});
    EXPECT_EQ(client->map(0, {0, 8192}).error().code, ErrorCode::unsupported);
}

TEST(VfioUserMapping, reads_ones_once_the_server_has_cut_the_file_short) {
    const auto file = file_of(8192);
    ScriptedServer server([&](Peer& peer) { lend(peer, file); });
    auto client = Client::adopt(server.take_socket(), "test-server");
    const auto area = client->map(0, {0, 8192});
    ASSERT_TRUE(area);
    area->memory()[0] = std::byte{1};
    ASSERT_EQ(::ftruncate(file.get(), 4096), 0);

    ::testing::internal::CaptureStderr();
    const auto* bytes = reinterpret_cast<volatile unsigned char*>(area->memory().data());
    EXPECT_EQ(int{bytes[4096]}, 0xff);
    const std::string said = ::testing::internal::GetCapturedStderr();

    EXPECT_TRUE(area->faulted());
    EXPECT_EQ(area->memory()[0], std::byte{1}) << "the part that is there is still shared";
    EXPECT_NE(said.find("test-server bar0"), std::string::npos) << said;
    area->memory()[4096] = std::byte{5};  // reaches nobody, harms nobody
    EXPECT_EQ(area->memory()[4096], std::byte{5}) << "the page is this process's own";
}

TEST(VfioUserMapping, for_reading_only_ends_a_program_that_writes) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // there are other threads
    const auto file = file_of(8192);
    ScriptedServer server([&](Peer& peer) { lend(peer, file); });
    auto client = Client::adopt(server.take_socket(), "test-server");
    const auto area = client->map(0, {0, 8192}, false);
    ASSERT_TRUE(area);
    EXPECT_EQ(area->memory()[0], std::byte{0});
    EXPECT_DEATH(area->memory()[0] = std::byte{1}, "");
    EXPECT_EQ(area->memory()[0], std::byte{0});
}

TEST(VfioUserMapping, faults_of_other_origin_end_the_program_as_ever) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // there are other threads
    const auto file = file_of(8192);
    ScriptedServer server([&](Peer& peer) { lend(peer, file); });
    auto client = Client::adopt(server.take_socket(), "test-server");
    const auto area = client->map(0, {0, 8192});  // installs the handler
    ASSERT_TRUE(area);
    const auto own = file_of(0);
    void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, own.get(), 0);
    std::function<bool(int)> as_ever = ::testing::KilledBySignal(SIGBUS);
    if (__asan_init != nullptr)  // its handler was there first, and reports what it is given
        as_ever = ::testing::ExitedWithCode(1);
    EXPECT_EXIT(static_cast<void>(*static_cast<volatile char*>(memory)), as_ever, "");
    ::munmap(memory, 4096);
}

}  // namespace
}  // namespace openbar::vfio_user
