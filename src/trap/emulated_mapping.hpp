/// Addresses at which nothing lies: each load or store there traps, and becomes an access of
/// registers that a simulated card answers.
///
///     OPENBAR_TRY(mapping, trap::EmulatedMapping::create(4096, true, registers));
///     reinterpret_cast<volatile std::uint32_t*>(mapping->base())[2] = 10;  // a store of 4 bytes
///
/// What a pointer reads is what the model gives, at the cost of a trap (some microseconds). A
/// system call that is given such a pointer fails with EFAULT: the kernel does not trap for it. A
/// debugger stops at each trap unless it is told to pass the signal on (gdb: handle SIGSEGV nostop
/// noprint pass).
///
/// In a child of fork the registers answer all ones: the card has stayed with the parent.
#pragma once

#include "openbar/result.hpp"

#include "trap/registers.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace openbar::trap {

class EmulatedMapping {
public:
    /// Whether `create` works on this processor.
    [[nodiscard]] static bool supported() noexcept;

    /// `size` is rounded up to whole pages, all of which trap. Not `writable`: a store is a fault
    /// of the program's. `registers` must outlive the mapping. Memory may be mapped over parts of
    /// it, which then do not trap. Errors: resource_exhausted; unsupported on processors other than
    /// x86-64.
    [[nodiscard]] static Result<std::unique_ptr<EmulatedMapping>> create(std::uint64_t size,
                                                                         bool writable,
                                                                         Registers& registers);
    virtual ~EmulatedMapping() = default;

    [[nodiscard]] virtual std::byte* base() const noexcept = 0;
};

}  // namespace openbar::trap
