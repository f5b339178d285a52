#include "trap/x86_64/native_execution.hpp"

#include "trap/executable_memory.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

// openbar_run_copy(processor, vectors, code): loads the thread's registers, jumps to the copy, and
// saves them again where the copy jumps to: openbar_copy_done. The calling convention is System V's
// on Windows, too. Neither the stack of the thread nor anything below it is written to.
asm(R"(
    .text
    .balign 16
    .globl openbar_run_copy
openbar_run_copy:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    stmxcsr 0(%rsp)
    fnstcw 4(%rsp)
    movq %rdi, .Lopenbar_processor(%rip)
    movq %rsi, .Lopenbar_vectors(%rip)
    movq %rdx, .Lopenbar_code(%rip)
    movq %rsp, .Lopenbar_own_stack(%rip)
    testq %rsi, %rsi
    jz 2f
    movq 0(%rsi), %r8
    movq 8(%rsi), %rax
    testq %rax, %rax
    jz 1f
    movq %rax, %rdx
    shrq $32, %rdx
    xrstor64 (%r8)
    jmp 2f
1:  fxrstor64 (%r8)
2:  pushq 128(%rdi)
    popfq
    movq 0(%rdi), %rax
    movq 8(%rdi), %rcx
    movq 16(%rdi), %rdx
    movq 24(%rdi), %rbx
    movq 32(%rdi), %rsp
    movq 40(%rdi), %rbp
    movq 48(%rdi), %rsi
    movq 64(%rdi), %r8
    movq 72(%rdi), %r9
    movq 80(%rdi), %r10
    movq 88(%rdi), %r11
    movq 96(%rdi), %r12
    movq 104(%rdi), %r13
    movq 112(%rdi), %r14
    movq 120(%rdi), %r15
    movq 56(%rdi), %rdi
    jmp *.Lopenbar_code(%rip)
    .balign 16
    .globl openbar_copy_done
openbar_copy_done:
    endbr64
    movq %rdi, .Lopenbar_their_rdi(%rip)
    movq .Lopenbar_processor(%rip), %rdi
    movq %rax, 0(%rdi)
    movq %rcx, 8(%rdi)
    movq %rdx, 16(%rdi)
    movq %rbx, 24(%rdi)
    movq %rsp, 32(%rdi)
    movq %rbp, 40(%rdi)
    movq %rsi, 48(%rdi)
    movq %r8, 64(%rdi)
    movq %r9, 72(%rdi)
    movq %r10, 80(%rdi)
    movq %r11, 88(%rdi)
    movq %r12, 96(%rdi)
    movq %r13, 104(%rdi)
    movq %r14, 112(%rdi)
    movq %r15, 120(%rdi)
    movq .Lopenbar_their_rdi(%rip), %rax
    movq %rax, 56(%rdi)
    movq .Lopenbar_own_stack(%rip), %rsp
    pushfq
    popq 128(%rdi)
    cld
    movq .Lopenbar_vectors(%rip), %rsi
    testq %rsi, %rsi
    jz 5f
    movq 0(%rsi), %r8
    movq 8(%rsi), %rax
    testq %rax, %rax
    jz 3f
    movq %rax, %rdx
    shrq $32, %rdx
    xsave64 (%r8)
    testb $4, %al
    jz 4f
    vzeroupper
    jmp 4f
3:  fxsave64 (%r8)
4:  fninit
    fldcw 4(%rsp)
    ldmxcsr 0(%rsp)
5:  addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .lcomm .Lopenbar_processor, 8
    .lcomm .Lopenbar_vectors, 8
    .lcomm .Lopenbar_code, 8
    .lcomm .Lopenbar_own_stack, 8
    .lcomm .Lopenbar_their_rdi, 8
)");

extern "C" {
[[gnu::sysv_abi]] void openbar_run_copy(openbar::trap::Processor* processor,
                                        const openbar::trap::VectorState* vectors,
                                        const void* code);
[[gnu::sysv_abi]] void openbar_copy_done();
}

namespace openbar::trap {
namespace {

/// Trap and alignment check: with them on, this unit's own code would fault.
constexpr std::uint64_t kept_from_copies = 1u << 8 | 1u << 18;

constexpr std::size_t slot_size = 64;
constexpr std::size_t slots = 1024;

/// An instruction's bytes, padded with zeros: what a copy is found by.
using Key = std::array<std::uint8_t, ZYDIS_MAX_INSTRUCTION_LENGTH + 1>;

struct Copies {
    std::mutex mutex;
    ExecutableMemory memory;  // the copies, and behind them the operand
    std::array<Key, slots> keys{};
};

Copies& copies() {
    // Never destroyed: programs touch their cards until the very end.
    alignas(Copies) static std::byte place[sizeof(Copies)];
    static auto* const made = new (place) Copies;
    return *made;
}

Key key_of(const Instruction& instruction, const Processor& processor) {
    Key key{};
    std::memcpy(key.data(), reinterpret_cast<const void*>(processor.instruction),
                instruction.length());
    key.back() = static_cast<std::uint8_t>(instruction.length());
    return key;
}

std::size_t slot_of(const Key& key) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const std::uint8_t byte : key) hash = (hash ^ byte) * 0x100000001b3;
    return static_cast<std::size_t>(hash >> 32) % slots;
}

/// Prefixes that are about where the operand lies, and REX in front of another prefix, where the
/// processor does not see it.
bool is_left_out(const ZydisDecodedInstructionRaw& raw, unsigned number, std::uint8_t prefix) {
    constexpr std::array<std::uint8_t, 7> addresses{0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x67};
    return std::ranges::find(addresses, prefix) != addresses.end() ||
           ((prefix & 0xf0) == 0x40 && number + 1u < raw.prefix_count);
}

class Code {
public:
    void byte(unsigned value) { bytes_[size_++] = static_cast<std::uint8_t>(value); }
    template <typename Number>
    void number(Number value) {
        std::memcpy(bytes_.data() + size_, &value, sizeof value);
        size_ += sizeof value;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const std::uint8_t* data() const { return bytes_.data(); }

private:
    std::array<std::uint8_t, slot_size> bytes_{};
    std::size_t size_ = 0;
};

/// The instruction with its operand at `operand`, told relative to its own end, and a jump back.
Code copy_of(const Instruction& instruction, const Key& key, std::uintptr_t place,
             std::uintptr_t operand) {
    const ZydisDecodedInstructionRaw& raw = instruction.decoded().raw;
    constexpr std::uint32_t endbr64 = 0xfa1e0ff3;
    Code code;
    code.number(endbr64);
    for (unsigned i = 0; i < raw.modrm.offset; ++i)
        if (i >= raw.prefix_count || !is_left_out(raw, i, key[i])) code.byte(key[i]);
    constexpr unsigned relative_to_the_next = 5;  // mod 0, r/m 5
    code.byte((key[raw.modrm.offset] & 0x38u) | relative_to_the_next);
    const unsigned has_sib = raw.sib.offset != 0 ? 1 : 0;
    const unsigned rest = raw.modrm.offset + 1u + has_sib + raw.disp.size / 8u;
    const std::uintptr_t end = place + code.size() + 4 + (instruction.length() - rest);
    code.number(static_cast<std::int32_t>(operand - end));
    for (unsigned i = rest; i < instruction.length(); ++i) code.byte(key[i]);
    code.byte(0xff);  // jmp *0(%rip)
    code.byte(0x25);
    code.number(std::int32_t{0});
    code.number(reinterpret_cast<std::uintptr_t>(&openbar_copy_done));
    return code;
}

}  // namespace

bool prepare_native_execution() noexcept {
    Copies& all = copies();
    const std::scoped_lock lock(all.mutex);
    return all.memory.code != nullptr ||
           allocate_executable(slots * slot_size, sizeof(Operand), all.memory);
}

void lock_native_execution() noexcept {
    copies().mutex.lock();
}

void unlock_native_execution() noexcept {
    copies().mutex.unlock();
}

bool execute_natively(const Instruction& instruction, Processor& processor,
                      Operand& operand) noexcept {
    if (instruction.uses_vectors() && processor.vectors.area == nullptr) return false;
    Copies& all = copies();
    const Key key = key_of(instruction, processor);
    const std::size_t slot = slot_of(key);
    const std::scoped_lock lock(all.mutex);
    if (all.memory.code == nullptr) return false;
    std::byte* const place = all.memory.code + slot * slot_size;
    if (all.keys[slot] != key) {
        const Code code = copy_of(instruction, key, reinterpret_cast<std::uintptr_t>(place),
                                  reinterpret_cast<std::uintptr_t>(all.memory.data));
        if (!write_code(all.memory, place, code.data(), code.size())) return false;
        all.keys[slot] = key;
    }
    std::memcpy(all.memory.data, operand.data(), operand.size());
    const std::uint64_t kept = processor.flags & kept_from_copies;
    processor.flags &= ~kept_from_copies;
    openbar_run_copy(&processor, instruction.uses_vectors() ? &processor.vectors : nullptr, place);
    processor.flags |= kept;
    std::memcpy(operand.data(), all.memory.data, operand.size());
    return true;
}

}  // namespace openbar::trap
