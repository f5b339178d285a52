/// Register programs: accesses in a fixed order, checked once and run many times.
///
///     openbar::RegisterSteps steps;
///     steps.write<edu::Factorial>(10);
///     steps.wait_until<edu::Status>(edu::Status::Computing{false}, 100ms);
///     auto factorial = steps.read<edu::Factorial>();
///     auto program = device.program(steps).value();
///     auto values = program.run().value();
///     std::cout << values[factorial] << "\n";                      // prints 0x00375f00
///
/// Use one for a sequence that runs often, or that other code must not interrupt for long. Over
/// vfio-user, consecutive writes are sent together, and only the last one waits for the server. On
/// Windows the program is one request to the driver. Elsewhere each step is one request.
///
/// A program is limited as in the Windows driver: 256 steps, whose delays and timeouts add up to 1 s
/// at most.
#pragma once

#include "openbar/region.hpp"
#include "openbar/register_access.hpp"
#include "openbar/result.hpp"

#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace openbar {

class Backend;

/// One step, by numbers. Widths are in bytes.
struct RegisterStep {
    enum class Operation : std::uint8_t {
        read,
        write,         ///< `value`
        masked_write,  ///< reads, and writes (register & ~mask) | (value & mask)
        poll,          ///< reads until (register & mask) == value, for `time` at most
        delay          ///< lets at least `time` pass
    };
    Operation operation = Operation::read;
    unsigned width = 4;
    RegionIndex region = 0;
    std::uint64_t offset = 0;
    std::uint64_t value = 0;
    std::uint64_t mask = 0;
    std::chrono::nanoseconds time{};
};

inline constexpr std::size_t most_register_steps = 256;
inline constexpr std::chrono::nanoseconds longest_register_program = std::chrono::seconds(1);

/// Which step of its program accesses register R.
template <AnyRegister R>
struct StepOf {
    std::size_t index = 0;
};

namespace detail {

/// Notes the access that a named operation makes, and answers a load with `answer`.
class NotedAccess : public RegisterOperations<NotedAccess> {
public:
    explicit NotedAccess(std::uint64_t answer = 0) noexcept : answer_(answer) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const {
        note(offset, sizeof(T));
        return static_cast<T>(answer_);
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const {
        note(offset, sizeof(T));
        stored_ = value;
    }

    [[nodiscard]] RegisterStep step(RegisterStep::Operation operation, RegionIndex region) const {
        return {.operation = operation,
                .width = width_,
                .region = region,
                .offset = offset_,
                .value = stored_};
    }
    [[nodiscard]] std::uint64_t stored() const noexcept { return stored_; }

private:
    void note(std::uint64_t offset, unsigned width) const {
        offset_ = offset;
        width_ = width;
    }

    std::uint64_t answer_;
    mutable std::uint64_t offset_ = 0;
    mutable unsigned width_ = 0;
    mutable std::uint64_t stored_ = 0;
};

template <AnyRegister R>
constexpr void require_one_access() noexcept {
    static_assert(!R::in_halves, "the register is accessed in two halves: add them one by one");
}

}  // namespace detail

/// The steps of a program. Named steps have the operations of `RegisterOperations`.
class RegisterSteps {
public:
    /// The region of the steps that follow; 0 at first.
    void in(RegionIndex region) noexcept { region_ = region; }

    template <SingleRegister R>
    StepOf<R> read() {
        detail::require_one_access<R>();
        const detail::NotedAccess access;
        static_cast<void>(access.template read<R>());
        return {add(access.step(RegisterStep::Operation::read, region_))};
    }
    template <ArrayRegister R>
    StepOf<R> read(Index<R> index) {
        detail::require_one_access<R>();
        const detail::NotedAccess access;
        static_cast<void>(access.template read<R>(index));
        return {add(access.step(RegisterStep::Operation::read, region_))};
    }

    /// `write<R>(10)`, `write<R>(R::Enable{true})`, `write<Entry>(index, …)`.
    template <SingleRegister R>
    StepOf<R> write(Value<R> image) {
        return note_write<R>([&](const auto& access) { access.template write<R>(image); });
    }
    template <SingleRegister R, detail::Setting... Settings>
    requires(sizeof...(Settings) > 0) StepOf<R> write(Settings... settings) {
        return note_write<R>([&](const auto& access) { access.template write<R>(settings...); });
    }
    template <ArrayRegister R>
    StepOf<R> write(Index<R> index, Value<R> image) {
        return note_write<R>([&](const auto& access) { access.template write<R>(index, image); });
    }

    /// Reads the register, sets these fields, and writes it. The value of the step is what was read.
    template <SingleRegister R, detail::Setting... Settings>
    requires(sizeof...(Settings) > 0) StepOf<R> modify(Settings... settings) {
        detail::require_one_access<R>();
        // Each bit that is written is a constant or the bit that was read.
        const detail::NotedAccess zeros(0), ones(~std::uint64_t{0});
        zeros.template modify<R>(settings...);
        ones.template modify<R>(settings...);
        RegisterStep step = zeros.step(RegisterStep::Operation::masked_write, region_);
        step.mask = whole<R>() & ~(zeros.stored() ^ ones.stored());
        step.value &= step.mask;
        return {add(step)};
    }

    /// Polls the register until a field has a value. The value of the step is what was read last.
    template <SingleRegister R, detail::FieldSetting Field>
    StepOf<R> wait_until(Field field, Timeout timeout) {
        detail::require_one_access<R>();
        const detail::NotedAccess access;
        static_cast<void>(access.template read<R>().template get<Field>());
        RegisterStep step = access.step(RegisterStep::Operation::poll, region_);
        using Integer = typename R::Integer;
        step.value = on_the_bus<R>(static_cast<Integer>(field.bits()));
        step.mask = on_the_bus<R>(static_cast<Integer>(Field::mask));
        step.time = timeout.nanoseconds();
        return {add(step)};
    }

    void delay(Timeout time) {
        add({.operation = RegisterStep::Operation::delay, .time = time.nanoseconds()});
    }

    /// A step by numbers; returns its index.
    std::size_t add(const RegisterStep& step) {
        steps_.push_back(step);
        return steps_.size() - 1;
    }

    [[nodiscard]] std::span<const RegisterStep> list() const noexcept { return steps_; }

private:
    friend class RegisterProgram;
    friend class RegisterValues;

    template <AnyRegister R>
    static constexpr std::uint64_t whole() noexcept {
        return static_cast<typename R::Integer>(~typename R::Integer{0});
    }
    template <AnyRegister R>
    static constexpr typename R::Integer on_the_bus(typename R::Integer image) noexcept {
        return R::big_endian ? std::byteswap(image) : image;
    }
    template <AnyRegister R, typename Write>
    StepOf<R> note_write(Write write) {
        detail::require_one_access<R>();
        const detail::NotedAccess access;
        write(access);
        return {add(access.step(RegisterStep::Operation::write, region_))};
    }

    std::vector<RegisterStep> steps_;
    RegionIndex region_ = 0;
};

/// The values of a run: of each step that reads, the register.
class RegisterValues {
public:
    template <AnyRegister R>
    [[nodiscard]] Value<R> operator[](StepOf<R> step) const {
        const auto image = static_cast<typename R::Integer>(values_.at(step.index));
        return RegisterSteps::on_the_bus<R>(image);
    }
    /// By the index of the step; 0 for a step that reads nothing.
    [[nodiscard]] std::uint64_t operator[](std::size_t step) const { return values_.at(step); }

private:
    friend class RegisterProgram;
    explicit RegisterValues(std::vector<std::uint64_t> values) noexcept
        : values_(std::move(values)) {}

    std::vector<std::uint64_t> values_;
};

/// A checked program of one device: `Device::program`. It keeps the device open.
///
/// Thread-safety: any number of threads may run it at once, each on a copy; their steps interleave.
class RegisterProgram {
public:
    /// Runs the steps in order. The first one that fails ends the run; the steps before it are done.
    /// Errors, which name the step: timed_out (a poll); those of `Region::read`. Over vfio-user, the
    /// server's refusal of one of several consecutive writes may be reported for a later one, or be
    /// lost.
    [[nodiscard]] Result<RegisterValues> run() const;

    /// Changes the value that a step of `write` writes.
    template <SingleRegister R>
    void set(StepOf<R> step, Value<R> image) {
        const detail::NotedAccess access;
        access.template write<R>(image);
        steps_.at(step.index).value = access.stored();
    }

private:
    friend class Device;
    RegisterProgram(std::shared_ptr<Backend> backend, std::vector<RegisterStep> steps) noexcept
        : backend_(std::move(backend)), steps_(std::move(steps)) {}

    std::shared_ptr<Backend> backend_;
    std::vector<RegisterStep> steps_;
};

}  // namespace openbar
