/// The model of a card, kept running: its clock, its interrupts, its configuration space.
///
/// One thread lets time pass and delivers interrupts; accesses come from any thread. The model is
/// called by one at a time, under `lock`, and no interrupt routine is called with that lock held.
#pragma once

#include "simulator/configuration_space.hpp"
#include "simulator/model.hpp"
#include "tests/wine/hardware/device_memory.hpp"
#include "tests/wine/hardware/hardware.h"
#include "tests/wine/hardware/win32_threads.hpp"

#include <atomic>
#include <map>
#include <memory>

namespace openbar::hardware {

class CardHost final : public simulator::Bus {
public:
    static constexpr std::uint64_t bar_start = 0xfeb00000;  ///< of its memory BAR
    static constexpr std::uint16_t first_port = 0xc000;     ///< of its port BAR, if it has one

    explicit CardHost(std::unique_ptr<simulator::Model> model, DeviceMemory& memory);

    [[nodiscard]] std::uint64_t bar_length() const;
    [[nodiscard]] std::uint64_t port_count() const;
    [[nodiscard]] std::uint64_t read_register(std::uint64_t offset, unsigned width);
    void write_register(std::uint64_t offset, unsigned width, std::uint64_t value);
    [[nodiscard]] bool has_port(std::uint16_t port) const;
    [[nodiscard]] std::uint64_t read_port(std::uint16_t port, unsigned width);
    void write_port(std::uint16_t port, unsigned width, std::uint64_t value);
    [[nodiscard]] std::uint64_t read_configuration(std::uint64_t offset, unsigned width);
    void write_configuration(std::uint64_t offset, unsigned width, std::uint64_t value);

    void set_powered(bool on);
    void unplug();
    void connect(hardware_interrupt routine, void* context, bool messages);
    void disconnect();
    void pause(bool on);
    void got_on() { rounds_ = 0; }

    [[nodiscard]] std::uint32_t touched_while_off() const { return touched_while_off_; }
    [[nodiscard]] std::uint32_t interrupts() const { return interrupts_; }

    bool read(std::uint64_t iova, std::span<std::byte> destination) override;
    bool write(std::uint64_t iova, std::span<const std::byte> source) override;
    void set_interrupt_line(bool asserted) override;
    bool send_message(std::uint16_t vector) override;
    std::chrono::nanoseconds now() override;
    void at(std::chrono::nanoseconds when, std::function<void()> action) override;
    std::span<std::byte> memory(simulator::RegionNumber) override { return {}; }

private:
    using Clock = std::chrono::steady_clock;

    using RegionDescription = simulator::RegionDescription;

    /// The card's only BAR of that kind; null where it has none.
    [[nodiscard]] const RegionDescription* bar(bool port_io) const;
    [[nodiscard]] bool answers(const RegionDescription& bar) const;
    [[nodiscard]] std::uint64_t read_bar(const RegionDescription& bar, std::uint64_t offset,
                                         unsigned width);
    void write_bar(const RegionDescription& bar, std::uint64_t offset, unsigned width,
                   std::uint64_t value);
    void enable_messages(bool on);
    void complain_if_asserted(const char* when);
    void run();
    bool deliver_one(std::unique_lock<Mutex>& held);

    std::unique_ptr<simulator::Model> model_;
    DeviceMemory& memory_;
    simulator::ConfigurationSpace configuration_;
    Mutex lock_;
    Condition changed_;
    std::multimap<std::chrono::nanoseconds, std::function<void()>> actions_;
    std::uint32_t messages_waiting_ = 0;
    hardware_interrupt routine_ = nullptr;
    void* context_ = nullptr;
    bool with_messages_ = false;
    bool in_routine_ = false;
    bool paused_ = false;
    bool masked_ = false;  ///< the line, by whoever watches for storms
    std::atomic<std::uint32_t> rounds_ = 0;
    bool powered_ = true;
    bool plugged_ = true;
    std::atomic<std::uint32_t> touched_while_off_ = 0;
    std::atomic<std::uint32_t> interrupts_ = 0;
};

}  // namespace openbar::hardware
