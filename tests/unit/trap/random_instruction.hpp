/// Instructions at random, with a memory operand.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace openbar::trap::testing {

struct RandomInstruction {
    std::vector<std::uint8_t> bytes;
    ZydisDecodedInstruction decoded;
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;

    /// The operand that names memory; null for string instructions and the like.
    [[nodiscard]] const ZydisDecodedOperand* memory() const;
};

class RandomInstructions {
public:
    explicit RandomInstructions(unsigned seed) : random_(seed) {}
    /// The next that Zydis knows and that touches memory.
    [[nodiscard]] RandomInstruction next();
    [[nodiscard]] std::mt19937_64& random() { return random_; }

private:
    [[nodiscard]] std::uint8_t byte() { return static_cast<std::uint8_t>(random_()); }
    [[nodiscard]] unsigned below(unsigned limit) {
        return static_cast<unsigned>(random_() % limit);
    }
    void add_legacy(std::vector<std::uint8_t>& bytes);
    void add_vex(std::vector<std::uint8_t>& bytes);
    void add_evex(std::vector<std::uint8_t>& bytes);

    std::mt19937_64 random_;
};

/// Decodes what lies there; nothing where that is no instruction.
[[nodiscard]] std::optional<RandomInstruction> decode(std::span<const std::uint8_t> bytes);

}  // namespace openbar::trap::testing
