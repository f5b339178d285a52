// The sampler under a name of the program's own, opened as any other device.
#include "openbar/device.hpp"
#include "openbar/interrupt.hpp"
#include "openbar/mapping.hpp"
#include "openbar/region.hpp"

#include "sampler.hpp"
#include "simulator/registry.hpp"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace {

TEST(SamplerDevice, opens_by_its_name_and_interrupts) {
    using openbar::simulator::Parameters;
    using openbar::simulator::Registry;
    ASSERT_TRUE(Registry::of_this_program().add(
        {.name = "sampler",
         .summary = "samples a waveform into memory",
         .create = [](const Parameters&) { return std::make_unique<Sampler>(); }}));

    const auto device = openbar::Device::open("sim:sampler");
    ASSERT_TRUE(device) << device.error().message();
    const auto registers = device->region(0);
    ASSERT_TRUE(registers) << registers.error().message();
    EXPECT_EQ(registers->read<std::uint32_t>(0x00).value_or(0), 0x53414d50u);
    const auto waveform = device->map(1);
    ASSERT_TRUE(waveform) << waveform.error().message();

    // A part of it need not start or end with a page.
    const auto last = device->map(1, {.offset = 0xff8, .length = 8});
    ASSERT_TRUE(last) << last.error().message();
    EXPECT_EQ(last->region_offset(), 0xff8u);
    last->data()[7] = std::byte{0x5a};
    EXPECT_TRUE(waveform->data()[0xfff] == std::byte{0x5a});

    ASSERT_TRUE(device->set_bus_master(true));  // its interrupts are messages
    auto sampled = device->vector(0);
    ASSERT_TRUE(sampled) << sampled.error().message();
    // No memory for the ring: the first sample says so.
    ASSERT_TRUE(registers->write<std::uint32_t>(0x18, 4));
    ASSERT_TRUE(registers->write<std::uint32_t>(0x04, 3));
    EXPECT_TRUE(sampled->wait(5s));
    EXPECT_EQ(registers->read<std::uint32_t>(0x1c).value_or(0), 2u);
}

}  // namespace
