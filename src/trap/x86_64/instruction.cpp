#include "trap/x86_64/instruction.hpp"

#include "base/page.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace openbar::trap {
namespace {

constexpr std::size_t longest_instruction = ZYDIS_MAX_INSTRUCTION_LENGTH;
constexpr ZydisOperandActions conditional =
    ZYDIS_OPERAND_ACTION_CONDREAD | ZYDIS_OPERAND_ACTION_CONDWRITE;

bool is_high_byte(ZydisRegister name) {
    return name >= ZYDIS_REGISTER_AH && name <= ZYDIS_REGISTER_BH;
}

unsigned number_of_register(ZydisRegister name) {
    return static_cast<unsigned>(
        ZydisRegisterGetId(ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name)));
}

bool is_general(ZydisRegister name) {
    switch (ZydisRegisterGetClass(name)) {
        case ZYDIS_REGCLASS_GPR8:
        case ZYDIS_REGCLASS_GPR16:
        case ZYDIS_REGCLASS_GPR32:
        case ZYDIS_REGCLASS_GPR64: return true;
        default: return false;
    }
}

bool is_general(const ZydisDecodedOperand& operand) {
    return operand.type == ZYDIS_OPERAND_TYPE_REGISTER && is_general(operand.reg.value);
}

/// Those that use general registers and flags alone. Of others Zydis does not list all that they
/// use: a conversion of a number in memory sets flags in MXCSR.
bool is_of_integers(ZydisISAExt extension) {
    switch (extension) {
        case ZYDIS_ISA_EXT_BASE:
        case ZYDIS_ISA_EXT_LONGMODE:
        case ZYDIS_ISA_EXT_MOVBE:
        case ZYDIS_ISA_EXT_BMI1:
        case ZYDIS_ISA_EXT_BMI2:
        case ZYDIS_ISA_EXT_ADOX_ADCX: return true;
        default: return false;
    }
}

bool has_base(ZydisRegister segment) {
    return segment == ZYDIS_REGISTER_FS || segment == ZYDIS_REGISTER_GS;
}

bool touches_a_cache_line_only(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
        case ZYDIS_MNEMONIC_CLFLUSH:
        case ZYDIS_MNEMONIC_CLFLUSHOPT:
        case ZYDIS_MNEMONIC_CLWB:
        case ZYDIS_MNEMONIC_CLDEMOTE: return true;
        default: return false;
    }
}

bool is_integer_move(ZydisMnemonic mnemonic) {
    return mnemonic == ZYDIS_MNEMONIC_MOV || mnemonic == ZYDIS_MNEMONIC_MOVZX ||
           mnemonic == ZYDIS_MNEMONIC_MOVSX || mnemonic == ZYDIS_MNEMONIC_MOVSXD;
}

/// Moves under a mask that is a vector, which Zydis does not tell from others.
bool is_masked_move(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
        case ZYDIS_MNEMONIC_VMASKMOVPS:
        case ZYDIS_MNEMONIC_VMASKMOVPD:
        case ZYDIS_MNEMONIC_VPMASKMOVD:
        case ZYDIS_MNEMONIC_VPMASKMOVQ: return true;
        default: return false;
    }
}

/// What changes more than registers, flags and one memory operand.
const char* reason_to_refuse(const ZydisDecodedInstruction& decoded) {
    switch (decoded.meta.category) {
        case ZYDIS_CATEGORY_CALL:
        case ZYDIS_CATEGORY_COND_BR:
        case ZYDIS_CATEGORY_UNCOND_BR:
        case ZYDIS_CATEGORY_RET: return "it takes the next instruction's address from a register";
        case ZYDIS_CATEGORY_SYSTEM:
        case ZYDIS_CATEGORY_SEGOP:
        case ZYDIS_CATEGORY_XSAVE:
        case ZYDIS_CATEGORY_XSAVEOPT: return "it is an instruction of the system's";
        case ZYDIS_CATEGORY_IOSTRINGOP: return "it accesses ports";
        default: break;
    }
    const ZydisRegister mask = decoded.avx.mask.reg;
    if ((mask != ZYDIS_REGISTER_NONE && mask != ZYDIS_REGISTER_K0) ||
        is_masked_move(decoded.mnemonic))
        return "it accesses memory under a mask";
    return nullptr;
}

}  // namespace

std::optional<Instruction> Instruction::decode(std::uintptr_t code) noexcept {
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    Instruction result;
    ZydisDecoderContext context;
    const auto decode_some = [&](std::size_t most) {
        return ZydisDecoderDecodeInstruction(
            &decoder, &context, reinterpret_cast<const void*>(code), most, &result.decoded_);
    };
    const std::size_t on_this_page = page_size() - code % page_size();
    ZyanStatus status = decode_some(std::min(longest_instruction, on_this_page));
    if (status == ZYDIS_STATUS_NO_MORE_DATA && on_this_page < longest_instruction)
        status = decode_some(longest_instruction);
    if (!ZYAN_SUCCESS(status)) return std::nullopt;
    status = ZydisDecoderDecodeOperands(&decoder, &context, &result.decoded_,
                                        result.operands_.data(), result.decoded_.operand_count);
    if (!ZYAN_SUCCESS(status)) return std::nullopt;
    result.sort();
    return result;
}

void Instruction::sort() noexcept {
    if (touches_a_cache_line_only(decoded_.mnemonic)) {
        kind_ = Kind::nothing;
        return;
    }
    if (const char* reason = reason_to_refuse(decoded_)) return refuse(reason);
    for (const auto& operand : operands()) {
        if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
        const ZydisRegister name = operand.reg.value;
        if (ZydisRegisterGetClass(name) == ZYDIS_REGCLASS_SEGMENT &&
            (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0)
            return refuse("it loads a segment register");
    }
    uses_vectors_ = !is_of_integers(decoded_.meta.isa_ext);
    if (decoded_.meta.category == ZYDIS_CATEGORY_STRINGOP) {
        kind_ = Kind::string;
        width_ = static_cast<std::uint8_t>(operands_[0].size / 8);
        if (decoded_.address_width != 64) refuse("its addresses have 32 bits");
        for (const auto& operand : operands())
            if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY && has_base(operand.mem.segment))
                refuse("its addresses have a segment's base");
        return;
    }
    sort_memory_operand();
}

void Instruction::sort_memory_operand() noexcept {
    const bool stack =
        decoded_.mnemonic == ZYDIS_MNEMONIC_PUSH || decoded_.mnemonic == ZYDIS_MNEMONIC_POP;
    unsigned found = 0;
    for (unsigned i = 0; i < decoded_.operand_count; ++i) {
        const auto& operand = operands_[i];
        if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
        if (operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN) {
            if (stack) continue;
            return refuse("it accesses memory that it does not name");
        }
        if (operand.mem.type != ZYDIS_MEMOP_TYPE_MEM) return refuse("it is no plain access");
        memory_ = static_cast<std::uint8_t>(i);
        ++found;
    }
    if (found != 1) return refuse("its operand is not memory that it names");
    const auto& memory = operands_[memory_];
    // Those of integers access memory whatever comes of their condition: CMPXCHG, CMOV, a shift by
    // 0.
    if ((memory.actions & conditional) != 0 && !is_of_integers(decoded_.meta.isa_ext))
        return refuse("it accesses memory under a condition");
    if (memory.size == 0 || memory.size % 8 != 0 || memory.size > 512)
        return refuse("it accesses more than 64 bytes");
    width_ = static_cast<std::uint8_t>(memory.size / 8);
    reads_ = (memory.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
    writes_ = (memory.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    if (stack) {
        kind_ = decoded_.mnemonic == ZYDIS_MNEMONIC_PUSH ? Kind::push : Kind::pop;
        return;
    }
    const auto& other = operands_[memory_ == 0 ? 1 : 0];
    const bool from_constant = other.type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
    if (is_integer_move(decoded_.mnemonic) && (is_general(other) || from_constant)) {
        kind_ = memory_ == 0 ? Kind::store : Kind::load;
        return;
    }
    if (decoded_.raw.modrm.offset == 0) return refuse("its encoding has no memory operand");
    kind_ = Kind::native;
}

std::optional<ZydisRegister> Instruction::bit_register() const noexcept {
    switch (decoded_.mnemonic) {
        case ZYDIS_MNEMONIC_BT:
        case ZYDIS_MNEMONIC_BTS:
        case ZYDIS_MNEMONIC_BTR:
        case ZYDIS_MNEMONIC_BTC: break;
        default: return std::nullopt;
    }
    if (!is_general(operands_[1])) return std::nullopt;
    return operands_[1].reg.value;
}

std::uintptr_t Instruction::address(const Processor& processor,
                                    std::uintptr_t fault) const noexcept {
    const ZydisDecodedOperandMem& memory = operands_[memory_].mem;
    if (has_base(memory.segment)) return fault;
    const auto value = [&](ZydisRegister name) -> std::uint64_t {
        if (name == ZYDIS_REGISTER_NONE) return 0;
        if (name == ZYDIS_REGISTER_RIP || name == ZYDIS_REGISTER_EIP)
            return processor.instruction + length();
        std::uint64_t number = read_register(processor, name);
        // POP computes its address after it has taken the value from the stack.
        if (kind_ == Kind::pop && number_of_register(name) == number_of::rsp) number += width_;
        return number;
    };
    std::uint64_t address = value(memory.base) + value(memory.index) * memory.scale +
                            static_cast<std::uint64_t>(memory.disp.value);
    if (decoded_.address_width == 32) address &= 0xffffffff;
    if (const auto name = bit_register()) {
        const auto bits = static_cast<int>(8 * width_);
        const std::uint64_t raw = read_register(processor, *name);
        // The register is signed, of the operand's own width.
        const auto bit = static_cast<std::int64_t>(raw << (64 - bits)) >> (64 - bits);
        address += static_cast<std::uint64_t>((bit >> std::countr_zero(8u * width_)) * width_);
    }
    return address;
}

void Instruction::print(Text& text, std::uintptr_t code) const noexcept {
    ZydisDisassembledInstruction printed;
    if (ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, code,
                                           reinterpret_cast<const void*>(code), length(),
                                           &printed)))
        text << std::string_view(printed.text);
}

std::uint64_t read_register(const Processor& processor, ZydisRegister name) noexcept {
    const std::uint64_t whole = processor.general[number_of_register(name)];
    if (is_high_byte(name)) return whole >> 8 & 0xff;
    const auto bits = ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, name);
    return bits == 64 ? whole : whole & ((std::uint64_t{1} << bits) - 1);
}

void write_register(Processor& processor, ZydisRegister name, std::uint64_t value) noexcept {
    std::uint64_t& whole = processor.general[number_of_register(name)];
    if (is_high_byte(name)) {
        whole = (whole & ~std::uint64_t{0xff00}) | (value & 0xff) << 8;
        return;
    }
    switch (ZydisRegisterGetWidth(ZYDIS_MACHINE_MODE_LONG_64, name)) {
        case 8: whole = (whole & ~std::uint64_t{0xff}) | (value & 0xff); break;
        case 16: whole = (whole & ~std::uint64_t{0xffff}) | (value & 0xffff); break;
        case 32: whole = value & 0xffffffff; break;
        default: whole = value; break;
    }
}

}  // namespace openbar::trap
