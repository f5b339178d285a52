// Instructions of every encoding, carried out by the processor on ordinary memory and by the trap
// on registers that behave as memory: registers, flags and memory must end the same.
#include "tests/unit/trap/one_instruction.hpp"
#include "tests/unit/trap/plain_registers.hpp"
#include "tests/unit/trap/random_instruction.hpp"
#include "trap/emulate.hpp"
#include "trap/x86_64/native_execution.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <set>
#include <string>

namespace openbar::trap::testing {
namespace {

constexpr std::size_t window_size = 3 * 4096;
constexpr std::size_t stack_size = 4 * 4096;

/// Below 4 GiB, so that 32-bit addresses reach it, too.
std::byte* low_pages(std::size_t size) {
    void* const pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (pages == MAP_FAILED) std::abort();
    return static_cast<std::byte*>(pages);
}

class OneRange final : public Ranges {
public:
    OneRange(const std::byte* begin, Registers& registers)
        : range_{reinterpret_cast<std::uintptr_t>(begin), window_size, true, &registers} {}
    const Range* find(std::uintptr_t address) const noexcept override {
        return range_.holds(address) ? &range_ : nullptr;
    }

private:
    Range range_;
};

class Comparison : public ::testing::Test {
protected:
    Comparison() : window_(low_pages(window_size)), stack_(low_pages(stack_size)) {
        if (!prepare_native_execution()) std::abort();
    }
    ~Comparison() override {
        ::munmap(window_, window_size);
        ::munmap(stack_, stack_size);
    }

    [[nodiscard]] std::uint64_t value() {
        auto& random = instructions_.random();
        switch (random() % 4) {
            case 0: return random() % 64;
            case 1: return random() | ~std::uint64_t{0} << 32;
            case 2: return random() & 0x80ff;
            default: return random();
        }
    }

    void prepare(Machine& machine) {
        for (std::uint64_t& general : machine.general) general = value();
        machine.general[number_of::rsp] = reinterpret_cast<std::uint64_t>(stack_ + stack_size / 2);
        machine.flags = 0x202 | (instructions_.random()() & 0xcd5);  // status and direction
        fill(std::span(machine.vectors).first(2688));                // as many as AVX-512 has
        put<std::uint16_t>(machine, 0, 0x37f);                       // x87 control: nothing traps
        put<std::uint16_t>(machine, 2, 0);                           // status
        put<std::uint16_t>(machine, 4, 0xff);                        // no register is empty
        put<std::uint32_t>(machine, 24, 0x1f80);                     // MXCSR: likewise
        put<std::uint64_t>(machine, 512, vector_components());
        std::fill_n(machine.vectors.begin() + 520, 56, std::byte{});
        // As the processor itself saves it.
        constexpr std::array<std::uint8_t, 1> nop{0x90};
        Machine saved = machine;
        ASSERT_TRUE(code_.run(nop, machine, saved));
        machine = saved;
    }
    template <typename T>
    static void put(Machine& machine, std::size_t offset, T number) {
        std::memcpy(machine.vectors.data() + offset, &number, sizeof number);
    }
    void fill(std::span<std::byte> bytes) {
        for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
            const std::uint64_t number = instructions_.random()();
            std::memcpy(bytes.data(), &number, sizeof number);
        }
    }

    /// Has the operand lie in the window; false where that cannot be had.
    bool aim(const RandomInstruction& instruction, Machine& machine) {
        auto& random = instructions_.random();
        auto target = reinterpret_cast<std::uint64_t>(window_) + 4096 + random() % 2048;
        if (random() % 4 != 0) target &= ~std::uint64_t{63};
        target_ = target;
        const auto* operand = instruction.memory();
        if (operand == nullptr || instruction.decoded.meta.category == ZYDIS_CATEGORY_STRINGOP) {
            machine.general[number_of::rcx] = random() % 40;
            machine.general[random() % 2 == 0 ? number_of::rsi : number_of::rdi] = target;
            machine.general[random() % 2 == 0 ? number_of::rsi : number_of::rdi] =
                random() % 2 == 0
                    ? target
                    : reinterpret_cast<std::uint64_t>(stack_ + random() % 4096 + 4096);
            return true;
        }
        const auto number = [](ZydisRegister name) {
            return static_cast<std::size_t>(ZydisRegisterGetId(
                ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, name)));
        };
        // Without a base, of which Zydis 4.0 reports one if REX.B is set.
        const auto& raw = instruction.decoded.raw;
        if (raw.modrm.mod == 0 && raw.modrm.rm == 4 && raw.sib.base == 5) return false;
        const ZydisDecodedOperandMem& memory = operand->mem;
        if (memory.segment == ZYDIS_REGISTER_FS || memory.segment == ZYDIS_REGISTER_GS)
            return false;
        if (memory.base == ZYDIS_REGISTER_NONE || memory.base == ZYDIS_REGISTER_RIP ||
            memory.base == ZYDIS_REGISTER_EIP || number(memory.base) == number_of::rsp)
            return false;
        std::uint64_t index = 0;
        if (memory.index != ZYDIS_REGISTER_NONE) {
            if (ZydisRegisterGetClass(memory.index) > ZYDIS_REGCLASS_GPR64) return false;
            if (number(memory.index) == number(memory.base)) return false;
            if (number(memory.index) != number_of::rsp)
                machine.general[number(memory.index)] = random() % 4096;
            index = machine.general[number(memory.index)] * memory.scale;
        }
        machine.general[number(memory.base)] =
            target - index - static_cast<std::uint64_t>(memory.disp.value);
        const auto& bit = instruction.operands[1];
        if (is_bit_test(instruction) && bit.type == ZYDIS_OPERAND_TYPE_REGISTER) {
            // The register counts bits from the operand on, backwards as well.
            auto& count = machine.general[number(bit.reg.value)];
            if (number(bit.reg.value) == number(memory.base) ||
                number(bit.reg.value) == number(memory.index))
                return false;
            count = random() % 8192 - 4096;
            target_ += static_cast<std::uint64_t>(
                (static_cast<std::int64_t>(count) >> std::countr_zero(operand->size)) *
                (operand->size / 8));
        }
        return true;
    }

    static bool is_bit_test(const RandomInstruction& instruction) {
        const ZydisMnemonic name = instruction.decoded.mnemonic;
        return name == ZYDIS_MNEMONIC_BT || name == ZYDIS_MNEMONIC_BTS ||
               name == ZYDIS_MNEMONIC_BTR || name == ZYDIS_MNEMONIC_BTC;
    }

    RandomInstructions instructions_{static_cast<unsigned>(
        std::atoi(std::getenv("OPENBAR_SEED") != nullptr ? std::getenv("OPENBAR_SEED") : "1"))};
    std::byte* window_;
    std::byte* stack_;
    std::uint64_t target_ = 0;
    Code code_;
};

std::string text_of(const RandomInstruction& instruction) {
    ZydisDisassembledInstruction printed;
    ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, 0, instruction.bytes.data(),
                          instruction.bytes.size(), &printed);
    std::string text = printed.text;
    for (const std::uint8_t byte : instruction.bytes) {
        char two[4];
        std::snprintf(two, sizeof two, " %02x", byte);
        text += two;
    }
    return text;
}

std::uintptr_t code_end(const RandomInstruction& instruction) {
    return reinterpret_cast<std::uintptr_t>(instruction.bytes.data()) + instruction.bytes.size();
}

/// Those that would take this program's own state away, and those of MPX, which processors without
/// it pass over.
bool cannot_be_run_here(const RandomInstruction& instruction) {
    switch (instruction.decoded.meta.category) {
        case ZYDIS_CATEGORY_XSAVE:
        case ZYDIS_CATEGORY_XSAVEOPT:
        case ZYDIS_CATEGORY_SEGOP:
        case ZYDIS_CATEGORY_SYSTEM:
        case ZYDIS_CATEGORY_CALL:
        case ZYDIS_CATEGORY_UNCOND_BR: return true;
        default: break;
    }
    const std::span all(instruction.operands.data(), instruction.decoded.operand_count);
    return instruction.decoded.meta.isa_ext == ZYDIS_ISA_EXT_MPX ||
           std::ranges::any_of(all, [](const ZydisDecodedOperand& operand) {
               return operand.type == ZYDIS_OPERAND_TYPE_REGISTER &&
                      ZydisRegisterGetClass(operand.reg.value) == ZYDIS_REGCLASS_SEGMENT &&
                      (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
           });
}

/// What emulate.hpp says that it does not do.
bool may_be_refused(const RandomInstruction& instruction) {
    const ZydisRegister mask = instruction.decoded.avx.mask.reg;
    const auto* memory = instruction.memory();
    const std::string name = ZydisMnemonicGetString(instruction.decoded.mnemonic);
    return (mask != ZYDIS_REGISTER_NONE && mask != ZYDIS_REGISTER_K0) ||
           name.find("maskmov") != std::string::npos || memory == nullptr || memory->size > 512 ||
           memory->mem.type != ZYDIS_MEMOP_TYPE_MEM ||
           instruction.decoded.meta.category == ZYDIS_CATEGORY_STRINGOP;
}

/// The addresses of the last x87 instruction and operand differ, as they must.
void forget_last_x87_instruction(Machine& machine) {
    std::fill_n(machine.vectors.begin() + 6, 18, std::byte{});
}

TEST_F(Comparison, of_instructions_of_every_encoding_finds_no_difference) {
    constexpr int wanted = 20'000;
    std::set<std::string> compared;
    PlainRegisters registers(window_size);
    const OneRange ranges(window_, registers);
    Machine before;
    Machine native;
    std::vector<std::byte> stack_before(stack_size);
    std::vector<std::byte> stack_after(stack_size);
    for (int done = 0; done < wanted;) {
        const RandomInstruction instruction = instructions_.next();
        if (cannot_be_run_here(instruction)) continue;
        prepare(before);
        if (!aim(instruction, before)) continue;
        if (done % 1000 == 0) {
            fill({window_, window_size});
            fill({stack_, stack_size});
        }
        std::memcpy(registers.bytes.data(), window_, window_size);
        std::memcpy(stack_before.data(), stack_, stack_size);
        registers.accesses.clear();
        native = before;
        if (!code_.run(instruction.bytes, before, native)) continue;
        std::memcpy(stack_after.data(), stack_, stack_size);
        std::memcpy(stack_, stack_before.data(), stack_size);

        Machine emulated = before;
        Processor processor{
            .general = before.general,
            .flags = before.flags,
            .instruction = reinterpret_cast<std::uintptr_t>(instruction.bytes.data()),
            .vectors = {emulated.vectors.data(), vector_components()}};
        // What the processor would tell: the address of the first byte.
        Text why;
        const Outcome outcome = emulate(processor, target_, ranges, why);
        if (outcome == Outcome::refused) {
            ASSERT_TRUE(may_be_refused(instruction)) << why.view();
            continue;
        }
        ++done;
        compared.insert(ZydisMnemonicGetString(instruction.decoded.mnemonic));
        ASSERT_EQ(outcome, Outcome::done) << text_of(instruction);
        ASSERT_EQ(processor.general, native.general) << text_of(instruction);
        ASSERT_EQ(processor.flags, native.flags) << text_of(instruction);
        ASSERT_EQ(processor.instruction, code_end(instruction));
        forget_last_x87_instruction(emulated);
        forget_last_x87_instruction(native);
        ASSERT_TRUE(emulated.vectors == native.vectors) << text_of(instruction);
        ASSERT_EQ(std::memcmp(registers.bytes.data(), window_, window_size), 0)
            << text_of(instruction);
        ASSERT_EQ(std::memcmp(stack_, stack_after.data(), stack_size), 0) << text_of(instruction);
    }
    EXPECT_GT(compared.size(), 400u) << "of different names";
}

}  // namespace
}  // namespace openbar::trap::testing
