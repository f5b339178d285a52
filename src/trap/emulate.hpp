/// Carries out an instruction that trapped because it touched an emulated mapping.
///
///     trap::Text why;
///     switch (trap::emulate(processor, address, ranges, why)) {
///         case trap::Outcome::done: …                      // go on behind the instruction
///         case trap::Outcome::refused: say(why.view()); …  // one that nobody knows how to do
///         case trap::Outcome::fault: …                     // as if openbar were not there
///     }
///
/// Each integer load or store becomes one access of its width, and an instruction that reads and
/// writes one of each. A move of more than 8 bytes (SSE, AVX, CMPXCHG16B) and one at an address
/// that is no multiple of its width are accesses of at most 8 aligned bytes, by rising address.
/// String instructions make one access for each element. The rest of the instruction, flags
/// included, is done by the processor itself on a copy (`x86_64/native_execution.hpp`).
///
/// Async-signal-safe as far as the mapping's `Registers` are.
#pragma once

#include "trap/registers.hpp"
#include "trap/text.hpp"

#include <cstdint>

#if defined(__x86_64__)
#include "trap/x86_64/processor.hpp"
#endif

namespace openbar::trap {

/// Addresses at which nothing lies but registers.
struct Range {
    std::uintptr_t begin = 0;
    std::uint64_t size = 0;
    bool writable = true;
    Registers* registers = nullptr;

    [[nodiscard]] bool holds(std::uintptr_t address) const noexcept {
        return address >= begin && address - begin < size;
    }
};

/// The emulated mappings of this process.
class Ranges {
public:
    virtual ~Ranges() = default;
    /// The one that holds an address; null where none does.
    [[nodiscard]] virtual const Range* find(std::uintptr_t address) const noexcept = 0;
};

enum class Outcome : std::uint8_t {
    done,     ///< `processor` is as the instruction leaves it
    fault,    ///< it is the program's own fault: a store to what is mapped for reading
    refused,  ///< the instruction cannot be emulated
};

/// `address`: where the processor faulted. `why` is set where the instruction is refused: which it
/// is, where it lies, and the reason.
[[nodiscard]] Outcome emulate(Processor& processor, std::uintptr_t address, const Ranges& ranges,
                              Text& why) noexcept;

}  // namespace openbar::trap
