/// A device under test: card, stand-in kernel and core, and programs that send it requests.
///
///     Machine machine;
///     Handle handle(machine);                       // opened by machine.user
///     auto answer = handle.program({read_step(0, 0x20, 4)});
///     EXPECT_EQ(answer.status, Status::ok);
///
/// When it goes, everything is closed and removed, and the test fails if anything is left.
#pragma once

#include "stand_in_kernel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <memory>
#include <vector>

namespace openbar::driver::test {

struct MachineOptions {
    std::uint32_t dma_policy = OPENBAR_DMA_ON;
    std::uint32_t messages = 0;  ///< 0: a line
    bool line = true;
    bool prefetchable = true;
    std::uint64_t bar_size = 64 * 1024;
    std::uint64_t second_size = 256;  ///< of BAR 1, smaller than a page
    bool start = true;
    bool opens_are_restricted = true;
};

class Machine {
public:
    explicit Machine(MachineOptions options = {});
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    [[nodiscard]] Status start() { return device->start(resources, settings); }
    /// As Windows ends a process: told while its addresses exist.
    void end_process(StandInProcess& process);

    StandInProcess user{"user"};
    StandInProcess other{"other"};
    StandInProcess system{"System"};
    PlainCard card;
    StandInKernel kernel{card};
    openbar_permit permit{};  ///< the card, any range, and DMA
    Resources resources;
    Settings settings;
    Device* device = nullptr;
    bool expect_nothing_left = true;
};

struct Answer {
    Status status = Status::pending;
    std::vector<std::uint8_t> bytes;  ///< as many as were produced

    template <typename T>
    [[nodiscard]] T as() const {
        T value{};
        EXPECT_GE(bytes.size(), sizeof value);
        if (bytes.size() >= sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
};

/// One open handle. Requests are sent as `sender`, which is the owner unless a test says so.
class Handle {
public:
    explicit Handle(Machine& machine, StandInProcess* owner = nullptr);
    ~Handle() { close(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    [[nodiscard]] bool is_open() const { return session_ != nullptr; }
    [[nodiscard]] Session& session() const { return *session_; }
    void cleanup(StandInProcess* in = nullptr);
    void close(StandInProcess* in = nullptr);

    /// Sends a request whose input is exactly these bytes.
    Answer send(std::uint32_t code, const void* input, std::uint32_t length,
                std::uint32_t output_length);
    template <typename In>
    Answer send(std::uint32_t code, In in, std::uint32_t output_length = 0) {
        auto* header = reinterpret_cast<openbar_header*>(&in);
        openbar_prepare(header, sizeof in);
        return send(code, &in, sizeof in, output_length);
    }
    Answer bulk(bool writing, openbar_bulk in, std::vector<std::uint8_t>& bytes);
    Answer program(const std::vector<openbar_step>& steps);
    Answer map(std::uint32_t region, std::uint64_t offset, std::uint64_t length,
               std::uint32_t type = OPENBAR_UNCACHED);
    Status unmap(std::uint64_t object) { return on(OPENBAR_IOCTL_UNMAP, object); }
    Answer enable(std::uint32_t vector);
    Status on(std::uint32_t code, std::uint64_t object);
    Status set(std::uint32_t code, bool yes);
    Status reset() { return send(OPENBAR_IOCTL_RESET, openbar_header{}).status; }
    /// A wait that may pend. It lives as long as this handle.
    Irp& wait(std::uint64_t vector, std::uint64_t seen = 0, std::uint32_t flags = 0);
    [[nodiscard]] openbar_description describe();
    [[nodiscard]] openbar_counters counters();

    StandInProcess* sender;

private:
    Machine& machine_;
    StandInProcess* owner_;
    Session* session_ = nullptr;
    std::list<Irp> waits_;
};

[[nodiscard]] inline openbar_step step(std::uint16_t operation, std::uint32_t region,
                                       std::uint64_t offset, std::uint16_t width,
                                       std::uint64_t value = 0, std::uint64_t mask = 0,
                                       std::uint64_t time_ns = 0) {
    return {operation, width, region, offset, value, mask, time_ns};
}
[[nodiscard]] inline openbar_step read_step(std::uint32_t region, std::uint64_t offset,
                                            std::uint16_t width) {
    return step(OPENBAR_STEP_READ, region, offset, width);
}
[[nodiscard]] inline openbar_step write_step(std::uint32_t region, std::uint64_t offset,
                                             std::uint16_t width, std::uint64_t value) {
    return step(OPENBAR_STEP_WRITE, region, offset, width, value);
}
[[nodiscard]] inline openbar_step poll_step(std::uint64_t offset, std::uint64_t value,
                                            std::uint64_t mask, std::uint64_t time_ns) {
    return step(OPENBAR_STEP_POLL, 0, offset, 4, value, mask, time_ns);
}

/// The status and value of one step of an answer to a program.
[[nodiscard]] inline openbar_program_result result_of(const Answer& answer) {
    return answer.as<openbar_program_result>();
}
[[nodiscard]] std::uint64_t value_of(const Answer& answer, std::uint32_t step);
[[nodiscard]] openbar_wait_result result_of(const Irp& irp);

}  // namespace openbar::driver::test

namespace openbar::driver {
/// The contract's name of a status, for what gtest prints.
void PrintTo(Status status, std::ostream* stream);
}  // namespace openbar::driver
