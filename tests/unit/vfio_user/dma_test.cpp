// Memory of the client that the card reads and writes, in every way it can be reached.
#include "openbar/vfio_user/shared_memory.hpp"

#include "base/file_descriptor.hpp"
#include "unit/vfio_user/running_card.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <numeric>

namespace openbar::vfio_user {
namespace {

using testing::eventually;
using testing::RunningCard;

constexpr std::uint64_t iova = 0x100000;
constexpr std::size_t large = std::size_t{3} << 20;  // more than one message

enum class Way { sealed_file, plain_file, twin_socket, main_socket };

/// Memory of the test, given to the card in one of the ways.
class Memory {
public:
    explicit Memory(Way way) : file_(*SharedMemory::create(large, "dma")) {
        if (way == Way::plain_file) {
            plain_ = FileDescriptor(::memfd_create("dma", MFD_CLOEXEC));
            EXPECT_EQ(::ftruncate(plain_.get(), static_cast<off_t>(large)), 0);
            void* memory =
                ::mmap(nullptr, large, PROT_READ | PROT_WRITE, MAP_SHARED, plain_.get(), 0);
            bytes = {static_cast<std::byte*>(memory), large};
            descriptor = plain_.get();
        } else {
            bytes = file_.memory();
            if (way == Way::sealed_file) descriptor = file_.descriptor();
        }
    }
    ~Memory() {
        if (plain_) ::munmap(bytes.data(), bytes.size());
    }
    std::span<std::byte> bytes;
    int descriptor = -1;

private:
    SharedMemory file_;
    FileDescriptor plain_;
};

class VfioUserDma : public ::testing::TestWithParam<Way> {
protected:
    VfioUserDma() : running({.twin_socket = GetParam() != Way::main_socket}), memory(GetParam()) {}

    [[nodiscard]] bool dma(std::uint64_t command, std::uint64_t address, std::uint64_t count) {
        EXPECT_TRUE(running.client->write_width(0, 0x30, 8, address));
        EXPECT_TRUE(running.client->write_width(0, 0x38, 8, count));
        auto& buffer = running.model.buffer();
        if (command != 1)
            for (std::size_t i = 0; i < count; ++i) buffer[i] = pattern(i);
        EXPECT_TRUE(running.client->write_width(0, 0x40, 4, command));
        return *running.client->read_width(0, 0x44, 4) == 1;
    }
    [[nodiscard]] static std::byte pattern(std::size_t i) {
        return static_cast<std::byte>(i * 31 + i / 256);
    }
    [[nodiscard]] Result<void> give(DmaAccess access = DmaAccess::read_write) {
        return running.client->dma_map(iova, memory.bytes, access, memory.descriptor);
    }

    RunningCard running;
    Memory memory;
};

TEST_P(VfioUserDma, card_writes_what_the_program_reads) {
    ASSERT_TRUE(give());
    ASSERT_TRUE(dma(2, iova + 100, large - 100));
    EXPECT_EQ(memory.bytes[99], std::byte{0});
    for (std::size_t i = 0; i < large - 100; ++i) {
        ASSERT_EQ(memory.bytes[100 + i], pattern(i)) << i;
    }
}

TEST_P(VfioUserDma, card_reads_what_the_program_wrote) {
    ASSERT_TRUE(give());
    for (std::size_t i = 0; i < large; ++i) memory.bytes[i] = pattern(i);
    ASSERT_TRUE(dma(1, iova + 5, large - 5));
    const auto& buffer = running.model.buffer();
    for (std::size_t i = 0; i < large - 5; ++i) ASSERT_EQ(buffer[i], pattern(i + 5)) << i;
}

TEST_P(VfioUserDma, card_writes_at_its_own_time_while_no_call_is_under_way) {
    ASSERT_TRUE(give());
    (void)dma(3, iova, 4096);
    EXPECT_TRUE(eventually(
        [&] { return *static_cast<volatile std::byte*>(&memory.bytes[4095]) == pattern(4095); }));
}

TEST_P(VfioUserDma, addresses_outside_fail) {
    ASSERT_TRUE(give());
    EXPECT_FALSE(dma(2, iova - 4096, 4096));
    EXPECT_FALSE(dma(2, iova + large - 1, 2));
    EXPECT_FALSE(dma(1, ~std::uint64_t{0} - 10, 100));
    EXPECT_EQ(memory.bytes[0], std::byte{0});
}

TEST_P(VfioUserDma, directions_that_were_not_allowed_fail) {
    ASSERT_TRUE(give(DmaAccess::read));
    EXPECT_TRUE(dma(1, iova, 4096));
    EXPECT_FALSE(dma(2, iova, 4096));
    EXPECT_EQ(memory.bytes[1], std::byte{0});
}

TEST_P(VfioUserDma, memory_that_was_taken_back_is_out_of_reach) {
    ASSERT_TRUE(give());
    ASSERT_TRUE(running.client->dma_unmap(iova, large));
    EXPECT_FALSE(dma(1, iova, 16));
    ASSERT_TRUE(give());
    ASSERT_TRUE(running.client->dma_unmap_all());
    EXPECT_FALSE(dma(1, iova, 16));
    ASSERT_TRUE(give()) << "the address is free again";
}

TEST_P(VfioUserDma, needs_the_right_to_master_the_bus) {
    ASSERT_TRUE(give());
    ASSERT_TRUE(running.client->write_width(7, 4, 2, 0x0003));
    EXPECT_FALSE(dma(1, iova, 16));
}

TEST_P(VfioUserDma, transfers_cross_from_one_mapping_into_the_next) {
    const auto half = large / 2 / 4096 * 4096;
    ASSERT_TRUE(running.client->dma_map(iova, memory.bytes.first(half), DmaAccess::read_write,
                                        memory.descriptor, 0));
    ASSERT_TRUE(running.client->dma_map(iova + half, memory.bytes.subspan(half),
                                        DmaAccess::read_write, memory.descriptor, half));
    ASSERT_TRUE(dma(2, iova + half - 100, 200));
    for (std::size_t i = 0; i < 200; ++i) ASSERT_EQ(memory.bytes[half - 100 + i], pattern(i));
}

TEST_P(VfioUserDma, posted_writes_before_a_transfer_do_not_get_in_its_way) {
    ASSERT_TRUE(give());
    ASSERT_TRUE(running.client->write_width(0, 0x30, 8, iova));
    ASSERT_TRUE(running.client->write_width(0, 0x38, 8, 4096));
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(running.client->write_posted(0, 0x40, 4, 2));
        for (std::uint64_t k = 0; k < 50; ++k)
            ASSERT_TRUE(running.client->write_posted(0, 8, 4, k));
    }
    ASSERT_TRUE(running.client->fence());
    EXPECT_EQ(*running.client->read_width(0, 0x44, 4), 1U);
    EXPECT_EQ(*running.client->read_width(0, 8, 4), 49U);
}

INSTANTIATE_TEST_SUITE_P(Ways, VfioUserDma,
                         ::testing::Values(Way::sealed_file, Way::plain_file, Way::twin_socket,
                                           Way::main_socket),
                         [](const auto& chosen) {
                             switch (chosen.param) {
                                 case Way::sealed_file: return "sealed_file";
                                 case Way::plain_file: return "plain_file";
                                 case Way::twin_socket: return "twin_socket";
                                 case Way::main_socket: return "main_socket";
                             }
                             return "";
                         });

TEST(VfioUserDmaMapping, is_checked_before_the_server_is_asked) {
    const RunningCard running;
    const auto& client = *running.client;
    auto memory = *SharedMemory::create(8192, "dma");
    const auto map = [&](std::uint64_t address, std::size_t size) {
        return client.dma_map(address, memory.memory().first(size), DmaAccess::read_write)
            .error()
            .code;
    };
    EXPECT_EQ(map(0x1000, 0), ErrorCode::invalid_argument);
    EXPECT_EQ(map(0x1001, 4096), ErrorCode::misaligned);
    EXPECT_EQ(map(0x1000, 100), ErrorCode::misaligned);
    EXPECT_EQ(map(~std::uint64_t{0} - 4095, 8192), ErrorCode::out_of_range);
    ASSERT_TRUE(client.dma_map(0x1000, memory.memory(), DmaAccess::read));
    EXPECT_EQ(map(0x2000, 4096), ErrorCode::busy);
    EXPECT_EQ(client.dma_unmap(0x1000, 4096).error().code, ErrorCode::not_found);
    EXPECT_EQ(client.dma_unmap(0x3000, 8192).error().code, ErrorCode::not_found);
}

TEST(VfioUserDmaMapping, the_servers_limit_is_a_resource_exhausted) {
    const RunningCard running;
    const auto most = running.client->negotiated().max_dma_maps;
    auto memory = *SharedMemory::create(4096, "dma");
    for (std::uint64_t i = 0; i < most; ++i) {
        ASSERT_TRUE(running.client->dma_map(i * 4096, memory.memory(), DmaAccess::read));
    }
    EXPECT_EQ(running.client->dma_map(most * 4096, memory.memory(), DmaAccess::read).error().code,
              ErrorCode::resource_exhausted);
}

TEST(VfioUserDmaMapping, a_file_that_was_cut_short_fails_the_transfer_and_nothing_else) {
    const RunningCard running;
    const auto& client = *running.client;
    const FileDescriptor file(::memfd_create("dma", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(file.get(), 8192), 0);
    auto memory = *SharedMemory::create(8192, "other");
    ASSERT_TRUE(client.dma_map(iova, memory.memory(), DmaAccess::read_write, file.get()));
    ASSERT_EQ(::ftruncate(file.get(), 0), 0);
    ASSERT_TRUE(client.write_width(0, 0x30, 8, iova));
    ASSERT_TRUE(client.write_width(0, 0x38, 8, 8192));
    ASSERT_TRUE(client.write_width(0, 0x40, 4, 1));
    EXPECT_EQ(*client.read_width(0, 0x44, 4), 2U);
}

}  // namespace
}  // namespace openbar::vfio_user
