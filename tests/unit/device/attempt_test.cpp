// What messages say of an operation that failed: once what was attempted, then why.
#include "openbar/openbar.hpp"

#include "base/system_calls.hpp"
#include "tests/unit/backends/stand_in_sysfs.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

namespace openbar {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using Attempt = StandInSysfs;

template <typename T>
std::string message_of(const Result<T>& result) {
    return result ? "it succeeded" : result.error().message();
}

TEST_F(Attempt, to_open_a_function_that_is_not_there) {
    EXPECT_EQ(message_of(Device::open("vfio:00:09.0")),
              "open vfio:0000:00:09.0: there is no such PCI function\n"
              "  hint: openbar list shows all functions");
    EXPECT_EQ(message_of(find_pci_function(PciAddress{.device = 9})),
              "find 0000:00:09.0: there is no such PCI function\n"
              "  hint: openbar list shows all functions");
    EXPECT_EQ(message_of(Device::open("pci:1234:5678")),
              "open pci:1234:5678: no PCI function has these ids\n"
              "  hint: openbar list shows all functions");
}

TEST_F(Attempt, to_open_by_ids_says_which_function_was_found) {
    EXPECT_THAT(message_of(Device::open("uio:pci:1234:11e8")),
                StartsWith("open uio:pci:1234:11e8: 0000:00:04.0: no UIO driver is bound to it"));
}

TEST_F(Attempt, to_access_a_region_names_the_bytes) {
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    const auto region = device->region(0);
    ASSERT_TRUE(region);
    EXPECT_EQ(message_of(region->read<std::uint32_t>(0x2000)),
              "read 4 bytes at 0x2000 of bar0 of 0000:00:04.0: "
              "the bytes do not lie within its size of 0x2000\n"
              "  hint: keep to offsets below 0x2000");
    EXPECT_EQ(message_of(region->write<std::uint16_t>(3, 0)),
              "write 2 bytes at 0x3 of bar0 of 0000:00:04.0: "
              "offset 0x3 is not a multiple of the width, 2\n"
              "  hint: use offset 0x2, or a smaller width");
    EXPECT_EQ(message_of(device->region(3)),
              "find bar3 of 0000:00:04.0: the device has no such region\n"
              "  hint: it has bar0, bar1, config");
}

TEST_F(Attempt, to_read_a_block_says_where_it_stopped) {
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    const auto ports = device->region(1);
    ASSERT_TRUE(ports);
    system_calls::set_hook_for_tests([calls = 0](std::string_view call) mutable {
        return call == "pread" && ++calls == 3 ? EIO : 0;
    });
    std::array<std::byte, 16> block{};
    const auto read = ports->read_block(0x10, block, 4);
    system_calls::set_hook_for_tests({});
    EXPECT_EQ(message_of(read),
              "read 16 bytes at 0x10 of bar1 of 0000:00:04.0: at 0x18: Input/output error");
}

TEST_F(Attempt, to_map_names_the_part) {
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    EXPECT_THAT(message_of(device->map(1)),
                StartsWith("map bar1 of 0000:00:04.0: port I/O has no memory to map"));
    EXPECT_THAT(message_of(device->map(0, {.offset = 0x4000})),
                StartsWith("map bar0 of 0000:00:04.0 from 0x4000 on: the bytes do not"));
    EXPECT_THAT(message_of(device->map(0, {.offset = 0x1000, .length = 0x2000})),
                StartsWith("map 0x2000 bytes at 0x1000 of bar0 of 0000:00:04.0: the bytes"));
}

TEST_F(Attempt, through_a_server_is_named_once) {
    const auto card = Device::open("sim:edu");
    ASSERT_TRUE(card) << card.error().message();
    const auto region = card->region(0);
    ASSERT_TRUE(region);
    EXPECT_THAT(message_of(region->read_width(0x81, 2)),
                StartsWith("read 2 bytes at 0x81 of bar0 of sim:edu: offset 0x81 is not a "));
    auto vector = card->vector(0);
    ASSERT_TRUE(vector) << vector.error().message();
    EXPECT_EQ(message_of(card->vector(0)),
              "enable msi vector 0 of sim:edu: this program has it already\n"
              "  hint: let go of the other Interrupt first");
    EXPECT_THAT(message_of(vector->wait(std::chrono::milliseconds(1))),
                StartsWith("wait for msi vector 0 of sim:edu: it did not fire within 1 ms\n"));
    EXPECT_THAT(message_of(card->allocate_dma(0)),
                StartsWith("allocate 0x0 bytes of DMA memory for sim:edu: its size is 0 bytes"));
    EXPECT_THAT(message_of(Device::open("vfio-user:/no/such/socket")),
                StartsWith("open vfio-user:/no/such/socket: No such file or directory\n  hint: "));
}

}  // namespace
}  // namespace openbar
