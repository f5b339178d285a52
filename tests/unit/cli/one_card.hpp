/// A system with one PCI function, bound to nothing: a memory BAR of 4 KiB and a port BAR.
///
///     class Commands : public test::OneCard {};
///     TEST_F(Commands, …) { run_openbar({"info", "00:04.0"}); }
#pragma once

#include "tests/unit/support/stand_in_system.hpp"

#include <gtest/gtest.h>

#include <string>

namespace openbar::test {

/// Its directory.
inline const std::string card = "/sys/bus/pci/devices/0000:00:04.0";

class OneCard : public ::testing::Test {
protected:
    OneCard() {
        system_.add_function(
            {.address = "0000:00:04.0",
             .vendor = 0x1234,
             .device = 0x11e8,
             .regions = {{.index = 0, .size = 4096}, {.index = 1, .size = 256, .port_io = true}}});
    }
    StandInSystem system_;
};

}  // namespace openbar::test
