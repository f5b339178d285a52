/// Who answers the loads and stores of an emulated mapping: the registers of a simulated card.
///
///     class Liveness final : public trap::Registers {
///         std::uint64_t load(std::uint64_t, unsigned) noexcept override { return ~value_; }
///         void store(std::uint64_t, unsigned, std::uint64_t value) noexcept override { … }
///         …
///     };
#pragma once

#include <cstdint>

namespace openbar::trap {

/// Called in the middle of the program's instruction, on its thread and its stack, with signals
/// blocked, by any number of threads at once.
class Registers {
public:
    virtual ~Registers() = default;

    /// One access of `width` 1, 2, 4 or 8 bytes at an offset that is a multiple of it. Of the
    /// value, only `width` bytes count.
    [[nodiscard]] virtual std::uint64_t load(std::uint64_t offset, unsigned width) noexcept = 0;
    virtual void store(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept = 0;

    /// Around all accesses of one instruction that reads and writes: a locked one is one operation
    /// to other threads. Plain loads and stores do not take it.
    virtual void begin_update() noexcept {}
    virtual void end_update() noexcept {}
};

}  // namespace openbar::trap
