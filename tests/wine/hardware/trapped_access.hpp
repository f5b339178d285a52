/// One access to memory that is not there, taken apart and done by somebody else.
///
///     const auto access = TrappedAccess::decode(code);
///     if (!access) return false;
///     access->perform(context, bus);               // and steps over the instruction
#pragma once

#include <windows.h>

#include <cstdint>
#include <optional>

namespace openbar::hardware {

// winnt.h lays the sixteen out in the order of their numbers.
inline DWORD64& register_of(CONTEXT& context, unsigned number) {
    return (&context.Rax)[number];
}

/// Who answers: `read(width)` and `write(width, value)`.
template <typename Bus>
concept AnswersAccesses = requires(Bus bus, std::uint64_t value) {
    value = bus.read(4u);
    bus.write(4u, value);
};

/// The moves that a compiler makes of one volatile access; nothing else touches a register.
struct TrappedAccess {
    bool store = false;
    unsigned width = 0;     ///< bytes in memory
    unsigned widen_to = 0;  ///< bytes of the register that a load fills
    unsigned reg = 0;
    std::optional<std::uint64_t> constant;  ///< that is stored, in place of a register
    unsigned length = 0;                    ///< bytes of the instruction

    /// Nothing where the instruction is no such move.
    [[nodiscard]] static std::optional<TrappedAccess> decode(const std::uint8_t* code);

    template <AnswersAccesses Bus>
    void perform(CONTEXT& context, Bus bus) const {
        if (store)
            bus.write(width, constant.value_or(register_of(context, reg)));
        else
            load(register_of(context, reg), bus.read(width));
        context.Rip += length;
    }

private:
    void load(DWORD64& into, std::uint64_t value) const;
};

}  // namespace openbar::hardware
