// openbar inf: the INF for somebody's device.
#include "cli/inf/installation.hpp"
#include "tests/unit/cli/plain_image.hpp"
#include "tests/unit/cli/run_openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace openbar::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A folder of the test's own, and the command with the options that each test has in common.
class Inf : public ::testing::Test {
protected:
    ~Inf() override { std::filesystem::remove_all(folder_); }

    Ran run(std::vector<std::string> more) const {
        std::vector<std::string> words{"inf", "--output", folder_.string()};
        words.insert(words.end(), more.begin(), more.end());
        return run_openbar(words);
    }
    Ran run_for_edu(std::vector<std::string> more) const {
        more.insert(more.begin(), {"--vendor", "1234", "--device", "11e8"});
        return run(std::move(more));
    }
    std::string content(const std::string& name = "openbar_ven_1234_dev_11e8.inf") const {
        std::ifstream file(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::size_t files() const {
        if (!std::filesystem::exists(folder_)) return 0;
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                      std::filesystem::directory_iterator{}));
    }

    std::string built() const { return (folder_ / "built").string(); }
    void build_drivers(const std::string& name) const {
        for (const char* processor : {"x64", "x86"}) {
            std::filesystem::create_directories(folder_ / "built" / processor);
            std::ofstream(folder_ / "built" / processor / (name + ".sys"), std::ios::binary)
                << test::PlainImage(std::string_view(processor) == "x64").bytes;
        }
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() /
        ("openbar-inf-" + std::to_string(::getpid()) + "-" +
         ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Inf, is_for_cards_of_the_ids_given_and_for_no_others) {
    const Ran ran = run_for_edu({"--name", "My card", "--driver-date", "2026-11-21"});
    ASSERT_EQ(ran.code, 0) << ran.diagnostics;
    const std::string inf = content();
    EXPECT_THAT(inf, HasSubstr("%DeviceName% = Install,PCI\\VEN_1234&DEV_11E8\r\n"));
    EXPECT_THAT(inf, HasSubstr("DeviceName  = \"My card\"\r\n"));
    EXPECT_THAT(inf, HasSubstr("DriverVer   = 11/21/2026,0.2.0.0\r\n"));
    EXPECT_THAT(inf, HasSubstr("CatalogFile = openbar_ven_1234_dev_11e8.cat\r\n"));
    EXPECT_THAT(inf, Not(HasSubstr("@"))) << "a field was left out";
    EXPECT_EQ(ran.out, (folder_ / "openbar_ven_1234_dev_11e8.inf").string() + "\n");
}

TEST_F(Inf, names_the_subsystem_as_windows_does_with_the_vendor_last) {
    ASSERT_EQ(run_for_edu({"--name", "x", "--subsystem", "1af4:1100"}).code, 0);
    EXPECT_THAT(content("openbar_ven_1234_dev_11e8_subsys_11001af4.inf"),
                HasSubstr("PCI\\VEN_1234&DEV_11E8&SUBSYS_11001AF4\r\n"));
}

TEST_F(Inf, keeps_the_card_off_the_bus_unless_it_is_told_otherwise) {
    ASSERT_EQ(run_for_edu({"--name", "x"}).code, 0);
    EXPECT_THAT(content(), HasSubstr("DmaPolicy,0x00010001,0\r\n"));
    EXPECT_THAT(content(), HasSubstr("MSISupported,0x00010001,0\r\n"));
    ASSERT_EQ(run_for_edu({"--name", "x", "--msi", "4", "--force"}).code, 0);
    EXPECT_THAT(content(), HasSubstr("DmaPolicy,0x00010001,1\r\n"));
    EXPECT_THAT(content(), HasSubstr("MessageNumberLimit,0x00010001,4\r\n"));
    ASSERT_EQ(run_for_edu({"--name", "x", "--dma", "on", "--force"}).code, 0);
    EXPECT_THAT(content(), HasSubstr("DmaPolicy,0x00010001,2\r\n"));
    EXPECT_THAT(content(), HasSubstr("DmaAddressBits,0x00010001,32\r\n"));
    ASSERT_EQ(run_for_edu({"--name", "x", "--dma", "on", "--dma-bits", "64", "--force"}).code, 0);
    EXPECT_THAT(content(), HasSubstr("DmaAddressBits,0x00010001,64\r\n"));
}

TEST_F(Inf, of_a_board_has_its_ranges_by_their_first_and_last_byte) {
    const Ran ran = run({"--fixed", "--hardware-id", "root\\relays", "--name", "Relays", "--ports",
                         "0x378:8,0x778:4", "--memory", "0xd0000:16k"});
    ASSERT_EQ(ran.code, 0) << ran.diagnostics;
    const std::string inf = content("openbar_fixed_relays.inf");
    EXPECT_THAT(inf, HasSubstr("IOConfig  = 378-37f\r\nIOConfig  = 778-77b\r\n"
                               "MemConfig = d0000-d3fff\r\n"));
    EXPECT_THAT(inf, HasSubstr("= Install,root\\relays\r\n"));
    EXPECT_THAT(inf, HasSubstr("openbar_fixed_relays.sys"));
}

TEST_F(Inf, is_utf_16_where_a_name_is_more_than_ascii) {
    ASSERT_EQ(run_for_edu({"--name", "Meßkarte \xf0\x9f\x82\xa1"}).code, 0);
    const std::string inf = content();
    ASSERT_EQ(inf.substr(0, 2), "\xff\xfe");
    // "ß", and the playing card by two surrogates.
    EXPECT_THAT(inf, HasSubstr(std::string("e\0\xdf\0k\0", 6)));
    EXPECT_THAT(inf, HasSubstr(std::string("\x3c\xd8\xa1\xdc", 4)));
    EXPECT_EQ(inf.size() % 2, 0u);
}

TEST_F(Inf, takes_no_name_that_would_mean_something_else_in_it) {
    for (const std::string name :
         {"a\"b", "a\nHKR,,Security,,x", "a\tb", "\xff", "\xc0\xaf", "\xed\xa0\x80"}) {
        const Ran ran = run_for_edu({"--name", name});
        EXPECT_EQ(ran.code, 1) << name;
        EXPECT_THAT(ran.diagnostics, HasSubstr("name")) << name;
    }
    EXPECT_EQ(run_for_edu({"--name", std::string(201, 'x')}).code, 1);
    EXPECT_EQ(run({"--name", "x", "--hardware-id", "root\\a,b"}).code, 1);
    EXPECT_EQ(run({"--name", "x", "--hardware-id", "root\\a b"}).code, 1);
    EXPECT_EQ(files(), 0u) << "something was written all the same";
}

TEST_F(Inf, doubles_the_percent_signs_of_a_name) {
    ASSERT_EQ(run_for_edu({"--name", "100% mine, %Provider%"}).code, 0);
    EXPECT_THAT(content(), HasSubstr("DeviceName  = \"100%% mine, %%Provider%%\"\r\n"));
}

TEST_F(Inf, is_for_one_kind_of_card_and_for_no_wildcard_class_or_vendor) {
    for (const char* id :
         {"*", "*PNP0501", "PCI", "PCI\\*", "PCI\\VEN_1234", "PCI\\VEN_1234&CC_020000",
          "PCI\\CC_0200", "PCI\\VEN_1234&DEV_11E", "PCI\\VEN_1234&DEV_11E8&SUBSYS_1",
          "PCI\\VEN_1234&DEV_11E8&", "PCI\\VEN_12G4&DEV_11E8", "PCI\\VEN_1234&DEV_*", "root",
          "root\\", "root\\*", "root\\a\\b", "ACPI\\PNP0501", "USB\\VID_1234&PID_0001"}) {
        const Ran ran = run({"--name", "x", "--hardware-id", id});
        EXPECT_EQ(ran.code, 1) << id;
        EXPECT_THAT(ran.diagnostics, HasSubstr("hint: write it as")) << id;
    }
    EXPECT_EQ(run({"--name", "x", "--fixed", "--ports", "0x378:1", "--hardware-id",
                   "PCI\\VEN_1234&DEV_11E8"})
                  .code,
              1);
    EXPECT_EQ(files(), 0u);
    for (const char* id :
         {"PCI\\VEN_1234&DEV_11E8", "pci\\ven_1234&dev_11e8&rev_10",
          "PCI\\VEN_1234&DEV_11E8&SUBSYS_11001AF4&REV_10", "PCI\\VEN_1234&DEV_11E8&CC_00FF00",
          "PCI\\VEN_1234&DEV_11E8&CC_00FF", "root\\my_card-2.1"})
        EXPECT_EQ(run({"--name", "x", "--hardware-id", id}).code, 0) << id;
}

TEST_F(Inf, asks_for_as_many_messages_as_windows_assigns) {
    const auto code_of = [&](const char* option, const char* count) {
        return run_for_edu({"--name", "x", "--force", option, count}).code;
    };
    for (const char* count : {"1", "2", "4", "8", "16"}) EXPECT_EQ(code_of("--msi", count), 0);
    for (const char* count : {"3", "5", "32", "33", "2048"}) EXPECT_EQ(code_of("--msi", count), 2);
    for (const char* count : {"1", "3", "33", "2048"}) EXPECT_EQ(code_of("--msix", count), 0);
    for (const char* count : {"0", "2049"}) EXPECT_EQ(code_of("--msix", count), 2);
    EXPECT_EQ(run_for_edu({"--name", "x", "--msi", "1", "--msix", "1"}).code, 2);
    ASSERT_EQ(code_of("--msix", "33"), 0);
    EXPECT_THAT(content(), HasSubstr("MessageNumberLimit,0x00010001,33\r\n"));
    EXPECT_THAT(content(), HasSubstr("DmaPolicy,0x00010001,1\r\n"));
}

TEST_F(Inf, does_not_bring_a_field_into_another_one) {
    ASSERT_EQ(run_for_edu({"--name", "@HARDWARE_ID@"}).code, 0);
    EXPECT_THAT(content(), HasSubstr("DeviceName  = \"@HARDWARE_ID@\"\r\n"));
}

TEST_F(Inf, overwrites_nothing_unless_it_is_told_to) {
    ASSERT_EQ(run_for_edu({"--name", "first"}).code, 0);
    const Ran ran = run_for_edu({"--name", "second"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("--force"));
    EXPECT_THAT(content(), HasSubstr("\"first\""));
}

TEST_F(Inf, is_not_written_where_the_drivers_are_missing) {
    const Ran ran = run_for_edu({"--name", "x", "--drivers", (folder_ / "none").string()});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("openbar.sys"));
    EXPECT_THAT(content(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(folder_)) << "an empty folder was left behind";
}

TEST_F(Inf, leaves_nothing_of_its_own_where_one_driver_is_missing) {
    std::filesystem::create_directories(folder_ / "built" / "x64");
    std::ofstream(folder_ / "built" / "x64" / "openbar.sys") << "x64";
    const Ran ran =
        run_openbar({"inf", "--output", (folder_ / "a" / "b").string(), "--vendor", "1234",
                     "--device", "11e8", "--name", "x", "--drivers", (folder_ / "built").string()});
    EXPECT_EQ(ran.code, 1);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "a"));
    EXPECT_EQ(files(), 1u);
}

TEST_F(Inf, brings_the_drivers_along) {
    build_drivers("openbar");
    const Ran ran = run_for_edu({"--name", "x", "--json", "--drivers", built()});
    ASSERT_EQ(ran.code, 0) << ran.diagnostics;
    for (const std::string processor : {"x64", "x86"}) {
        const openbar_permit permit =
            test::permit_in(content(processor + "/openbar_ven_1234_dev_11e8.sys"));
        EXPECT_EQ(permit.function_count, 1u);
        EXPECT_EQ(permit.functions[0].vendor, 0x1234);
        EXPECT_EQ(permit.functions[0].device, 0x11e8);
        EXPECT_EQ(permit.flags, 0u) << "DMA without an IOMMU";
        EXPECT_EQ(permit.range_count, 0u);
    }
    EXPECT_EQ(nlohmann::json::parse(ran.out)["hardware_id"], "PCI\\VEN_1234&DEV_11E8");
}

TEST_F(Inf, lets_the_driver_drive_more_only_where_that_is_asked_for) {
    build_drivers("openbar");
    ASSERT_EQ(run({"--hardware-id", "root\\x", "--permit", "1234:11e8,8086:100e",
                   "--allow-dma-without-iommu", "--name", "x", "--drivers", built()})
                  .code,
              0);
    const openbar_permit permit = test::permit_in(content("x64/openbar_x.sys"));
    EXPECT_EQ(permit.function_count, 2u);
    EXPECT_EQ(permit.functions[1].vendor, 0x8086);
    EXPECT_EQ(permit.flags, std::uint32_t{OPENBAR_PERMIT_DMA_WITHOUT_IOMMU});
    EXPECT_EQ(
        run({"--hardware-id", "root\\x", "--name", "x", "--drivers", built(), "--force"}).code, 2)
        << "for which functions?";
}

TEST_F(Inf, of_a_board_brings_a_driver_for_its_ranges) {
    build_drivers("openbar_fixed");
    ASSERT_EQ(run({"--fixed", "--hardware-id", "root\\relays", "--name", "Relays", "--ports",
                   "0x378:8", "--memory", "0xd0000:16k", "--drivers", built()})
                  .code,
              0);
    const openbar_permit permit = test::permit_in(content("x86/openbar_fixed_relays.sys"));
    EXPECT_EQ(permit.function_count, 0u);
    EXPECT_EQ(permit.range_count, 2u);
    EXPECT_EQ(permit.ranges[1].kind, std::uint32_t{OPENBAR_PERMITTED_MEMORY});
    EXPECT_EQ(permit.ranges[1].first, 0xd0000u);
    EXPECT_EQ(permit.ranges[1].last, 0xd3fffu);
}

TEST_F(Inf, warns_that_the_bus_needs_an_iommu) {
    EXPECT_THAT(run_for_edu({"--name", "x", "--msi", "1"}).diagnostics, HasSubstr("IOMMU"));
    EXPECT_THAT(run_for_edu({"--name", "x", "--force"}).diagnostics, Not(HasSubstr("IOMMU")));
    EXPECT_THAT(run_for_edu({"--name", "x", "--msi", "1", "--allow-dma-without-iommu", "--force"})
                    .diagnostics,
                Not(HasSubstr("IOMMU")));
}

TEST_F(Inf, gives_each_package_files_and_a_service_of_its_own) {
    ASSERT_EQ(run_for_edu({"--name", "x"}).code, 0);
    const std::string inf = content();
    EXPECT_THAT(inf, HasSubstr("ServiceBinary = %12%\\openbar_ven_1234_dev_11e8.sys\r\n"));
    EXPECT_THAT(inf, HasSubstr("ServiceBinary = %13%\\openbar_ven_1234_dev_11e8.sys\r\n"));
    EXPECT_THAT(inf, HasSubstr("AddService = openbar_ven_1234_dev_11e8,0x00000002,Service\r\n"));
    EXPECT_THAT(inf, Not(HasSubstr("openbar.sys")));
}

TEST_F(Inf, options_that_do_not_go_together_are_wrong_usage) {
    using Words = std::vector<std::string>;
    for (const Words& words : {
             Words{"--name", "x"},
             Words{"--name", "x", "--vendor", "1234"},
             Words{"--name", "x", "--vendor", "12345", "--device", "1"},
             Words{"--name", "x", "--vendor", "xyz", "--device", "1"},
             Words{"--vendor", "1234", "--device", "11e8"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--msi", "2049"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--msi", "1", "--dma",
                   "off"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--dma", "maybe"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--ports", "1:1"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--subsystem", "1af4"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--hardware-id", "root\\x"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--driver-date",
                   "2026-02-30"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--driver-version", "1.2.3"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--dma-bits", "48"},
             Words{"--name", "x", "--fixed", "--ports", "0x378:8"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--ports", "0xffff:2"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--ports", "0x378:0"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--memory", "0x100"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--memory",
                   "0xffffffff:2"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--ports", "0x378:1",
                   "--permit", "1234:11e8"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--ports", "0x378:1",
                   "--allow-dma-without-iommu"},
             Words{"--name", "x", "--vendor", "1234", "--device", "1", "--permit", "1234"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--ports", "0x60:5"},
             Words{"--name", "x", "--fixed", "--hardware-id", "root\\x", "--memory",
                   "0xfee00000:4096"},
             Words{"--name", "x", "--fixed", "--vendor", "1", "--device", "2", "--ports", "1:1"},
         }) {
        const Ran ran = run(words);
        EXPECT_EQ(ran.code, 2) << ::testing::PrintToString(words) << ran.diagnostics;
    }
    EXPECT_EQ(files(), 0u);
}

}  // namespace
}  // namespace openbar::cli
