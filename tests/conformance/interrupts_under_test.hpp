/// What the tests of interrupts share: edu's registers, which raise interrupts and acknowledge them.
#pragma once

#include "device_under_test.hpp"
#include "examples/registers/edu.hpp"

#include <cstdint>
#include <optional>

namespace openbar::conformance {

class Interrupts : public DeviceUnderTest {
protected:
    void SetUp() override {
        DeviceUnderTest::SetUp();
        if (!device) return;
        registers.emplace(*device->region(edu::bar));
        // Messages are writes to memory, which a function makes only as bus master.
        static_cast<void>(device->set_bus_master(true));
        registers->write<edu::InterruptAcknowledge>(0xffffffff);
        registers->write<edu::Status>(0);
    }
    void TearDown() override {
        if (registers) registers->write<edu::InterruptAcknowledge>(0xffffffff);
    }
    void raise(std::uint32_t cause) { registers->write<edu::InterruptRaise>(cause); }
    void acknowledge(std::uint32_t cause) { registers->write<edu::InterruptAcknowledge>(cause); }

    std::optional<RequestRegisters> registers;
};

}  // namespace openbar::conformance
