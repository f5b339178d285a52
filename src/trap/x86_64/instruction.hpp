/// An instruction that touches memory, taken apart by Zydis.
#pragma once

#include "trap/text.hpp"
#include "trap/x86_64/processor.hpp"

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace openbar::trap {

class Instruction {
public:
    /// The one at `code`, of which no more is read than the processor has: not the next page,
    /// unless the instruction reaches into it. Nothing where Zydis does not know it.
    [[nodiscard]] static std::optional<Instruction> decode(std::uintptr_t code) noexcept;

    enum class Kind : std::uint8_t {
        load,    ///< memory to a general register, with or without extension
        store,   ///< a general register or a constant to memory
        native,  ///< all others with one operand in memory, which the processor can find elsewhere
        push,
        pop,
        string,   ///< MOVS, STOS, LODS, CMPS, SCAS, repeated or not
        nothing,  ///< touches a cache line and no data
        refused,
    };
    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    /// Why it is refused.
    [[nodiscard]] const char* reason() const noexcept { return reason_; }

    [[nodiscard]] unsigned length() const noexcept { return decoded_.length; }
    [[nodiscard]] unsigned width() const noexcept { return width_; }  ///< bytes in memory
    [[nodiscard]] bool reads() const noexcept { return reads_; }
    [[nodiscard]] bool writes() const noexcept { return writes_; }
    /// Whether it uses more than general registers and flags.
    [[nodiscard]] bool uses_vectors() const noexcept { return uses_vectors_; }

    /// Where its memory operand lies. `fault` decides where a segment register takes part.
    [[nodiscard]] std::uintptr_t address(const Processor& processor,
                                         std::uintptr_t fault) const noexcept;

    [[nodiscard]] const ZydisDecodedInstruction& decoded() const noexcept { return decoded_; }
    [[nodiscard]] const ZydisDecodedOperand& operand(unsigned number) const noexcept {
        return operands_[number];
    }
    /// For BT, BTS, BTR and BTC with a register: the register that says which bit, which may lie
    /// far from the operand's address.
    [[nodiscard]] std::optional<ZydisRegister> bit_register() const noexcept;

    /// In Intel's notation.
    void print(Text& text, std::uintptr_t code) const noexcept;

private:
    [[nodiscard]] std::span<const ZydisDecodedOperand> operands() const noexcept {
        return std::span(operands_).first(decoded_.operand_count);
    }
    void sort() noexcept;
    void sort_memory_operand() noexcept;
    void refuse(const char* reason) noexcept {
        kind_ = Kind::refused;
        reason_ = reason;
    }

    ZydisDecodedInstruction decoded_{};
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands_{};
    Kind kind_ = Kind::refused;
    const char* reason_ = "";
    std::uint8_t memory_ = 0;  // the number of the memory operand
    std::uint8_t width_ = 0;
    bool reads_ = false;
    bool writes_ = false;
    bool uses_vectors_ = false;
};

/// A general register, or part of one.
[[nodiscard]] std::uint64_t read_register(const Processor& processor, ZydisRegister name) noexcept;
/// As instructions do: 32 bits clear the upper half, fewer leave the rest.
void write_register(Processor& processor, ZydisRegister name, std::uint64_t value) noexcept;

}  // namespace openbar::trap
