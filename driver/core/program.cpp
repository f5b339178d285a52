// Register programs: many accesses for the price of one request.
#include "driver/core/access.hpp"
#include "driver/core/capture.hpp"
#include "driver/core/state.hpp"

namespace openbar::driver {
namespace {

// Below this a poll spins, because giving up the processor costs a scheduler tick (1 to 16 ms).
constexpr Nanoseconds poll_spins_for = 100'000;
constexpr Nanoseconds poll_stall = 1'000;
constexpr Nanoseconds poll_sleep = 1'000'000;
constexpr Nanoseconds longest_stall = 50'000;    // what KeStallExecutionProcessor is meant for
constexpr Nanoseconds longest_nap = 10'000'000;  // so that removal need not wait for a long delay

// The steps, copied out of the request before any is looked at. Few need no allocation:
// a single register access is the most frequent request of all.
class Steps {
public:
    explicit Steps(Kernel& kernel) : kernel_(kernel) {}
    Steps(const Steps&) = delete;
    Steps& operator=(const Steps&) = delete;
    ~Steps() {
        if (steps_ != nullptr && steps_ != few_) kernel_.free(steps_);
    }

    Status capture(const Request& request) {
        openbar_program program;
        if (Status status = capture_header(request, sizeof program); status != Status::ok)
            return status;
        copy_bytes(&program, request.input, sizeof program);
        if (program.reserved != 0 || program.step_count == 0) return Status::invalid;
        if (program.step_count > OPENBAR_MAX_STEPS) return Status::limit;
        count_ = program.step_count;
        const std::uint32_t bytes = count_ * static_cast<std::uint32_t>(sizeof(openbar_step));
        if (request.input_length != sizeof program + bytes) return Status::length;
        steps_ = count_ <= few ? few_ : static_cast<openbar_step*>(kernel_.allocate(bytes));
        if (steps_ == nullptr) return Status::no_memory;
        copy_bytes(steps_, static_cast<const char*>(request.input) + sizeof program, bytes);
        return Status::ok;
    }
    [[nodiscard]] std::uint32_t count() const { return count_; }
    const openbar_step& operator[](std::uint32_t index) const { return steps_[index]; }

private:
    static constexpr std::uint32_t few = 8;
    Kernel& kernel_;
    std::uint32_t count_ = 0;
    openbar_step* steps_ = nullptr;
    openbar_step few_[few];
};

class Program {
public:
    Program(Device::State& state, const Steps& steps)
        : state_(state), kernel_(state.kernel), steps_(steps), access_(state) {}

    /// All of it, before the first access: a program that makes no sense changes nothing.
    Status check() OPENBAR_NEEDS_SHARED(hardware) {
        std::uint64_t time = 0;
        for (std::uint32_t i = 0; i < steps_.count(); ++i)
            if (Status status = check_step(steps_[i], time); status != Status::ok) return status;
        for (std::uint32_t i = 0; i < steps_.count(); ++i) {
            if (steps_[i].operation == OPENBAR_STEP_DELAY) continue;
            if (Status status = access_.prepare(steps_[i].region); status != Status::ok)
                return status;
        }
        return Status::ok;
    }

    Status run(std::uint32_t index, std::uint64_t& value) OPENBAR_NEEDS_SHARED(hardware) {
        const openbar_step& step = steps_[index];
        switch (step.operation) {
            case OPENBAR_STEP_DELAY: return delay(step.time_ns);
            case OPENBAR_STEP_READ:
                return access_.read(step.region, step.offset, step.width, value);
            case OPENBAR_STEP_WRITE:
                return access_.write(step.region, step.offset, step.width, step.value);
            case OPENBAR_STEP_MASKED_WRITE: return masked_write(step, value);
            default: return poll(step, value);
        }
    }

private:
    Status check_step(const openbar_step& step, std::uint64_t& time) const
        OPENBAR_NEEDS_SHARED(hardware) {
        if (step.operation < OPENBAR_STEP_READ || step.operation > OPENBAR_STEP_DELAY)
            return Status::invalid;
        const bool timed =
            step.operation == OPENBAR_STEP_POLL || step.operation == OPENBAR_STEP_DELAY;
        if (!timed && step.time_ns != 0) return Status::invalid;
        if (step.time_ns > OPENBAR_MAX_PROGRAM_NS - time) return Status::limit;
        time += step.time_ns;
        if (step.operation == OPENBAR_STEP_DELAY)
            return step.width == 0 ? Status::ok : Status::invalid;
        const bool writes =
            step.operation == OPENBAR_STEP_WRITE || step.operation == OPENBAR_STEP_MASKED_WRITE;
        return check_access(state_, step.region, step.offset, step.width, step.width, writes);
    }

    [[nodiscard]] bool must_end() const { return state_.leaving.load() != 0; }

    // Masked writes of one device do not interleave with each other, whoever asks for them.
    Status masked_write(const openbar_step& step, std::uint64_t& value)
        OPENBAR_NEEDS_SHARED(hardware) {
        Hold<Lock::masked_writes> held(kernel_);
        if (Status status = access_.read(step.region, step.offset, step.width, value);
            status != Status::ok)
            return status;
        return access_.write(step.region, step.offset, step.width,
                             (value & ~step.mask) | (step.value & step.mask));
    }

    // The clock is read before the register: a thread that is put aside in between then still
    // sees what the register says after the deadline, and does not call a success a timeout.
    Status poll(const openbar_step& step, std::uint64_t& value) OPENBAR_NEEDS_SHARED(hardware) {
        const Nanoseconds start = kernel_.now();
        for (;;) {
            const Nanoseconds waited = kernel_.now() - start;
            if (Status status = access_.read(step.region, step.offset, step.width, value);
                status != Status::ok)
                return status;
            if ((value & step.mask) == step.value) return Status::ok;
            if (waited >= step.time_ns) return Status::timed_out;
            if (must_end()) return Status::cancelled;
            if (waited < poll_spins_for)
                kernel_.stall(poll_stall);
            else
                kernel_.sleep(poll_sleep);
        }
    }

    Status delay(Nanoseconds duration) {
        const Nanoseconds start = kernel_.now();
        for (Nanoseconds waited = 0; waited < duration; waited = kernel_.now() - start) {
            if (must_end()) return Status::cancelled;
            const Nanoseconds rest = duration - waited;
            if (rest <= longest_stall)
                kernel_.stall(rest);
            else
                kernel_.sleep(rest < longest_nap ? rest : longest_nap);
        }
        return Status::ok;
    }

    Device::State& state_;
    Kernel& kernel_;
    const Steps& steps_;
    Access access_;
};

}  // namespace

Status Device::State::program(Session&, Request& request) {
    Steps steps(kernel);
    if (Status status = steps.capture(request); status != Status::ok) return status;
    const std::uint32_t bytes =
        static_cast<std::uint32_t>(sizeof(openbar_program_result)) + 8 * steps.count();
    if (Status status = room_for(request, bytes); status != Status::ok) return status;
    Hold<Lock::hardware_shared> shared(kernel);
    if (Status status = hardware.standing.check(); status != Status::ok) return status;
    Program program(*this, steps);
    if (Status status = program.check(); status != Status::ok) return status;

    // From here on the request succeeds, so that the results so far reach the caller.
    clear_bytes(request.output, bytes);
    openbar_program_result result{};
    auto* values = static_cast<char*>(request.output) + sizeof result;
    counters.programs.add();
    while (result.steps_done < steps.count()) {
        std::uint64_t value = 0;
        const Status status = program.run(result.steps_done, value);
        copy_bytes(values + 8 * result.steps_done, &value, 8);
        result.status = static_cast<openbar_status>(status);
        if (status != Status::ok) break;
        ++result.steps_done;
        if (leaving.load() != 0 && result.steps_done < steps.count()) {
            result.status = OPENBAR_STATUS_CANCELLED;
            break;
        }
    }
    counters.steps.add(result.steps_done);
    copy_bytes(request.output, &result, sizeof result);
    request.produced = bytes;
    return Status::ok;
}

}  // namespace openbar::driver
