/// Runs one instruction with all registers as a test wants them, and catches what the processor
/// thinks of it.
///
///     Machine before = …, after;
///     if (run(code, before, after)) compare(after, …);
///
/// The same code runs on ordinary memory and on an emulated mapping, so that the two can be
/// compared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace openbar::trap::testing {

struct alignas(64) Machine {
    std::array<std::uint64_t, 16> general{};
    std::uint64_t flags = 0;
    std::uint64_t padding = 0;
    /// As XSAVE writes it: x87, SSE, AVX, and AVX-512 where the processor has it.
    alignas(64) std::array<std::byte, 4096> vectors{};
};

/// Which of XSAVE's components `Machine` holds on this processor.
[[nodiscard]] std::uint64_t vector_components();

/// Room for the instruction at the end of a page, in front of one that cannot be read or in the
/// middle.
class Code {
public:
    Code();
    ~Code();
    Code(const Code&) = delete;
    Code& operator=(const Code&) = delete;
    /// False where the processor refused to run it: a fault of another kind than a trap.
    [[nodiscard]] bool run(std::span<const std::uint8_t> instruction, const Machine& before,
                           Machine& after);

private:
    std::byte* pages_;
};

}  // namespace openbar::trap::testing
