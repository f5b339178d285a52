#include "openbar/openbar.hpp"

#include "base/system_calls.hpp"
#include "tests/support/open_descriptors.hpp"
#include "tests/unit/backends/stand_in_sysfs.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace openbar {
namespace {

using ::testing::HasSubstr;

using Sysfs = StandInSysfs;

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(Sysfs, describes_a_function_by_its_files) {
    const auto functions = list_pci_functions();
    ASSERT_TRUE(functions);
    ASSERT_EQ(functions->size(), 1u);
    const PciFunction& function = functions->front();
    EXPECT_EQ(function.address.to_string(), "0000:00:04.0");
    EXPECT_EQ(function.identity.vendor, 0x1234);
    ASSERT_EQ(function.regions.size(), 2u);
    EXPECT_EQ(function.regions[0].size, 0x2000u);
    EXPECT_EQ(function.regions[0].kind, RegionKind::memory);
    EXPECT_EQ(function.regions[0].physical_address, 0xfe000000u);
    EXPECT_EQ(function.regions[1].kind, RegionKind::port_io);
    EXPECT_EQ(function.regions[1].size, 0x100u);
}

TEST_F(Sysfs, says_which_back_end_a_driver_leads_to) {
    const auto backend_of = [] { return backend_for(list_pci_functions().value().front()); };
    EXPECT_EQ(backend_of(), BackendKind::sysfs);
    bind("uio_pci_generic");
    EXPECT_EQ(backend_of(), BackendKind::uio);
    bind("vfio-pci");
    EXPECT_EQ(backend_of(), BackendKind::vfio);
    bind("e1000");
    EXPECT_EQ(backend_of(), std::nullopt);
}

TEST_F(Sysfs, examines_a_device_and_opens_it_last) {
    const auto address = DeviceAddress::parse("pci:1234:11e8").value();
    const auto findings = examine_device(address);
    ASSERT_FALSE(findings.empty());
    EXPECT_EQ(findings.front().subject, "driver");
    EXPECT_EQ(findings.back().subject, "open");
    EXPECT_EQ(findings.back().text, "works, through sysfs");

    bind("e1000");
    EXPECT_EQ(examine_device(address).front().hint,
              "sudo openbar bind 0000:00:04.0 uio_pci_generic");
    const auto absent = examine_device(DeviceAddress::parse("00:09.0").value());
    ASSERT_EQ(absent.size(), 1u);
    EXPECT_EQ(absent.front().severity, Severity::problem);
    EXPECT_EQ(absent.front().text, "there is no such PCI function");
}

TEST_F(Sysfs, stays_open_until_the_last_copy_and_the_last_object_go) {
    const std::size_t descriptors = open_descriptors();
    {
        std::optional<Region> memory;
        {
            std::optional<Device> first = Device::open("00:04.0").value();
            const Device second = *first;  // NOLINT: the copy is what is tested
            first.reset();
            EXPECT_EQ(second.info().address, "0000:00:04.0");
            memory = second.region(0).value();
        }
        EXPECT_TRUE(memory->read<std::uint32_t>(0));
        const auto other = Device::open("00:04.0");
        ASSERT_FALSE(other);
        EXPECT_EQ(other.error().code, ErrorCode::busy);
    }
    EXPECT_EQ(open_descriptors(), descriptors);
    EXPECT_TRUE(Device::open("00:04.0"));
}

TEST_F(Sysfs, reads_and_writes_memory_ports_and_configuration) {
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    const Region memory = *device->region(0);
    ASSERT_TRUE(memory.write<std::uint16_t>(0x10, 0xbeef));
    EXPECT_EQ(*memory.read<std::uint32_t>(0x10), 0x5a5abeefu);
    const Region ports = *device->region(1);
    ASSERT_TRUE(ports.write<std::uint8_t>(3, 0x77));
    EXPECT_EQ(*ports.read<std::uint32_t>(0), 0x773c3c3cu);
    EXPECT_EQ(*device->configuration().value().read(configuration::device_id), 0x11e8u);
}

/// The expansion ROM of a card whose BAR is larger than the image that the kernel shows.
TEST_F(Sysfs, reads_a_rom_as_ones_behind_its_image_and_hides_it_again) {
    std::string resources = content(attribute("resource"));
    for (int none = 2; none < 6; ++none)
        resources += "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
    write_file(attribute("resource"),
               resources + "0x00000000fe010000 0x00000000fe0107ff 0x0000000000046200\n");
    write_file(attribute("rom"), "..the image.");
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device) << device.error().message();
    const auto rom = device->region(rom_region);
    ASSERT_TRUE(rom) << rom.error().message();
    EXPECT_EQ(rom->read<std::uint8_t>(2), 't');
    // Two bytes: the kernel takes a single 0 for "on".
    EXPECT_EQ(content(attribute("rom")), "0\nthe image.");
    std::vector<std::byte> all(16);
    ASSERT_TRUE(rom->read_block(0, all, 4));
    EXPECT_EQ(std::memcmp(all.data() + 2, "the image.", 10), 0);
    EXPECT_EQ(rom->read<std::uint32_t>(12), 0xffffffffu);
    EXPECT_EQ(rom->read<std::uint64_t>(0x7f8), ~std::uint64_t{0});
}

TEST_F(Sysfs, changes_only_the_byte_of_the_command_register_that_it_has_to) {
    std::string config = content(attribute("config"));
    config[5] = 0x04;  // the kernel has masked the interrupt
    write_file(attribute("config"), config);
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device);
    system_calls::set_hook_for_tests([&](std::string_view call) {
        if (call == "pwrite")  // it lets it through between our read and our write
            std::fstream(attribute("config"), std::ios::in | std::ios::out).seekp(5).put('\0');
        return 0;
    });
    const auto done = device->set_bus_master(true);
    system_calls::set_hook_for_tests({});
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(content(attribute("config"))[4], 0x07);
    EXPECT_EQ(content(attribute("config"))[5], 0);
}

TEST_F(Sysfs, tells_a_user_who_may_only_read_the_configuration_space_who_may_write_it) {
    system_calls::set_hook_for_tests([](std::string_view call) {
        static int opened = 0;
        return call == "open" && opened++ == 0 ? EACCES : 0;  // for writing
    });
    const auto device = Device::open("00:04.0");
    system_calls::set_hook_for_tests({});
    ASSERT_TRUE(device) << device.error().message();
    const auto written = device->configuration().value().write(configuration::command, 0);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::permission_denied) << written.error().message();
    EXPECT_FALSE(written.error().hint.empty());
}

TEST_F(Sysfs, switches_decoding_on_while_it_is_open) {
    std::string config = content(attribute("config"));
    config[4] = 0x01;  // ports only
    write_file(attribute("config"), config);
    {
        const auto device = Device::open("00:04.0");
        ASSERT_TRUE(device);
        EXPECT_THAT(content(attribute("enable")), HasSubstr("1"));
    }
    EXPECT_THAT(content(attribute("enable")), HasSubstr("0"));
}

TEST_F(Sysfs, does_not_switch_on_what_firmware_left_decoded) {
    write_file(attribute("power_state"), "unknown\n");
    { ASSERT_TRUE(Device::open("00:04.0")); }
    EXPECT_EQ(content(attribute("enable")), "0\n");
}

TEST_F(Sysfs, has_the_kernel_wake_a_sleeping_device_although_it_is_decoded) {
    write_file(attribute("power_state"), "D3hot\n");
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device);
    EXPECT_THAT(content(attribute("enable")), HasSubstr("1"));
}

TEST_F(Sysfs, leaves_decoding_alone_where_it_was_on) {
    write_file(attribute("enable"), "1\n");
    { ASSERT_TRUE(Device::open("00:04.0")); }
    EXPECT_EQ(content(attribute("enable")), "1\n");
}

TEST_F(Sysfs, writes_nothing_when_a_kernel_driver_owns_the_device) {
    bind("e1000");
    const std::string before = content(attribute("resource0"));
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->region(0).value().write<std::uint32_t>(0, 0).error().code, ErrorCode::busy);
    EXPECT_EQ(device->region(1).value().write<std::uint8_t>(0, 0).error().code, ErrorCode::busy);
    EXPECT_EQ(device->map(0).error().code, ErrorCode::unsupported);
    EXPECT_EQ(content(attribute("resource0")), before);
    EXPECT_EQ(content(attribute("enable")), "0\n");
}

TEST_F(Sysfs, says_that_nothing_is_mapped_of_a_prefetchable_bar_whose_driver_owns_it) {
    write_file(attribute("resource"), "0x00000000fe000000 0x00000000fe001fff 0x0000000000042208\n");
    bind("e1000");
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device);
    ASSERT_TRUE(device->info().regions[0].prefetchable);
    EXPECT_EQ(device->info().capabilities.write_combining.why_not, "no region of it can be mapped");
}

TEST_F(Sysfs, says_that_a_bar_without_an_address_is_disabled) {
    write_file(attribute("resource"), "0x0000000000000000 0x0000000000001fff 0x0000000020040200\n");
    const auto device = Device::open("00:04.0");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->region(0).value().read<std::uint32_t>(0).error().code, ErrorCode::disabled);
    EXPECT_THAT(device->map(0).error().cause, HasSubstr("assigned no address"));
}

TEST_F(Sysfs, survives_a_resource_file_that_makes_no_sense) {
    for (const char* nonsense : {"", "x y z\n", "0x10 0x0 0x200\n", "0xffffffffffffffff\n"}) {
        write_file(attribute("resource"), nonsense);
        const auto function = find_pci_function({.device = 4});
        ASSERT_TRUE(function);
        EXPECT_TRUE(function->regions.empty()) << nonsense;
    }
}

TEST_F(Sysfs, walks_the_capability_list_and_refuses_one_that_runs_in_a_circle) {
    auto device = Device::open("00:04.0");
    ASSERT_TRUE(device);
    const auto sound = device->configuration().value().capabilities();
    ASSERT_TRUE(sound);
    ASSERT_EQ(sound->size(), 1u);
    EXPECT_EQ(sound->front().name, "MSI");
    ASSERT_TRUE(device->region(configuration_region).value().write<std::uint8_t>(0x41, 0x40));
    const auto circle = device->configuration().value().capabilities();
    ASSERT_FALSE(circle);
    EXPECT_EQ(circle.error().code, ErrorCode::protocol);
    EXPECT_THAT(circle.error().cause, HasSubstr("circle"));
}

/// Opens, maps, reads and writes; the first failure, or success.
Result<void> work_the_device() {
    const auto device = Device::open("00:04.0");
    if (!device) return device.error();
    const auto mapping = device->map(0);
    if (!mapping) return mapping.error();
    for (const RegionIndex index : {0u, 1u, configuration_region}) {
        const Region region = *device->region(index);
        const auto value = region.read<std::uint32_t>(8);
        if (!value) return value.error();
        if (auto written = region.write<std::uint32_t>(8, *value); !written) return written;
    }
    return device->set_bus_master(true);
}

TEST_F(Sysfs, gives_everything_back_whichever_system_call_fails) {
    ASSERT_TRUE(work_the_device());
    const std::size_t descriptors_before = open_descriptors();
    const std::size_t mappings_before = mappings();
    std::size_t failures = 0;
    bool reached_the_end = false;
    for (std::size_t fails_at = 0; !reached_the_end; ++fails_at) {
        std::size_t calls = 0;
        std::string failed;
        system_calls::set_hook_for_tests([&](std::string_view call) {
            if (calls++ != fails_at) return 0;
            failed = call;
            return EIO;
        });
        const auto result = work_the_device();
        system_calls::set_hook_for_tests({});
        reached_the_end = failed.empty();
        if (!result) {
            ++failures;
            EXPECT_FALSE(result.error().attempted.empty()) << failed;
            EXPECT_FALSE(result.error().cause.empty()) << failed;
        }
        EXPECT_EQ(open_descriptors(), descriptors_before) << failed << " as call " << fails_at;
        EXPECT_EQ(mappings(), mappings_before) << failed << " as call " << fails_at;
    }
    EXPECT_GT(failures, 8u) << "most calls cannot be done without";
    EXPECT_TRUE(work_the_device()) << "and the next program finds nothing in its way";
}

}  // namespace
}  // namespace openbar
