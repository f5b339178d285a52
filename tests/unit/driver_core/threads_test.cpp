// Threads of programs, interrupts, cancellations, power and removal against each other. Built by
// itself under ThreadSanitizer (see run_sanitized), where the stand-in keeps no locks.
#include "machine.hpp"

#include <random>
#include <thread>

namespace openbar::driver::test {
namespace {

constexpr int rounds = 2000;

/// A thread's own program: opens, does a little of everything, closes.
void run_program(Machine& machine, StandInProcess& process, unsigned seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i < rounds / 20; ++i) {
        Handle handle(machine, &process);
        if (!handle.is_open()) continue;
        std::uint64_t mapping = 0;
        for (int j = 0; j < 20; ++j) {
            switch (random() % 8) {
                case 0: {
                    const auto mapped = handle.map(0, random() % 60000, 4, random() % 2);
                    if (mapped.status == Status::ok) mapping = mapped.as<openbar_mapping>().object;
                    break;
                }
                case 1: (void)handle.unmap(mapping); break;
                case 2: (void)handle.program({write_step(0, 8, 4, 1), read_step(7, 0, 4)}); break;
                case 3: (void)handle.program({poll_step(0x40, 1, 1, 200'000)}); break;
                case 4: (void)handle.set(OPENBAR_IOCTL_BUS_MASTER, random() % 2 == 0); break;
                case 5:
                    (void)handle.send(OPENBAR_IOCTL_DESCRIBE, openbar_header{},
                                      sizeof(openbar_description));
                    break;
                case 6: (void)handle.set(OPENBAR_IOCTL_AWAKE, random() % 2 == 0); break;
                case 7:
                    (void)handle.send(OPENBAR_IOCTL_ALLOCATE_DMA, openbar_allocate_dma{{}, 4096},
                                      sizeof(openbar_dma));
                    break;
            }
        }
    }
}

/// Waits again and again; another thread cancels. Every request must be completed exactly once.
void run_waiter(Machine& machine, StandInProcess& process, std::atomic<bool>& stop) {
    Handle handle(machine, &process);
    if (!handle.is_open()) return;
    while (!stop) {
        const auto enabled = handle.enable(0);
        if (enabled.status != Status::ok) {
            std::this_thread::yield();
            continue;
        }
        const std::uint64_t vector = enabled.as<openbar_object>().object;
        std::uint64_t seen = 0;
        for (int i = 0; i < 20; ++i) {
            Irp& irp = handle.wait(vector, seen);
            std::thread canceller([&] { machine.kernel.cancel(irp); });
            if (i % 5 == 4) (void)handle.on(OPENBAR_IOCTL_DISABLE_VECTOR, vector);
            canceller.join();
            while (irp.completions == 0) std::this_thread::yield();
            EXPECT_EQ(irp.completions, 1);
            if (irp.status == Status::ok) seen = result_of(irp).count;
        }
    }
}

class Threads : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Threads, programs_interrupts_cancellation_power_and_removal_do_not_race) {
    Machine machine({.messages = GetParam()});
    machine.card.set_configuration(0x06, 2, 0x08);  // the line, where it is one, stays asserted
    machine.kernel.strict = false;
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 3; ++i)
        threads.emplace_back(run_program, std::ref(machine),
                             std::ref(i == 0 ? machine.user : machine.other), i + 1);
    threads.emplace_back(run_waiter, std::ref(machine), std::ref(machine.user), std::ref(stop));
    threads.emplace_back([&] {
        while (!stop) {
            machine.kernel.fire(0);
            machine.kernel.fire(1);
        }
    });
    threads.emplace_back([&] {
        InProcess in(machine.system);
        for (int i = 0; i < rounds / 10; ++i) {
            machine.device->power_down();
            machine.device->power_up();
            std::this_thread::yield();
            if (machine.device->query_stop() == Status::ok) {
                machine.device->stop();
                EXPECT_EQ(machine.start(), Status::ok);
            }
        }
        machine.device->surprise_remove();
    });
    for (std::size_t i = 0; i < threads.size(); ++i)
        if (i < 3 || i == 5) threads[i].join();
    stop = true;
    threads[3].join();
    threads[4].join();
}

INSTANTIATE_TEST_SUITE_P(WithLineAndMessages, Threads, testing::Values(0u, 2u));

TEST(MaskedWrites, of_different_bits_do_not_lose_each_other) {
    Machine machine;
    machine.kernel.strict = false;
    std::vector<std::thread> threads;
    std::atomic<unsigned> lost{0};
    for (unsigned bit = 0; bit < 4; ++bit)
        threads.emplace_back([&, bit] {
            Handle handle(machine);
            const std::uint64_t mask = 0xffull << 8 * bit;
            for (unsigned i = 1; i < rounds; ++i) {
                const std::uint64_t value = std::uint64_t{i % 256} << 8 * bit;
                const auto answer = handle.program(
                    {step(OPENBAR_STEP_MASKED_WRITE, 0, 0, 4, value, mask), read_step(0, 0, 4)});
                if ((value_of(answer, 1) & mask) != value) ++lost;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(lost, 0u);
}

}  // namespace
}  // namespace openbar::driver::test
