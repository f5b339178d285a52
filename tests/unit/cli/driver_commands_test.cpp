// bind, unbind and doctor: which driver has a card, and whether that is the right one.
#include "tests/unit/cli/one_card.hpp"
#include "tests/unit/cli/run_openbar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace openbar::cli {
namespace {

using nlohmann::json;
using test::card;
using ::testing::HasSubstr;

class DriverCommands : public test::OneCard {};

TEST_F(DriverCommands, bind_prints_its_steps_and_does_none_in_a_dry_run) {
    system_.add_driver("uio_pci_generic");

    const Ran ran = run_openbar({"bind", "pci:1234:11e8", "uio_pci_generic", "--dry-run"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_EQ(ran.out, "echo uio_pci_generic > " + card +
                           "/driver_override\n"
                           "echo 0000:00:04.0 > /sys/bus/pci/drivers/uio_pci_generic/bind\n");
    EXPECT_EQ(system_.read(card + "/driver_override"), "(null)\n");
    const json change =
        json::parse(run_openbar({"bind", "00:04.0", "uio_pci_generic", "--dry-run", "--json"}).out);
    EXPECT_EQ(change["carried_out"], false);
    EXPECT_EQ(change["steps"].size(), 2u);
}

TEST_F(DriverCommands, bind_leaves_the_reservation_as_it_was_where_the_driver_does_not_take_it) {
    system_.add_driver("uio_pci_generic");  // nothing behind it: it binds nothing

    const Ran ran = run_openbar({"bind", "00:04.0", "uio_pci_generic"});

    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.diagnostics, HasSubstr("the driver is none; everything is as it was before"));
    EXPECT_EQ(system_.read(card + "/driver_override").front(), '\n');
}

TEST_F(DriverCommands, doctor_finds_nothing_wrong_with_a_device_that_opening_wakes) {
    system_.write(card + "/power_state", "D3hot\n");

    const Ran ran = run_openbar({"doctor", "00:04.0"});

    EXPECT_EQ(ran.code, 0) << ran.out;
    EXPECT_THAT(ran.out,
                HasSubstr("ok       power: the function is asleep (D3hot); openbar wakes it"));
}

TEST_F(DriverCommands, doctor_judges_a_group_by_the_drivers_of_the_functions_in_it) {
    system_.add_function({.address = "0000:00:05.0", .driver = "vfio-pci", .iommu_group = 3});
    system_.add_function({.address = "0000:00:06.0", .driver = "pci-stub", .iommu_group = 3});
    system_.add_function(
        {.address = "0000:00:07.0", .driver = "hisi-acc-vfio-pci", .iommu_group = 3});

    EXPECT_THAT(run_openbar({"doctor", "00:05.0"}).out, HasSubstr("IOMMU group 3: viable"));

    system_.add_function({.address = "0000:00:08.0", .driver = "e1000", .iommu_group = 3});
    const Ran ran = run_openbar({"doctor", "00:05.0"});
    EXPECT_THAT(ran.out, HasSubstr("IOMMU group 3: not viable: 0000:00:08.0 is bound to e1000"));
    EXPECT_THAT(ran.out, HasSubstr("hint: sudo openbar unbind 0000:00:08.0"));
}

TEST_F(DriverCommands, doctor_names_vfios_mode_without_an_iommu) {
    EXPECT_THAT(run_openbar({"doctor"}).out, HasSubstr("ok       VFIO without IOMMU: off"));
    system_.write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");
    system_.write("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n");
    system_.add_function({.address = "0000:00:05.0", .driver = "vfio-pci"});
    system_.link("/sys/bus/pci/devices/0000:00:05.0/iommu_group",
                 system_.path("/sys/kernel/iommu_groups/0").string());

    const Ran ran = run_openbar({"doctor", "00:05.0"});

    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.out, HasSubstr("note     VFIO without IOMMU: on (enable_unsafe_noiommu_mode)"));
    EXPECT_THAT(ran.out, HasSubstr("problem  IOMMU group 0: VFIO created it without an IOMMU"));
    EXPECT_THAT(ran.out, HasSubstr("hint: sudo openbar bind 0000:00:05.0 uio_pci_generic"));
    EXPECT_THAT(ran.out, HasSubstr("IOMMU: the firmware shows none"));
}

TEST_F(DriverCommands, unbind_takes_a_device_away_from_its_driver) {
    system_.add_function({.address = "0000:00:05.0", .driver = "e1000"});

    const Ran ran = run_openbar({"unbind", "00:05.0"});

    EXPECT_EQ(ran.code, 0) << ran.diagnostics;
    EXPECT_EQ(system_.read("/sys/bus/pci/drivers/e1000/unbind"), "0000:00:05.0");
}

TEST_F(DriverCommands, doctor_fails_only_where_something_stands_in_the_way_of_the_device) {
    system_.add_function({.address = "0000:00:05.0", .driver = "e1000"});

    EXPECT_EQ(run_openbar({"doctor"}).code, 0);
    const Ran free = run_openbar({"doctor", "00:04.0"});
    EXPECT_EQ(free.code, 0) << free.out;
    EXPECT_THAT(free.out, HasSubstr("works, through sysfs"));
    const Ran owned = run_openbar({"doctor", "00:05.0", "--json"});
    EXPECT_EQ(owned.code, 1);
    const json findings = json::parse(owned.out)["device"]["findings"];
    EXPECT_EQ(findings[0]["severity"], "problem");
    EXPECT_EQ(findings[0]["hint"], "sudo openbar bind 0000:00:05.0 uio_pci_generic");
    EXPECT_EQ(run_openbar({"doctor", "00:1f.0"}).code, 1);
}

}  // namespace
}  // namespace openbar::cli
