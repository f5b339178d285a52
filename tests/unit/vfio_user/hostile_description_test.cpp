// The client against servers that describe a device which cannot be.
#include "unit/vfio_user/hostile_server.hpp"

#include <sys/mman.h>

#include <vector>

namespace openbar::vfio_user {
namespace {

using namespace testing::hostile;
using testing::bytes_of;
using testing::Peer;

Result<void> describe(Client& client) {
    return drop_value(client.region(0));
}

/// Replies to a question about a region with exactly this.
Error region_error(std::vector<std::byte> payload, std::size_t descriptors = 0) {
    return use_error(
        [&](Peer& peer) {
            const auto request = peer.receive();
            const FileDescriptor file(::memfd_create("test", MFD_CLOEXEC));
            const std::vector<int> sent(descriptors, file.get());
            peer.reply(request, payload, sent);
            peer.receive();
        },
        describe);
}

constexpr std::uint32_t mappable = protocol::region_read | protocol::region_write |
                                   protocol::region_mmap | protocol::region_capabilities;

std::vector<std::byte> sparse_reply(std::uint64_t size, std::vector<protocol::SparseArea> areas,
                                    std::uint32_t announced, std::uint32_t next = 0) {
    auto payload =
        bytes_of(protocol::RegionInfo{.argsz = static_cast<std::uint32_t>(48 + 16 * areas.size()),
                                      .flags = mappable,
                                      .capabilities = 32,
                                      .size = size},
                 protocol::CapabilityHeader{protocol::capability_sparse_mmap, 1, next},
                 protocol::SparseMmap{announced, 0});
    for (const auto& area : areas) {
        const auto bytes = bytes_of(area);
        payload.insert(payload.end(), bytes.begin(), bytes.end());
    }
    return payload;
}

TEST(HostileServer, whose_areas_overlap_breaks_the_protocol) {
    const auto error = region_error(sparse_reply(0x4000, {{0, 0x2000}, {0x1000, 0x1000}}, 2), 1);
    EXPECT_EQ(error.code, ErrorCode::protocol);
    EXPECT_NE(error.cause.find("overlaps"), std::string::npos) << error.cause;
}

TEST(HostileServer, whose_areas_do_not_fit_breaks_the_protocol) {
    for (const protocol::SparseArea area : {protocol::SparseArea{0, 0x5000},
                                            {0x4000, 0x1000},
                                            {~0ULL - 0xfff, 0x1000},
                                            {0x1000, ~0ULL - 0xfff},
                                            {0x800, 0x1000},
                                            {0, 0x800},
                                            {0x1000, 0}}) {
        const auto error = region_error(sparse_reply(0x4000, {area}, 1), 1);
        EXPECT_EQ(error.code, ErrorCode::protocol) << area.offset << " " << area.size;
    }
}

TEST(HostileServer, that_announces_more_areas_than_it_lists_breaks_the_protocol) {
    for (const std::uint32_t announced : {2U, 0x10000000U, 0xffffffffU}) {
        const auto error = region_error(sparse_reply(0x4000, {{0, 0x1000}}, announced), 1);
        EXPECT_EQ(error.code, ErrorCode::protocol) << announced;
    }
}

TEST(HostileServer, whose_capabilities_go_round_in_circles_breaks_the_protocol) {
    for (const std::uint32_t next : {32U, 33U, 8U, 1000U, 0xfffffff0U}) {
        const auto error = region_error(sparse_reply(0x4000, {{0, 0x1000}}, 1, next), 1);
        EXPECT_EQ(error.code, ErrorCode::protocol) << next;
    }
}

TEST(HostileServer, with_a_wrong_number_of_descriptors_breaks_the_protocol) {
    const std::vector<protocol::SparseArea> areas{{0, 0x1000}, {0x2000, 0x1000}};
    EXPECT_EQ(region_error(sparse_reply(0x4000, areas, 2), 3).code, ErrorCode::protocol);
}

TEST(HostileServer, that_describes_another_region_breaks_the_protocol) {
    EXPECT_EQ(region_error(bytes_of(protocol::RegionInfo{.index = 3})).code, ErrorCode::protocol);
    EXPECT_EQ(region_error({}).code, ErrorCode::protocol);
    EXPECT_EQ(region_error(bytes_of(protocol::RegionInfo{.argsz = 1U << 30})).code,
              ErrorCode::protocol);
}

TEST(HostileServer, that_claims_too_many_vectors_breaks_the_protocol) {
    const auto error = use_error(
        [](Peer& peer) {
            peer.reply(peer.receive(), bytes_of(protocol::IrqInfo{.index = 2, .count = 1U << 31}));
            peer.receive();
        },
        [](Client& client) { return drop_value(client.interrupt(InterruptKind::msix)); });
    EXPECT_EQ(error.code, ErrorCode::protocol);
}

}  // namespace
}  // namespace openbar::vfio_user
