// DMA from one card to the memory of another. Run in the test machine, as root, with
//   --iommu --device edu --device ivshmem-plain --bind vfio-pci
#include "openbar/openbar.hpp"

#include "examples/registers/edu_dma.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace openbar {
namespace {

const PinOptions within_reach{.highest_address = edu::DmaEngine::reach};

TEST(PeerToPeer, copies_between_the_memory_of_two_cards) {
    const auto edu = Device::open("vfio:00:04.0").value();
    ASSERT_TRUE(edu.set_bus_master(true));
    const auto shared = Device::open("vfio:00:05.0").value().map(2, {.length = 8192}).value();
    const auto pinned = edu.pin_peer(shared, within_reach);
    ASSERT_TRUE(pinned) << pinned.error().message();
    for (std::uint64_t offset = 0; offset < 8192; offset += 4)
        shared.store<std::uint32_t>(offset, static_cast<std::uint32_t>(offset * 0x9e3779b1u));
    edu::DmaEngine engine(edu.region(edu::bar).value());
    constexpr std::size_t from = 4000;  // over the end of the first page
    constexpr std::size_t size = 256;
    const auto read = engine.read_memory(*pinned, from, size);
    ASSERT_TRUE(read) << read.error().message();
    const auto written = engine.write_memory(*pinned, 0, size);
    ASSERT_TRUE(written) << written.error().message();
    for (std::uint64_t offset = 0; offset < size; offset += 4)
        EXPECT_EQ(shared.load<std::uint32_t>(offset),
                  static_cast<std::uint32_t>((from + offset) * 0x9e3779b1u));
}

TEST(PeerToPeer, keeps_the_other_card_mapped_while_its_memory_is_pinned) {
    const auto edu = Device::open("vfio:00:04.0").value();
    ASSERT_TRUE(edu.set_bus_master(true));
    std::optional<PinnedMemory> pinned;
    {
        const auto shared = Device::open("vfio:00:05.0").value().map(2, {.length = 4096}).value();
        shared.store<std::uint32_t>(0x40, 0x12345678);
        pinned.emplace(edu.pin_peer(shared, within_reach).value());
    }
    EXPECT_EQ(Device::open("vfio:00:05.0").error().code, ErrorCode::busy) << "it is still open";
    edu::DmaEngine engine(edu.region(edu::bar).value());
    ASSERT_TRUE(engine.read_memory(*pinned, 0x40, 4));
    ASSERT_TRUE(engine.write_memory(*pinned, 0x80, 4));
    pinned.reset();
    const auto shared = Device::open("vfio:00:05.0").value().map(2, {.length = 4096}).value();
    EXPECT_EQ(shared.load<std::uint32_t>(0x80), 0x12345678u);
}

}  // namespace
}  // namespace openbar
