#include "trap/emulate.hpp"

#include "base/width_access.hpp"
#include "trap/x86_64/instruction.hpp"
#include "trap/x86_64/native_execution.hpp"
#include "trap/x86_64/ordinary_memory.hpp"

#include <bit>
#include <cstring>
#include <span>

namespace openbar::trap {
namespace {

constexpr std::uint64_t flag_direction = 1u << 10;
constexpr std::uint64_t flag_zero = 1u << 6;
/// Elements of one repeated string instruction that are done before other signals get their turn:
/// as after an interrupt, the processor then goes on with the rest.
constexpr std::uint64_t most_elements = 4096;

/// An access to registers, in pieces of at most 8 aligned bytes.
void load_bytes(const Range& range, std::uintptr_t address, std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const unsigned width = next_width(address, bytes.size());
        const std::uint64_t value = range.registers->load(address - range.begin, width);
        std::memcpy(bytes.data(), &value, width);
        bytes = bytes.subspan(width);
        address += width;
    }
}

void store_bytes(const Range& range, std::uintptr_t address, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const unsigned width = next_width(address, bytes.size());
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), width);
        range.registers->store(address - range.begin, width, value);
        bytes = bytes.subspan(width);
        address += width;
    }
}

std::uint64_t load_value(const Range& range, std::uintptr_t address, unsigned width) {
    std::uint64_t value = 0;
    load_bytes(range, address, std::as_writable_bytes(std::span(&value, 1)).first(width));
    return value;
}

void store_value(const Range& range, std::uintptr_t address, unsigned width, std::uint64_t value) {
    store_bytes(range, address, std::as_bytes(std::span(&value, 1)).first(width));
}

std::uint64_t extended(std::uint64_t value, unsigned width) {
    const unsigned unused = 64 - 8 * width;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
}

class Emulation {
public:
    Emulation(Processor& processor, const Instruction& instruction, const Ranges& ranges)
        : processor_(processor), instruction_(instruction), ranges_(ranges) {}

    Outcome run(const Range& range, std::uintptr_t address) {
        switch (instruction_.kind()) {
            case Instruction::Kind::load: load(range, address); break;
            case Instruction::Kind::store: store(range, address); break;
            case Instruction::Kind::native:
                if (!update(range, address)) return refuse("this system lets no copy of it run");
                break;
            case Instruction::Kind::push: push(range, address); break;
            case Instruction::Kind::pop: pop(range, address); break;
            default: return refuse(instruction_.reason());
        }
        processor_.instruction += instruction_.length();
        return Outcome::done;
    }

    Outcome run_string() {
        const bool repeated =
            (instruction_.decoded().attributes &
             (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)) != 0;
        std::uint64_t& count = processor_.general[number_of::rcx];
        for (std::uint64_t done = 0; repeated ? count != 0 : done == 0; ++done) {
            if (done == most_elements) return Outcome::done;
            if (const Outcome outcome = one_element(); outcome != Outcome::done) return outcome;
            if (repeated) --count;
            if (repeated && compares() && !goes_on()) break;
        }
        processor_.instruction += instruction_.length();
        return Outcome::done;
    }

    [[nodiscard]] const char* reason() const { return reason_; }

private:
    Outcome refuse(const char* reason) {
        reason_ = reason;
        return Outcome::refused;
    }

    void load(const Range& range, std::uintptr_t address) {
        std::uint64_t value = load_value(range, address, instruction_.width());
        const ZydisMnemonic mnemonic = instruction_.decoded().mnemonic;
        if (mnemonic == ZYDIS_MNEMONIC_MOVSX || mnemonic == ZYDIS_MNEMONIC_MOVSXD)
            value = extended(value, instruction_.width());
        write_register(processor_, instruction_.operand(0).reg.value, value);
    }

    void store(const Range& range, std::uintptr_t address) {
        const auto& source = instruction_.operand(1);
        store_value(range, address, instruction_.width(),
                    source.type == ZYDIS_OPERAND_TYPE_IMMEDIATE
                        ? source.imm.value.u
                        : read_register(processor_, source.reg.value));
    }

    /// The processor does it on a copy of what the registers hold.
    bool update(const Range& range, std::uintptr_t address) {
        const bool both = instruction_.reads() && instruction_.writes();
        Operand operand{};
        const auto bytes = std::span(operand).first(instruction_.width());
        if (both) range.registers->begin_update();
        if (instruction_.reads()) load_bytes(range, address, bytes);
        const bool done = execute_near_bit(operand);
        if (done && instruction_.writes()) store_bytes(range, address, bytes);
        if (both) range.registers->end_update();
        return done;
    }

    /// A bit that a register counts from the operand's start is within the copy.
    bool execute_near_bit(Operand& operand) {
        const auto name = instruction_.bit_register();
        if (!name) return execute_natively(instruction_, processor_, operand);
        const std::uint64_t whole = read_register(processor_, *name);
        const ZydisRegister largest =
            ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, *name);
        const std::uint64_t before = read_register(processor_, largest);
        write_register(processor_, *name, whole % (8 * instruction_.width()));
        const bool done = execute_natively(instruction_, processor_, operand);
        write_register(processor_, largest, before);
        return done;
    }

    void push(const Range& range, std::uintptr_t address) {
        const std::uint64_t value = load_value(range, address, instruction_.width());
        processor_.general[number_of::rsp] -= instruction_.width();
        store_ordinary(processor_.general[number_of::rsp], instruction_.width(), value);
    }

    void pop(const Range& range, std::uintptr_t address) {
        std::uint64_t& stack = processor_.general[number_of::rsp];
        const std::uint64_t value = load_ordinary(stack, instruction_.width());
        store_value(range, address, instruction_.width(), value);
        stack += instruction_.width();
    }

    [[nodiscard]] bool compares() const {
        switch (instruction_.decoded().opcode) {
            case 0xa6:
            case 0xa7:
            case 0xae:
            case 0xaf: return true;
            default: return false;
        }
    }
    [[nodiscard]] bool goes_on() const {
        const bool while_equal = (instruction_.decoded().attributes & ZYDIS_ATTRIB_HAS_REPNE) == 0;
        return ((processor_.flags & flag_zero) != 0) == while_equal;
    }

    Outcome one_element() {
        const std::uint64_t source = processor_.general[number_of::rsi];
        const std::uint64_t target = processor_.general[number_of::rdi];
        std::uint64_t value = 0;
        std::uint64_t other = 0;
        bool good = true;
        // The opcodes in pairs: of bytes, and of more.
        switch (instruction_.decoded().opcode & 0xfe) {
            case 0xa4: good = fetch(source, value) && put(target, value); break;
            case 0xa6: good = fetch(source, value) && fetch(target, other); break;
            case 0xaa: good = put(target, processor_.general[number_of::rax]); break;
            case 0xac: good = fetch(source, value); break;
            case 0xae: good = fetch(target, other); break;
            default: return refuse("it is no string instruction that is known");
        }
        if (!good) return outcome_;
        finish_element(value, other);
        return Outcome::done;
    }

    void finish_element(std::uint64_t value, std::uint64_t other) {
        const unsigned width = instruction_.width();
        const std::uint64_t step =
            (processor_.flags & flag_direction) != 0 ? -std::uint64_t{width} : width;
        const std::uint64_t accumulator = processor_.general[number_of::rax];
        const unsigned opcode = instruction_.decoded().opcode & 0xfe;
        if (opcode == 0xa6) set_flags_of_comparison(value, other);
        if (opcode == 0xae) set_flags_of_comparison(accumulator, other);
        if (opcode == 0xac) write_register(processor_, instruction_.operand(0).reg.value, value);
        const bool from = opcode == 0xa4 || opcode == 0xa6 || opcode == 0xac;
        if (from) processor_.general[number_of::rsi] += step;
        if (opcode != 0xac) processor_.general[number_of::rdi] += step;
    }

    void set_flags_of_comparison(std::uint64_t left, std::uint64_t right) {
        constexpr std::uint64_t compared = 0x8d5;  // OF, SF, ZF, AF, PF, CF
        const unsigned unused = 64 - 8 * instruction_.width();
        std::uint64_t flags = 0;
        // Shifted to the top, all but AF are those of the narrow comparison; that is of bits 3 and
        // 4.
        asm("cmpq %2, %1\n\tpushfq\n\tpopq %0"
            : "=r"(flags)
            : "r"(left << unused), "r"(right << unused)
            : "cc");
        constexpr std::uint64_t parity = 1u << 2;
        constexpr std::uint64_t adjust = 1u << 4;
        const std::uint64_t difference = left - right;
        flags &= ~(parity | adjust);
        if (std::popcount(difference & 0xff) % 2 == 0) flags |= parity;
        if (((left ^ right ^ difference) & 0x10) != 0) flags |= adjust;
        processor_.flags = (processor_.flags & ~compared) | (flags & compared);
    }

    /// One element of registers or of ordinary memory.
    bool fetch(std::uintptr_t address, std::uint64_t& value) {
        const Range* range = ranges_.find(address);
        if (range == nullptr) {
            value = load_ordinary(address, instruction_.width());
            return true;
        }
        if (!fits(*range, address)) return false;
        value = load_value(*range, address, instruction_.width());
        return true;
    }
    bool put(std::uintptr_t address, std::uint64_t value) {
        const Range* range = ranges_.find(address);
        if (range == nullptr) {
            store_ordinary(address, instruction_.width(), value);
            return true;
        }
        if (!fits(*range, address)) return false;
        if (!range->writable) {
            outcome_ = Outcome::fault;
            return false;
        }
        store_value(*range, address, instruction_.width(), value);
        return true;
    }
    bool fits(const Range& range, std::uintptr_t address) {
        if (address - range.begin <= range.size - instruction_.width()) return true;
        outcome_ = refuse("it reaches past the end of the mapping");
        return false;
    }

    Processor& processor_;
    const Instruction& instruction_;
    const Ranges& ranges_;
    const char* reason_ = "";
    Outcome outcome_ = Outcome::done;
};

Outcome refuse(Text& why, const Processor& processor, const Instruction* instruction,
               std::uintptr_t address, const char* reason) {
    why << "cannot emulate the instruction ";
    if (instruction != nullptr) {
        why << "\"";
        instruction->print(why, processor.instruction);
        why << "\" ";
    }
    why << "at " << processor.instruction << ", which accesses " << address << ": " << reason;
    return Outcome::refused;
}

}  // namespace

Outcome emulate(Processor& processor, std::uintptr_t address, const Ranges& ranges,
                Text& why) noexcept {
    const auto instruction = Instruction::decode(processor.instruction);
    if (!instruction) return refuse(why, processor, nullptr, address, "Zydis does not know it");
    if (instruction->kind() == Instruction::Kind::refused)
        return refuse(why, processor, &*instruction, address, instruction->reason());
    if (instruction->kind() == Instruction::Kind::nothing) {
        processor.instruction += instruction->length();
        return Outcome::done;
    }
    Emulation emulation(processor, *instruction, ranges);
    if (instruction->kind() == Instruction::Kind::string) {
        const Outcome outcome = emulation.run_string();
        return outcome == Outcome::refused
                   ? refuse(why, processor, &*instruction, address, emulation.reason())
                   : outcome;
    }
    std::uintptr_t start = instruction->address(processor, address);
    // Where the two do not agree the processor is right; only of an access across two pages may it
    // tell the second.
    if (address - start >= instruction->width()) start = address;
    const Range* range = ranges.find(start);
    if (range == nullptr || range->size - (start - range->begin) < instruction->width())
        return refuse(why, processor, &*instruction, address, "it reaches beyond the mapping");
    if (instruction->writes() && !range->writable) return Outcome::fault;
    const Outcome outcome = emulation.run(*range, start);
    return outcome == Outcome::refused
               ? refuse(why, processor, &*instruction, address, emulation.reason())
               : outcome;
}

}  // namespace openbar::trap
