// Many transfers by a card that needs no time for them: every byte of them, and of what lies
// around them, has to be right.
#include "openbar/openbar.hpp"

#include "examples/registers/edu_dma.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace openbar {
namespace {

constexpr std::uint64_t reach = edu::DmaEngine::reach;

class Transfers : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = Device::open("sim:edu,dma_time=0s");
        ASSERT_TRUE(opened) << opened.error().message();
        device.emplace(std::move(*opened));
        engine.emplace(*device->region(edu::bar));
        ASSERT_TRUE(device->set_bus_master(true));
    }

    std::optional<Device> device;
    std::optional<edu::DmaEngine> engine;
    std::minstd_rand random{2024};
};

TEST_F(Transfers, between_buffers_and_pinned_memory_are_exact) {
    const auto buffer = device->allocate_dma(64 * 1024, {.highest_address = reach});
    ASSERT_TRUE(buffer) << buffer.error().message();
    std::ranges::generate(buffer->span(), [&] { return static_cast<std::byte>(random()); });
    std::vector<std::byte> memory(40'000);
    std::vector<std::byte> expected = memory;
    for (int pin = 0; pin < 100; ++pin) {
        const std::size_t start = random() % 4000;
        const auto part = std::span(memory).subspan(start, memory.size() - start - random() % 4000);
        const auto pinned = device->pin(part, {.highest_address = reach});
        ASSERT_TRUE(pinned) << pinned.error().message();
        for (int round = 0; round < 20; ++round) {
            const std::size_t size = 1 + random() % 4095;
            const std::size_t from = random() % (buffer->size() - size);
            const std::size_t to = random() % (part.size() - size);
            ASSERT_TRUE(engine->read_memory(*buffer, from, size));
            ASSERT_TRUE(engine->write_memory(*pinned, to, size));
            std::copy_n(buffer->span().begin() + static_cast<std::ptrdiff_t>(from), size,
                        expected.begin() + static_cast<std::ptrdiff_t>(start + to));
            ASSERT_EQ(memory, expected) << size << " bytes from " << from << " to " << to;
        }
    }
}

}  // namespace
}  // namespace openbar
