/// The device under test and its DMA engine.
#pragma once

#include "device_under_test.hpp"
#include "examples/registers/edu_dma.hpp"

#include <algorithm>
#include <random>

namespace openbar::conformance {

inline constexpr std::uint64_t reach = edu::DmaEngine::reach;
inline constexpr std::size_t most_at_a_time = edu::DmaEngine::capacity;

inline void fill_with_noise(std::span<std::byte> memory, unsigned seed) {
    std::minstd_rand random(seed);
    for (std::byte& byte : memory) byte = static_cast<std::byte>(random());
}

inline bool holds_only_zeros(std::span<const std::byte> memory) {
    return std::ranges::all_of(memory, [](std::byte byte) { return byte == std::byte{}; });
}

class Dma : public DeviceUnderTest {
protected:
    /// Without an IOMMU only memory that the kernel never moves can be given to the device.
    [[nodiscard]] bool pins_any_page() const { return device->info().backend != BackendKind::uio; }
    /// Behind an IOMMU the library chooses the addresses. Without one they are where memory lies;
    /// on Windows the system chooses them.
    [[nodiscard]] bool chooses_addresses() const {
        return pins_any_page() && device->info().backend != BackendKind::windows;
    }

    void SetUp() override {
        DeviceUnderTest::SetUp();
        engine.emplace(*device->region(edu::bar));
        if (!device->info().capabilities.dma) return;
        ASSERT_TRUE(device->set_bus_master(true));
    }

    void device_reads(const DmaMemory& memory, std::size_t offset, std::size_t size) {
        const auto done = engine->read_memory(memory, offset, size);
        ASSERT_TRUE(done) << done.error().message();
    }
    void device_writes(const DmaMemory& memory, std::size_t offset, std::size_t size) {
        const auto done = engine->write_memory(memory, offset, size);
        ASSERT_TRUE(done) << done.error().message();
    }

    std::optional<edu::DmaEngine> engine;
};

}  // namespace openbar::conformance
