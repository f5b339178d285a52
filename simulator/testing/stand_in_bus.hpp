/// A host for models under test: memory in an array, a clock that the test moves.
///
///     StandInBus bus;
///     Edu edu;
///     edu.attach(bus);
///     edu.write(0, 0x08, 4, 5);
///     bus.advance(1ms);                  // runs what became due, in order
///     EXPECT_EQ(edu.read(0, 0x08, 4), 120u);
#pragma once

#include "simulator/model.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <vector>

namespace openbar::simulator {

class StandInBus final : public Bus {
public:
    /// The memory that the card can reach: `memory_bytes` from IOVA `memory_start`.
    static constexpr std::uint64_t memory_start = 0x100000;
    static constexpr std::size_t memory_bytes = 0x100000;

    bool read(std::uint64_t iova, std::span<std::byte> destination) override {
        ++transfers;
        if (!reaches(iova, destination.size())) return false;
        std::ranges::copy(bytes(iova, destination.size()), destination.begin());
        return true;
    }
    bool write(std::uint64_t iova, std::span<const std::byte> source) override {
        ++transfers;
        if (!reaches(iova, source.size())) return false;
        std::ranges::copy(source, bytes(iova, source.size()).begin());
        return true;
    }
    void set_interrupt_line(bool asserted) override {
        if (asserted && !line) ++line_rises;
        line = asserted;
    }
    bool send_message(std::uint16_t vector) override {
        if (!messages_enabled) return false;
        messages.push_back(vector);
        return true;
    }
    std::chrono::nanoseconds now() override { return time_; }
    void at(std::chrono::nanoseconds when, std::function<void()> action) override {
        due_.emplace(when, std::move(action));
    }
    bool watch(PollSource source, std::function<void()> action) override {
        watched[source] = std::move(action);
        return true;
    }
    void unwatch(PollSource source) override { watched.erase(source); }
    std::span<std::byte> memory(RegionNumber) override { return plain; }

    void advance(std::chrono::nanoseconds duration) {
        const auto end = time_ + duration;
        while (!due_.empty() && due_.begin()->first <= end) {
            auto next = due_.extract(due_.begin());
            time_ = std::max(time_, next.key());
            next.mapped()();
        }
        time_ = end;
    }
    /// What a host does before it resets a model.
    void forget_actions() { due_.clear(); }
    [[nodiscard]] std::size_t actions_due() const { return due_.size(); }

    /// The memory itself, for the test in the role of the driver.
    std::span<std::byte> bytes(std::uint64_t iova, std::size_t size) {
        return std::span(memory_).subspan(iova - memory_start, size);
    }
    template <typename T>
    T load(std::uint64_t iova) {
        T value;
        std::memcpy(&value, bytes(iova, sizeof value).data(), sizeof value);
        return value;
    }
    template <typename T>
    void store(std::uint64_t iova, T value) {
        std::memcpy(bytes(iova, sizeof value).data(), &value, sizeof value);
    }

    bool master = true;  ///< whether the card may reach memory
    bool messages_enabled = false;
    bool line = false;
    unsigned line_rises = 0;
    unsigned transfers = 0;
    std::vector<std::uint16_t> messages;
    std::map<PollSource, std::function<void()>> watched;
    std::vector<std::byte> plain;

private:
    [[nodiscard]] bool reaches(std::uint64_t iova, std::size_t size) const {
        return master && iova >= memory_start && iova - memory_start <= memory_bytes &&
               size <= memory_bytes - (iova - memory_start);
    }

    std::chrono::nanoseconds time_{1};
    std::multimap<std::chrono::nanoseconds, std::function<void()>> due_;
    std::vector<std::byte> memory_ = std::vector<std::byte>(memory_bytes);
};

}  // namespace openbar::simulator
