/// Has the processor itself carry out an instruction whose memory operand lies elsewhere.
///
///     std::array<std::byte, 64> operand{…};                  // what the memory holds
///     if (execute_natively(instruction, processor, operand)) …  // and what it holds now
///
/// A copy of the instruction is made whose operand is memory of this unit's, by rewriting its ModRM
/// byte; it runs with the thread's own registers and flags. So they end as the processor leaves
/// them, undefined flags included, for each of some thousand instructions, without a line of code
/// for any of them.
///
/// Copies are kept, so that an instruction in a loop is copied once. One thread at a time runs one.
#pragma once

#include "trap/x86_64/instruction.hpp"
#include "trap/x86_64/processor.hpp"

#include <array>
#include <cstddef>

namespace openbar::trap {

using Operand = std::array<std::byte, 64>;

/// Takes the memory for the copies. Called before the first trap; false where the system gives no
/// memory that can be executed, and then `execute_natively` does nothing.
[[nodiscard]] bool prepare_native_execution() noexcept;

/// False where the copy cannot be made or the vector registers are not there; nothing has changed.
[[nodiscard]] bool execute_natively(const Instruction& instruction, Processor& processor,
                                    Operand& operand) noexcept;

/// Around a fork: the child finds the lock open.
void lock_native_execution() noexcept;
void unlock_native_execution() noexcept;

}  // namespace openbar::trap
