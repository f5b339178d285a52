#include "tests/unit/trap/random_instruction.hpp"

#include <algorithm>

namespace openbar::trap::testing {

const ZydisDecodedOperand* RandomInstruction::memory() const {
    for (unsigned i = 0; i < decoded.operand_count_visible; ++i)
        if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY) return &operands[i];
    return nullptr;
}

std::optional<RandomInstruction> decode(std::span<const std::uint8_t> bytes) {
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    RandomInstruction result;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes.data(), bytes.size(), &result.decoded,
                                             result.operands.data())))
        return std::nullopt;
    result.bytes.assign(bytes.begin(), bytes.begin() + result.decoded.length);
    return result;
}

void RandomInstructions::add_legacy(std::vector<std::uint8_t>& bytes) {
    constexpr std::array<std::uint8_t, 6> prefixes{0x66, 0xf2, 0xf3, 0xf0, 0x67, 0x3e};
    while (below(3) == 0) bytes.push_back(prefixes[below(prefixes.size())]);
    if (below(2) == 0) bytes.push_back(static_cast<std::uint8_t>(0x40 | below(16)));
    const unsigned map = below(8);
    if (map >= 3) bytes.push_back(0x0f);
    if (map == 6) bytes.push_back(0x38);
    if (map == 7) bytes.push_back(0x3a);
}

void RandomInstructions::add_vex(std::vector<std::uint8_t>& bytes) {
    bytes.push_back(0xc4);
    bytes.push_back(static_cast<std::uint8_t>((byte() & 0xe0) | (1 + below(3))));
    bytes.push_back(byte());
}

void RandomInstructions::add_evex(std::vector<std::uint8_t>& bytes) {
    bytes.push_back(0x62);
    bytes.push_back(static_cast<std::uint8_t>((byte() & 0xf0) | (1 + below(3))));
    bytes.push_back(static_cast<std::uint8_t>(byte() | 0x04));
    bytes.push_back(static_cast<std::uint8_t>(below(4) == 0 ? byte() : byte() & 0x78));
}

RandomInstruction RandomInstructions::next() {
    for (;;) {
        std::vector<std::uint8_t> bytes;
        const unsigned kind = below(8);
        if (kind == 0)
            add_vex(bytes);
        else if (kind == 1)
            add_evex(bytes);
        else
            add_legacy(bytes);
        bytes.push_back(byte());                                    // the opcode
        bytes.push_back(static_cast<std::uint8_t>(byte() & 0xbf));  // ModRM, mostly of memory
        while (bytes.size() < ZYDIS_MAX_INSTRUCTION_LENGTH) bytes.push_back(byte());
        auto instruction = decode(bytes);
        if (!instruction) continue;
        const auto touches = [](const ZydisDecodedOperand& operand) {
            return operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
                   operand.mem.type != ZYDIS_MEMOP_TYPE_AGEN;
        };
        const std::span all(instruction->operands.data(), instruction->decoded.operand_count);
        if (std::ranges::any_of(all, touches)) return *std::move(instruction);
    }
}

}  // namespace openbar::trap::testing
