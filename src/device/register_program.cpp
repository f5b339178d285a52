#include "openbar/register_program.hpp"

#include "openbar/device.hpp"

#include "base/failure.hpp"
#include "base/region_name.hpp"
#include "device/backend.hpp"
#include "device/request_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <thread>

namespace openbar {
namespace {

using Operation = RegisterStep::Operation;

std::string name_of(const RegisterStep& step) {
    if (step.operation == Operation::delay) return fmt::format("delay of {} ns", step.time.count());
    constexpr std::string_view verbs[] = {"read", "write", "change", "poll"};
    const auto number = static_cast<std::size_t>(step.operation);
    if (number >= std::size(verbs)) return fmt::format("operation {}", number);
    return fmt::format("{} {} bytes at {:#x} of {}", verbs[number], step.width, step.offset,
                       region_name(step.region));
}

Result<void> check(const RegisterStep& step, const DeviceInfo& device) {
    if (step.operation > Operation::delay)
        return failure(ErrorCode::invalid_argument, "this is not an operation");
    if (step.time < std::chrono::nanoseconds::zero())
        return failure(ErrorCode::invalid_argument, "its time is negative");
    if (step.operation == Operation::delay) return {};
    OPENBAR_TRY(region, find_region(device, step.region));
    const Range part{step.offset, step.width};
    if (step.operation != Operation::write) {
        OPENBAR_TRY(readable, check_access(Direction::read, *region, part, step.width));
    }
    if (step.operation == Operation::write || step.operation == Operation::masked_write) {
        OPENBAR_TRY(writable, check_access(Direction::write, *region, part, step.width));
    }
    return {};
}

Result<void> check_all(std::span<const RegisterStep> steps, const DeviceInfo& device) {
    if (steps.empty()) return failure(ErrorCode::invalid_argument, "it has no steps");
    if (steps.size() > most_register_steps)
        return failure(
            ErrorCode::invalid_argument,
            fmt::format("it has {} steps, and {} are the most", steps.size(), most_register_steps),
            "divide it into several programs");
    std::chrono::nanoseconds left = longest_register_program;
    for (std::size_t index = 0; index < steps.size(); ++index) {
        OPENBAR_TRY(right, check(steps[index], device).attempting([&] {
            return fmt::format("step {} ({})", index, name_of(steps[index]));
        }));
        if (steps[index].time > left)
            return failure(ErrorCode::invalid_argument,
                           "its delays and timeouts add up to more than 1 s",
                           "wait between several programs");
        left -= steps[index].time;
    }
    return {};
}

/// At least so long. Short ones do not leave the processor.
void let_pass(std::chrono::nanoseconds time) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + time;
    if (time > std::chrono::microseconds(100)) std::this_thread::sleep_until(end);
    while (Clock::now() < end) {
    }
}

}  // namespace

Result<std::uint64_t> Backend::run_step(std::span<const RegisterStep> steps, std::size_t index) {
    return run_one(steps[index]).attempting([&] { return describe_step(steps, index); });
}

std::string Backend::describe_step(std::span<const RegisterStep> steps, std::size_t index) {
    return fmt::format("step {} ({})", index, name_of(steps[index]));
}

Result<std::uint64_t> Backend::run_one(const RegisterStep& step) {
    if (step.operation == Operation::delay) {
        let_pass(step.time);
        return 0;
    }
    const RegionInfo& region = **find_region(info(), step.region);  // it was checked
    if (step.operation == Operation::write) {
        OPENBAR_TRY(written, write(region, step.offset, step.width, step.value));
        return 0;
    }
    for (const detail::Polling polling{step.time};; polling.pause()) {
        const bool last = polling.expired();
        OPENBAR_TRY(value, read(region, step.offset, step.width));
        if (step.operation == Operation::masked_write) {
            const std::uint64_t image = (value & ~step.mask) | (step.value & step.mask);
            OPENBAR_TRY(written, write(region, step.offset, step.width, image));
            return value;
        }
        if (step.operation == Operation::read || (value & step.mask) == step.value) return value;
        if (last)
            return failure(
                ErrorCode::timed_out,
                fmt::format("its bits {:#x} were not {:#x} within {} ms; it last read "
                            "{:#x}",
                            step.mask, step.value,
                            std::chrono::duration<double, std::milli>(step.time).count(), value));
    }
}

Result<void> Backend::run(std::span<const RegisterStep> steps, std::span<std::uint64_t> values) {
    for (std::size_t index = 0; index < steps.size(); ++index) {
        OPENBAR_TRY(value, run_step(steps, index));
        values[index] = value;
    }
    return {};
}

Result<RegisterProgram> Device::program(const RegisterSteps& steps) const {
    const auto list = steps.list();
    OPENBAR_TRY(right, check_all(list, info()).attempting([&] {
        return "prepare a register program for " + info().address;
    }));
    return RegisterProgram(backend_, {list.begin(), list.end()});
}

Result<RegisterValues> RegisterProgram::run() const {
    std::vector<std::uint64_t> values(steps_.size());
    OPENBAR_TRY(done, backend_->run(steps_, values).attempting([&] {
        return "run a register program of " + backend_->info().address;
    }));
    return RegisterValues(std::move(values));
}

}  // namespace openbar
