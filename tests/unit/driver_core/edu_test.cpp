// Whole conversations of a program with a simulated card, through the core: what the library and
// the command line do on Windows, without Windows.
#include "simulator/models/edu.hpp"

#include "machine.hpp"
#include "simulator/configuration_space.hpp"

#include <chrono>
#include <map>

namespace openbar::driver::test {
namespace {

/// The stand-in's bus with one of the simulator's models on it. The model's time is the stand-in
/// kernel's, which passes as the core stalls, sleeps and looks at the clock.
class EduCard final : public Card, public simulator::Bus {
public:
    EduCard() : space_(edu_.description()) {
        edu_.attach(*this);
        space_.write(0x10, 4, bar);
        space_.write(0x04, 2, 0x0002);  // decodes memory
    }
    static constexpr std::uint32_t bar = 0xfea00000;
    StandInKernel* kernel = nullptr;

    std::uint64_t read(std::uint32_t region, std::uint64_t offset, unsigned width) override {
        pass_time();
        return edu_.read(region, offset, width);
    }
    void write(std::uint32_t region, std::uint64_t offset, unsigned width,
               std::uint64_t value) override {
        pass_time();
        edu_.write(region, offset, width, value);
    }
    std::uint32_t read_configuration(std::uint32_t offset, unsigned width) override {
        return static_cast<std::uint32_t>(space_.read(offset, width));
    }
    void write_configuration(std::uint32_t offset, unsigned width, std::uint32_t value) override {
        space_.write(offset, width, value);
    }
    [[nodiscard]] bool intx_asserted() const { return space_.intx_asserted(); }
    void pass_time() {
        while (!later_.empty() && later_.begin()->first <= now()) {
            const auto action = later_.begin()->second;
            later_.erase(later_.begin());
            action();
        }
    }

private:
    bool read(std::uint64_t iova, std::span<std::byte> destination) override {
        const std::uint8_t* memory = reachable(iova, destination.size());
        if (memory != nullptr) std::memcpy(destination.data(), memory, destination.size());
        return memory != nullptr;
    }
    bool write(std::uint64_t iova, std::span<const std::byte> source) override {
        std::uint8_t* memory = reachable(iova, source.size());
        if (memory != nullptr) std::memcpy(memory, source.data(), source.size());
        return memory != nullptr;
    }
    std::uint8_t* reachable(std::uint64_t iova, std::uint64_t length) {
        return space_.bus_master() ? kernel->memory_at(iova, length) : nullptr;
    }
    void set_interrupt_line(bool asserted) override { space_.set_interrupt_line(asserted); }
    bool send_message(std::uint16_t) override { return false; }
    std::chrono::nanoseconds now() override { return std::chrono::nanoseconds(kernel->now()); }
    void at(std::chrono::nanoseconds when, std::function<void()> action) override {
        later_.emplace(when, std::move(action));
    }
    std::span<std::byte> memory(simulator::RegionNumber) override { return {}; }

    simulator::Edu edu_;
    simulator::ConfigurationSpace space_;
    std::multimap<std::chrono::nanoseconds, std::function<void()>> later_;
};

class Edu : public testing::Test {
protected:
    Edu() {
        card.kernel = &machine.kernel;
        machine.kernel.use(card);
        machine.resources.range_count = 1;
        machine.resources.ranges[0] = {RangeKind::memory, false, EduCard::bar, EduCard::bar,
                                       1 << 20};
        EXPECT_EQ(machine.start(), Status::ok);
    }
    /// What the interrupt controller does while the line is asserted.
    void deliver_line() {
        card.pass_time();
        for (int i = 0; i < 3 && card.intx_asserted(); ++i) (void)machine.kernel.interrupt(0);
        EXPECT_FALSE(card.intx_asserted()) << "an interrupt storm";
    }

    EduCard card;
    Machine machine{{.start = false}};
};

TEST_F(Edu, is_identified_and_alive) {
    Handle handle(machine);
    EXPECT_EQ(handle.describe().vendor, 0x1234);
    EXPECT_EQ(handle.describe().device, 0x11e8);
    const auto answer =
        handle.program({read_step(0, 0, 4), write_step(0, 4, 4, 0x12345678), read_step(0, 4, 4)});
    EXPECT_EQ(value_of(answer, 0), 0x010000edu);
    EXPECT_EQ(value_of(answer, 2), 0xedcba987u);
}

TEST_F(Edu, computes_a_factorial_in_one_request) {
    Handle handle(machine);
    const auto answer = handle.program(
        {write_step(0, 0x08, 4, 10), poll_step(0x20, 0, 1, 1'000'000), read_step(0, 0x08, 4)});
    EXPECT_EQ(result_of(answer).status, 0u);
    EXPECT_EQ(value_of(answer, 2), 3628800u);
}

TEST_F(Edu, interrupts_on_its_line_without_a_storm) {
    Handle handle(machine);
    const auto vector = handle.enable(0).as<openbar_object>().object;
    Irp& first = handle.wait(vector);
    (void)handle.program({write_step(0, 0x60, 4, 0x5)});
    deliver_line();
    EXPECT_EQ(result_of(first).count, 1u);
    // The cause is acknowledged in the card, then the line is armed again.
    const auto status = handle.program({read_step(0, 0x24, 4), write_step(0, 0x64, 4, 0x5)});
    EXPECT_EQ(value_of(status, 0), 0x5u);
    Irp& second = handle.wait(vector, 1, OPENBAR_WAIT_UNMASKS);
    deliver_line();
    EXPECT_EQ(second.completions, 0);
    (void)handle.program({write_step(0, 0x60, 4, 0x2)});
    deliver_line();
    EXPECT_EQ(result_of(second).count, 2u);
}

TEST_F(Edu, interrupts_are_acknowledged_by_the_interrupt_routine_where_registers_say_how) {
    Handle handle(machine);
    openbar_enable_vector in{};
    in.flags = OPENBAR_SILENCE_BY_REGISTERS | OPENBAR_SILENCE_BY_STATUS;
    in.width = 4;
    in.status_offset = 0x24;
    in.status_mask = 0xffffffff;
    in.silence_offset = 0x64;
    const auto vector = handle.send(OPENBAR_IOCTL_ENABLE_VECTOR, in, sizeof(openbar_object))
                            .as<openbar_object>()
                            .object;
    Irp& irp = handle.wait(vector);
    (void)handle.program({write_step(0, 0x60, 4, 0x12)});
    deliver_line();
    EXPECT_EQ(result_of(irp).status, 0x12u);
    EXPECT_EQ(value_of(handle.program({read_step(0, 0x24, 4)}), 0), 0u);
}

TEST_F(Edu, moves_memory_both_ways_by_dma_and_nothing_without_the_bus) {
    Handle handle(machine);
    const auto buffer =
        handle.send(OPENBAR_IOCTL_ALLOCATE_DMA, openbar_allocate_dma{{}, 4096}, sizeof(openbar_dma))
            .as<openbar_dma>();
    auto* memory = reinterpret_cast<std::uint8_t*>(buffer.address);
    for (int i = 0; i < 64; ++i) memory[i] = static_cast<std::uint8_t>(i + 1);
    const auto move = [&](std::uint64_t from, std::uint64_t to, std::uint64_t command) {
        return handle.program({write_step(0, 0x80, 8, from), write_step(0, 0x88, 8, to),
                               write_step(0, 0x90, 8, 64), write_step(0, 0x98, 8, command),
                               poll_step(0x98, 0, 1, 500'000'000)});
    };
    ASSERT_EQ(result_of(move(0x40000, buffer.iova + 64, 3)).status, 0u);
    EXPECT_EQ(memory[64], 0) << "the bus is off";
    ASSERT_EQ(handle.set(OPENBAR_IOCTL_BUS_MASTER, true), Status::ok);
    ASSERT_EQ(result_of(move(buffer.iova, 0x40000, 1)).status, 0u);
    ASSERT_EQ(result_of(move(0x40000, buffer.iova + 64, 3)).status, 0u);
    EXPECT_EQ(std::memcmp(memory, memory + 64, 64), 0);
}

}  // namespace
}  // namespace openbar::driver::test
