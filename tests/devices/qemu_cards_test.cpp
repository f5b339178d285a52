// Cards of QEMU's with peculiarities: run in the test machine, as root, with
//   --device e1000 --device ivshmem-plain --device rtl8139 --device edu,romfile=…/rom_image
#include "openbar/openbar.hpp"
#include "openbar/registers.hpp"

#include "examples/registers/intel_82540em.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace openbar {
namespace {

constexpr std::string_view ethernet = "0000:00:04.0";
constexpr std::string_view shared_memory = "0000:00:05.0";
constexpr std::string_view port_card = "0000:00:06.0";
constexpr std::string_view with_rom = "0000:00:07.0";

Device opened(std::string_view address) {
    auto device = Device::open(address);
    if (!device) throw std::runtime_error(device.error().message());
    return std::move(*device);
}

TEST(Intel82540em, says_that_its_link_is_up_and_what_its_address_is) {
    const Device device = opened(ethernet);
    const auto registers = device.map(0);
    ASSERT_TRUE(registers) << registers.error().message();
    EXPECT_TRUE(registers->read<intel_82540em::Status>().get<intel_82540em::Status::LinkUp>());
    // QEMU's addresses begin with 52:54:00.
    EXPECT_EQ(registers->read<intel_82540em::ReceiveAddressLow>(0).value() & 0xffffff, 0x005452u);
    EXPECT_TRUE(registers->read<intel_82540em::ReceiveAddressHigh>(0)
                    .get<intel_82540em::ReceiveAddressHigh::Valid>());
}

TEST(SharedMemoryCard, has_a_64_bit_prefetchable_region) {
    const auto region = opened(shared_memory).region(2);
    ASSERT_TRUE(region);
    EXPECT_TRUE(region->info().is_64bit);
    EXPECT_TRUE(region->info().prefetchable);
    EXPECT_EQ(region->size(), 1u << 20);
}

TEST(SharedMemoryCard, is_mapped_write_combining_when_asked_to_and_holds_what_is_written) {
    const Device device = opened(shared_memory);
    const auto combining = device.map(2, {.memory_type = MemoryType::write_combining});
    ASSERT_TRUE(combining) << combining.error().message();
    EXPECT_EQ(combining->memory_type(), MemoryType::write_combining);
    for (std::uint64_t offset = 0; offset < 4096; offset += 8)
        combining->store<std::uint64_t>(offset, offset * 0x0101010101010101u);
    const Region region = *device.region(2);
    for (std::uint64_t offset = 0; offset < 4096; offset += 8)
        ASSERT_EQ(region.read<std::uint64_t>(offset), offset * 0x0101010101010101u);
}

TEST(SharedMemoryCard, tells_that_an_earlier_mapping_decided_the_memory_type) {
    const Device device = opened(shared_memory);
    const auto first = device.map(2);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->memory_type(), MemoryType::uncached);
    const auto second = device.map(2, {.memory_type = MemoryType::write_combining});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->memory_type(), MemoryType::uncached) << "asked for, and silently not granted";
}

TEST(ExpansionRom, is_read_as_ones_behind_its_image_and_hidden_again) {
    const Device device = opened(with_rom);
    const auto rom = device.region(rom_region);
    ASSERT_TRUE(rom) << rom.error().message();
    ASSERT_EQ(rom->size(), 4096u);
    const auto signature = rom->read<std::uint16_t>(0);
    ASSERT_TRUE(signature) << signature.error().message();
    EXPECT_EQ(*signature, 0xaa55u);
    EXPECT_EQ(rom->read<std::uint32_t>(0x1c), 0x52494350u) << "PCIR";
    EXPECT_EQ(rom->read<std::uint32_t>(1020), 0u);
    EXPECT_EQ(rom->read<std::uint32_t>(1024), 0xffffffffu);
    EXPECT_EQ(rom->read<std::uint32_t>(4092), 0xffffffffu);

    const int file = ::open("/sys/bus/pci/devices/0000:00:07.0/rom", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(file, 0);
    char byte = 0;
    EXPECT_EQ(::read(file, &byte, 1), -1) << "the kernel shows it to those who switch it on";
    EXPECT_EQ(errno, EINVAL);
    ::close(file);
}

TEST(PortCard, answers_on_its_ports_as_in_its_memory) {
    const Device device = opened(port_card);
    const Region ports = *device.region(0);
    const Region memory = *device.region(1);
    ASSERT_EQ(ports.info().kind, RegionKind::port_io);
    for (std::uint64_t offset = 0; offset < 6; ++offset) {  // IDR0…5: its MAC address
        const auto by_port = ports.read<std::uint8_t>(offset);
        ASSERT_TRUE(by_port) << by_port.error().message();
        EXPECT_EQ(*by_port, memory.read<std::uint8_t>(offset).value());
    }
    EXPECT_EQ(ports.read<std::uint16_t>(0), 0x5452);
}

TEST(PortCard, keeps_what_is_written_to_a_port) {
    const Device device = opened(port_card);
    const Region ports = *device.region(0);
    constexpr std::uint64_t transmit_address = 0x20;  // TSAD0, 32 bits
    ASSERT_TRUE(ports.write<std::uint32_t>(transmit_address, 0x12345678));
    EXPECT_EQ(ports.read<std::uint32_t>(transmit_address), 0x12345678u);
}

TEST(PortCard, refuses_to_map_ports_and_64_bit_accesses_to_them) {
    const Device device = opened(port_card);
    const auto mapping = device.map(0);
    ASSERT_FALSE(mapping);
    EXPECT_EQ(mapping.error().code, ErrorCode::unsupported);
    const auto wide = device.region(0).value().read<std::uint64_t>(0);
    ASSERT_FALSE(wide);
    EXPECT_EQ(wide.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace openbar
