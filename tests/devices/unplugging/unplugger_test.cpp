// Boots a machine with two cards in slots, and pulls each when the program in it asks for that.
#include "tests/vm/translation/child_process.hpp"
#include "tests/vm/translation/monitor.hpp"
#include "tests/vm/translation/scratch.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace openbar::testing {
namespace {

TEST(Unplugger, pulls_cards_from_under_a_program_that_works_them) {
    const ScratchDirectory scratch;
    ChildProcess machine({OPENBAR_VM_RUN,
                          OPENBAR_BUILD,
                          "--iommu",
                          "--module",
                          "vfio-pci",
                          "--module",
                          "vfio_iommu_type1",
                          "--device",
                          "pcie-root-port,id=slot1,chassis=1",
                          "--device",
                          "edu,bus=slot1,id=first",
                          "--device",
                          "pcie-root-port,id=slot2,chassis=2",
                          "--device",
                          "edu,bus=slot2,id=second",
                          "--qemu",
                          "-qmp",
                          "--qemu",
                          "unix:" + scratch.file("qmp") + ",server=on,wait=off",
                          "--",
                          "sh",
                          "-c",
                          OPENBAR_PROGRAM " bind 02:00.0 vfio-pci && " OPENBAR_UNPLUGGED_TEST},
                         {});
    const std::unique_ptr<FILE, int (*)(FILE*)> output(
        ::fdopen(machine.take_output().release(), "r"), &std::fclose);
    std::unique_ptr<Monitor> monitor;
    char line[1024];
    while (std::fgets(line, sizeof line, output.get()) != nullptr) {
        std::fputs(line, stdout);
        std::string_view word(line);
        if (!word.starts_with("unplug ")) continue;
        word.remove_prefix(7);
        word.remove_suffix(1);
        if (!monitor) monitor = std::make_unique<Monitor>(Monitor::connect(scratch.file("qmp")));
        EXPECT_EQ(monitor->ask("device_del " + std::string(word)), "");
    }
    EXPECT_EQ(machine.wait(), 0) << "the program in the machine says what was wrong";
}

}  // namespace
}  // namespace openbar::testing
