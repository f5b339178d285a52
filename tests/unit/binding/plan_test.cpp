#include "openbar/binding.hpp"
#include "openbar/device.hpp"

#include "base/system_calls.hpp"
#include "tests/unit/support/stand_in_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace openbar {
namespace {

using test::StandInSystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const PciAddress card{0, 0, 4, 0};
const std::string card_directory = "/sys/bus/pci/devices/0000:00:04.0";

/// Makes one kind of system call fail.
struct KernelFailsWith {
    KernelFailsWith(std::string_view failing, int error) {
        system_calls::set_hook_for_tests(
            [=](std::string_view call) { return call == failing ? error : 0; });
    }
    ~KernelFailsWith() { system_calls::set_hook_for_tests({}); }
    KernelFailsWith(const KernelFailsWith&) = delete;
    KernelFailsWith& operator=(const KernelFailsWith&) = delete;
};

std::vector<std::string> commands(const std::vector<BindingStep>& steps) {
    std::vector<std::string> text;
    for (const BindingStep& step : steps) text.push_back(step.command());
    return text;
}

TEST(BindingPlan, unbinds_reserves_and_binds) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "e1000", .iommu_group = 3});
    system.add_driver("vfio-pci");

    const auto change = plan_bind(card, "vfio-pci");

    ASSERT_TRUE(change) << change.error().message();
    EXPECT_THAT(commands(change->steps),
                ElementsAre("echo 0000:00:04.0 > /sys/bus/pci/drivers/e1000/unbind",
                            "echo vfio-pci > " + card_directory + "/driver_override",
                            "echo 0000:00:04.0 > /sys/bus/pci/drivers/vfio-pci/bind"));
    EXPECT_THAT(commands(change->undo),
                ElementsAre("echo 0000:00:04.0 > /sys/bus/pci/drivers/e1000/bind",
                            "echo > " + card_directory + "/driver_override",
                            "echo 0000:00:04.0 > /sys/bus/pci/drivers/vfio-pci/unbind"));
    EXPECT_THAT(change->warnings, IsEmpty());
}

TEST(BindingPlan, has_no_steps_where_the_driver_is_bound_already) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "uio_pci_generic"});

    const auto change = plan_bind(card, "uio_pci_generic");

    ASSERT_TRUE(change);
    EXPECT_THAT(change->steps, IsEmpty());
}

/// A program that has /dev/uio2, the card's, open.
void let_a_program_have_the_card_open(const StandInSystem& system) {
    system.write(card_directory + "/uio/uio2/uevent", "DEVNAME=uio2\n");
    system.write("/proc/101/comm", "holder\n");
    system.link("/proc/101/fd/5", system.path("/dev/uio2").string());
}

TEST(BindingPlan, without_steps_is_carried_out_also_while_the_device_is_in_use) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "uio_pci_generic"});
    let_a_program_have_the_card_open(system);

    const auto change = plan_bind(card, "uio_pci_generic");

    ASSERT_TRUE(change) << change.error().message();
    const auto done = carry_out(*change);
    EXPECT_TRUE(done) << done.error().message();
}

TEST(BindingPlan, points_to_the_kernels_log_where_the_kernel_does_not_say_why_it_fails) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "uio_pci_generic"});
    const auto change = plan_unbind(card);
    ASSERT_TRUE(change) << change.error().message();
    const KernelFailsWith hook("pwrite", EBUSY);

    const auto done = carry_out(*change);

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, ErrorCode::busy);
    EXPECT_THAT(done.error().hint, HasSubstr("sudo dmesg | tail"));
}

TEST(BindingPlan, refuses_a_name_that_is_longer_than_files_have) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0"});

    EXPECT_EQ(plan_bind(card, std::string(300, 'x')).error().code, ErrorCode::not_found);
}

TEST(BindingPlan, of_unbinding_has_no_steps_where_there_is_nothing_to_end) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0"});
    let_a_program_have_the_card_open(system);

    const auto change = plan_unbind(card);

    ASSERT_TRUE(change) << change.error().message();
    EXPECT_THAT(change->steps, IsEmpty());
}

TEST(BindingPlan, names_the_device_where_it_has_come_into_use_since_it_was_made) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "uio_pci_generic"});
    const auto change = plan_unbind(card);
    ASSERT_TRUE(change) << change.error().message();
    let_a_program_have_the_card_open(system);

    const auto done = carry_out(*change);

    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().attempted, "unbind 0000:00:04.0");
}

TEST(BindingPlan, of_unbinding_ends_the_reservation) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "vfio-pci", .iommu_group = 3});
    system.write(card_directory + "/driver_override", "vfio-pci\n");

    const auto change = plan_unbind(card, AfterUnbind::let_kernel_choose);

    ASSERT_TRUE(change) << change.error().message();
    EXPECT_THAT(commands(change->steps),
                ElementsAre("echo 0000:00:04.0 > /sys/bus/pci/drivers/vfio-pci/unbind",
                            "echo > " + card_directory + "/driver_override",
                            "echo 0000:00:04.0 > /sys/bus/pci/drivers_probe"));
}

TEST(BindingPlan, names_the_right_driver_for_a_similar_name) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0"});

    const auto change = plan_bind(card, "vfio");

    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().code, ErrorCode::not_found);
    EXPECT_THAT(change.error().hint, HasSubstr("modprobe vfio-pci"));
}

TEST(BindingPlan, refuses_names_that_leave_the_folder_of_drivers) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0"});

    for (const char* name : {"", ".", "..", "../devices"})
        EXPECT_EQ(plan_bind(card, name).error().code, ErrorCode::not_found) << name;
}

TEST(BindingPlan, refuses_vfio_without_an_iommu) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0"});
    system.add_driver("vfio-pci");

    const auto change = plan_bind(card, "vfio-pci");

    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().code, ErrorCode::unsupported);
    EXPECT_THAT(change.error().hint, HasSubstr("uio_pci_generic"));
}

TEST(BindingPlan, refuses_vfio_also_where_the_kernel_would_do_without_an_iommu) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0"});
    system.add_driver("vfio-pci");
    system.write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n");

    const auto change = plan_bind(card, "vfio-pci");

    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().code, ErrorCode::unsupported);
    EXPECT_THAT(change.error().cause, HasSubstr("enable_unsafe_noiommu_mode"));
    EXPECT_THAT(change.error().hint, HasSubstr("bind 0000:00:04.0 uio_pci_generic"));
}

TEST(BindingPlan, does_not_call_a_function_that_vfio_has_without_an_iommu_as_wanted) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "vfio-pci"});
    system.write("/sys/kernel/iommu_groups/0/name", "vfio-noiommu\n");
    system.link(card_directory + "/iommu_group",
                system.path("/sys/kernel/iommu_groups/0").string());

    const auto change = plan_bind(card, "vfio-pci");
    const auto device = Device::open("00:04.0");

    ASSERT_FALSE(change);
    EXPECT_THAT(change.error().cause, HasSubstr("enable_unsafe_noiommu_mode"));
    ASSERT_FALSE(device) << "nor is it opened";
    EXPECT_EQ(device.error().code, ErrorCode::unsupported);
    EXPECT_THAT(device.error().cause, HasSubstr("enable_unsafe_noiommu_mode"));
}

TEST(BindingPlan, refuses_a_function_that_is_not_there) {
    StandInSystem system;

    EXPECT_EQ(plan_bind(card, "vfio-pci").error().code, ErrorCode::not_found);
    EXPECT_EQ(plan_unbind(card).error().code, ErrorCode::not_found);
}

TEST(BindingPlan, warns_of_functions_that_keep_the_group_from_being_viable) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .iommu_group = 3});
    system.add_function({.address = "0000:00:05.0", .driver = "rtl8139", .iommu_group = 3});
    system.add_driver("vfio-pci");

    const auto change = plan_bind(card, "vfio-pci");

    ASSERT_TRUE(change) << change.error().message();
    EXPECT_THAT(change->warnings, ElementsAre(HasSubstr("0000:00:05.0 (rtl8139)")));
}

TEST(BindingPlan, takes_a_group_for_viable_beside_drivers_that_leave_dma_to_vfio) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .iommu_group = 3});
    system.add_function({.address = "0000:00:05.0", .driver = "pci-stub", .iommu_group = 3});
    system.add_function({.address = "0000:00:06.0", .driver = "mlx5_vfio_pci", .iommu_group = 3});
    system.add_function({.address = "0000:00:07.0", .driver = "xe-vfio-pci", .iommu_group = 3});
    system.add_function({.address = "0000:00:08.0", .driver = "pcieport", .iommu_group = 3});
    system.add_driver("vfio-pci");

    const auto change = plan_bind(card, "vfio-pci");

    ASSERT_TRUE(change) << change.error().message();
    EXPECT_THAT(change->warnings, IsEmpty());
}

TEST(DeviceUses, are_none_of_an_idle_device) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "e1000"});
    system.write(card_directory + "/net/eth0/flags", "0x1002\n");
    system.link(card_directory + "/net/eth0/subsystem", "/sys/class/net");

    EXPECT_THAT(uses_of(card), IsEmpty());
}

TEST(DeviceUses, tell_a_network_interface_that_is_up) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "e1000"});
    system.write(card_directory + "/net/eth0/flags", "0x1003\n");
    system.link(card_directory + "/net/eth0/subsystem", "/sys/class/net");

    EXPECT_THAT(uses_of(card),
                ElementsAre(Field(&DeviceUse::what, "the network interface eth0 is up")));
    EXPECT_EQ(plan_unbind(card).error().code, ErrorCode::busy);
}

TEST(DeviceUses, tell_a_mounted_partition_far_below_the_device) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "ahci"});
    const std::string partition = card_directory + "/ata1/host0/block/sda/sda1";
    system.write(partition + "/uevent", "MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n");
    system.write(partition + "/dev", "8:1\n");
    system.link(partition + "/subsystem", "/sys/class/block");
    system.write("/proc/self/mountinfo",
                 "22 1 0:21 / /sys rw - sysfs sysfs rw\n"
                 "30 1 8:1 / /mnt/my\\040disk rw,relatime shared:1 - ext4 /dev/sda1 rw\n");

    EXPECT_THAT(uses_of(card), ElementsAre(Field(&DeviceUse::what,
                                                 "the disk /dev/sda1 is mounted on /mnt/my disk")));
}

TEST(DeviceUses, tell_swap_space_and_disks_that_something_is_built_on) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "nvme"});
    const std::string disk = card_directory + "/nvme/nvme0/nvme0n1";
    system.write(disk + "/uevent", "DEVNAME=nvme0n1\n");
    system.write(disk + "/dev", "259:0\n");
    system.link(disk + "/subsystem", "/sys/class/block");
    system.link(disk + "/holders/dm-0", "/sys/block/dm-0");
    system.write("/proc/swaps", "Filename Type Size\n/dev/nvme0n1 partition 1 0 -2\n");

    const auto uses = uses_of(card);

    EXPECT_THAT(uses, SizeIs(2));
    EXPECT_THAT(uses, Contains(Field(&DeviceUse::what, "the disk /dev/nvme0n1 is swap space")));
    EXPECT_THAT(uses, Contains(Field(&DeviceUse::what, "the disk /dev/nvme0n1 is part of dm-0")));
}

/// A block device as sysfs shows it.
void add_disk(const StandInSystem& system, const std::string& directory) {
    const std::string name = directory.substr(directory.rfind('/') + 1);
    system.write(directory + "/uevent", "DEVNAME=" + name + "\n");
    system.write(directory + "/dev", "8:1\n");
    system.link(directory + "/subsystem", "/sys/class/block");
}

TEST(DeviceUses, tell_a_disk_that_the_kernel_has_taken_in_a_way_not_to_be_seen) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "ahci"});
    const std::string disk = card_directory + "/ata1/host0/block/sda";
    add_disk(system, disk);
    add_disk(system, disk + "/sda1");
    const KernelFailsWith hook("open", EBUSY);

    // One use, told once: of the partition, and not of the disk around it as well.
    EXPECT_THAT(uses_of(card),
                ElementsAre(Field(&DeviceUse::what,
                                  HasSubstr("holds the disk /dev/sda1 for itself alone"))));
    EXPECT_EQ(plan_unbind(card).error().code, ErrorCode::busy);
}

TEST(DeviceUses, are_told_by_what_uses_a_disk_where_that_can_be_seen) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "ahci"});
    const std::string disk = card_directory + "/ata1/host0/block/sda";
    add_disk(system, disk);
    add_disk(system, disk + "/sda1");
    system.write("/proc/swaps", "Filename Type Size\n/dev/sda1 partition 1 0 -2\n");
    const KernelFailsWith hook("open", EBUSY);

    EXPECT_THAT(uses_of(card),
                ElementsAre(Field(&DeviceUse::what, "the disk /dev/sda1 is swap space")));
}

TEST(DeviceUses, are_none_of_a_disk_that_this_user_may_not_open) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "ahci"});
    add_disk(system, card_directory + "/ata1/host0/block/sda");
    const KernelFailsWith hook("open", EACCES);

    EXPECT_THAT(uses_of(card), IsEmpty());
}

TEST(DeviceUses, are_looked_for_in_the_disk_in_front_of_the_paths_of_nvme) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "nvme"});
    const std::string path = card_directory + "/nvme/nvme1/nvme0c1n1";
    system.write(path + "/uevent", "DEVTYPE=disk\n");
    system.link(path + "/subsystem", "/sys/class/block");
    const std::string disk = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1";
    add_disk(system, disk);
    add_disk(system, disk + "/nvme0n1p2");
    system.link("/sys/class/block/nvme0n1", system.path(disk).string());
    EXPECT_THAT(uses_of(card), IsEmpty());

    system.write("/proc/self/mountinfo", "30 1 0:31 / /home rw - btrfs /dev/nvme0n1p2 rw\n");

    EXPECT_THAT(uses_of(card), ElementsAre(Field(&DeviceUse::what,
                                                 "the disk /dev/nvme0n1p2 is mounted on /home")));
}

TEST(DeviceUses, of_a_bridge_are_the_functions_behind_it) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "pcieport"});
    system.write(card_directory + "/0000:01:00.0/vendor", "0x1234\n");
    system.write(card_directory + "/0000:00:04.0:pcie004/uevent", "DRIVER=pcie_pme\n");

    EXPECT_THAT(uses_of(card),
                ElementsAre(Field(&DeviceUse::what, "0000:01:00.0 is behind this bridge")));
    system.add_driver("uio_pci_generic");
    EXPECT_EQ(plan_bind(card, "uio_pci_generic").error().code, ErrorCode::busy);
}

TEST(BindingPlan, gives_no_bridge_to_vfio) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "pcieport", .iommu_group = 3});
    system.write(card_directory + "/class", "0x060400\n");
    system.add_driver("vfio-pci");

    const auto change = plan_bind(card, "vfio-pci");

    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().code, ErrorCode::unsupported);
    EXPECT_THAT(change.error().message(), HasSubstr("bridge"));
}

TEST(DeviceUses, tell_who_has_a_node_the_group_or_a_region_open) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "vfio-pci", .iommu_group = 7});
    system.write(card_directory + "/uio/uio2/uevent", "DEVNAME=uio2\n");
    system.write(card_directory + "/vfio-dev/vfio3/uevent", "DEVNAME=vfio/devices/vfio3\n");
    for (const auto& [process, target] : {std::pair{"101", "/dev/uio2"},
                                          {"106", "/dev/vfio/devices/vfio3"},
                                          {"102", "/dev/vfio/7"},
                                          {"103", "/sys/bus/pci/devices/0000:00:04.0/resource0"},
                                          {"104", "/dev/vfio/8"},
                                          {"105", "/dev/vfio/noiommu-7"}}) {
        system.write(std::string("/proc/") + process + "/comm", "holder\n");
        system.link(std::string("/proc/") + process + "/fd/5", system.path(target).string());
    }

    const auto uses = uses_of(card);

    ASSERT_THAT(uses, SizeIs(5));
    for (const char* process : {"101", "102", "103", "105", "106"})
        EXPECT_THAT(uses, Contains(Field(&DeviceUse::hint, std::string("end process ") + process)));
}

constexpr auto rule_file = "/etc/udev/rules.d/50-openbar-0000:00:04.0.rules";

/// A card that can be bound for good, on a system with udev.
struct SystemWithUdev : StandInSystem {
    SystemWithUdev() {
        add_function({.address = "0000:00:04.0",
                      .vendor = 0x1234,
                      .device = 0x11e8,
                      .driver = "uio_pci_generic"});
        write("/etc/udev/udev.conf", "");
    }
    [[nodiscard]] std::string rule() const {
        std::ifstream file(path(rule_file));
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

TEST(PersistentBinding, writes_a_rule_for_this_card_in_this_slot) {
    const SystemWithUdev system;
    const auto change = plan_bind(card, "uio_pci_generic", Lasting::over_reboots);
    ASSERT_TRUE(change) << change.error().message();
    ASSERT_THAT(change->steps, SizeIs(1)) << "it is bound already";
    ASSERT_TRUE(carry_out(*change));
    const std::string rule = system.rule();
    for (const char* part :
         {"ACTION==\"add\"", "KERNEL==\"0000:00:04.0\"", "ATTR{vendor}==\"0x1234\"",
          "ATTR{device}==\"0x11e8\"", "ATTR{driver_override}=\"uio_pci_generic\"",
          "kmod load uio_pci_generic", "echo 0000:00:04.0 > /sys/bus/pci/drivers_probe"})
        EXPECT_THAT(rule, HasSubstr(part));
    EXPECT_THAT(plan_bind(card, "uio_pci_generic", Lasting::over_reboots).value().steps, IsEmpty());
    EXPECT_THAT(plan_bind(card, "uio_pci_generic").value().warnings, IsEmpty());
}

TEST(PersistentBinding, is_made_also_while_a_program_uses_the_card) {
    const SystemWithUdev system;
    let_a_program_have_the_card_open(system);
    const auto change = plan_bind(card, "uio_pci_generic", Lasting::over_reboots);
    ASSERT_TRUE(change) << change.error().message();
    EXPECT_TRUE(carry_out(*change));
}

TEST(PersistentBinding, outlives_an_unbinding_that_does_not_end_it) {
    const SystemWithUdev system;
    ASSERT_TRUE(carry_out(plan_bind(card, "uio_pci_generic", Lasting::over_reboots).value()));
    const auto until_reboot = plan_unbind(card);
    ASSERT_TRUE(until_reboot);
    EXPECT_THAT(until_reboot->warnings, ElementsAre(HasSubstr("uio_pci_generic again")));
    EXPECT_THAT(until_reboot->steps, Not(Contains(Field(&BindingStep::file, rule_file))));
    const auto for_good = plan_unbind(card, AfterUnbind::leave_free, Lasting::over_reboots);
    ASSERT_TRUE(for_good);
    EXPECT_EQ(for_good->steps.back().command(), std::string("rm ") + rule_file);
    EXPECT_THAT(for_good->undo.back().text, HasSubstr("uio_pci_generic"));
    ASSERT_TRUE(carry_out(*for_good));
    EXPECT_FALSE(std::filesystem::exists(system.path(rule_file)));
}

TEST(PersistentBinding, leaves_no_rule_behind_if_it_fails) {
    SystemWithUdev system;
    system.add_driver("vfio-pci");
    const auto change = plan_unbind(card, AfterUnbind::leave_free, Lasting::over_reboots);
    ASSERT_TRUE(change);
    EXPECT_THAT(change->steps, Not(Contains(Field(&BindingStep::file, rule_file))));
    auto binding = plan_bind(card, "uio_pci_generic", Lasting::over_reboots).value();
    binding.driver_after = "vfio-pci";  // the kernel binds another driver than it says
    EXPECT_FALSE(carry_out(binding));
    EXPECT_FALSE(std::filesystem::exists(system.path(rule_file)));
}

TEST(PersistentBinding, is_refused_without_udev) {
    StandInSystem system;
    system.add_function({.address = "0000:00:04.0", .driver = "uio_pci_generic"});
    const auto change = plan_bind(card, "uio_pci_generic", Lasting::over_reboots);
    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().code, ErrorCode::unsupported);
}

TEST(PersistentBinding, is_refused_for_a_driver_whose_name_would_end_the_rule) {
    StandInSystem system;
    const std::string driver = "x\", RUN+=\"y";
    system.add_function({.address = "0000:00:04.0", .driver = driver});
    system.write("/etc/udev/udev.conf", "");
    EXPECT_EQ(plan_bind(card, driver, Lasting::over_reboots).error().code,
              ErrorCode::invalid_argument);
}

TEST(BindingStep, is_a_command_that_a_shell_understands) {
    EXPECT_EQ((BindingStep{"/f", "it's\nhere\n"}).command(), "printf %s 'it'\\''s\nhere\n' > /f");
    EXPECT_EQ((BindingStep{"/f", ""}).command(), "rm /f");
}

}  // namespace
}  // namespace openbar
