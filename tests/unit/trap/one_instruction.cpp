#include "tests/unit/trap/one_instruction.hpp"

#include <cpuid.h>
#include <sys/mman.h>

#include <csetjmp>
#include <csignal>
#include <cstdlib>
#include <cstring>

// test_run(before, after, code, components): with its own stack pointer put away, since the
// instruction may use the one that it is given.
asm(R"(
    .text
    .globl test_run
test_run:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rdx, test_code(%rip)
    movq %rsi, test_after(%rip)
    movq %rcx, test_components(%rip)
    movq %rsp, test_stack(%rip)
    movl %ecx, %eax
    xorl %edx, %edx
    xrstor64 192(%rdi)
    pushq 128(%rdi)
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
    jmp *test_code(%rip)
    .globl test_done
test_done:
    movq %rdi, test_rdi(%rip)
    movq test_after(%rip), %rdi
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
    movq test_rdi(%rip), %rax
    movq %rax, 56(%rdi)
    movq test_stack(%rip), %rsp
    pushfq
    popq 128(%rdi)
    movq test_components(%rip), %rax
    xorl %edx, %edx
    xsave64 192(%rdi)
    .globl test_leave
test_leave:
    movq test_stack(%rip), %rsp
    pushq $0x202
    popfq
    fninit
    subq $8, %rsp
    movl $0x1f80, (%rsp)
    ldmxcsr (%rsp)
    addq $8, %rsp
    vzeroupper
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
    .lcomm test_code, 8
    .lcomm test_after, 8
    .lcomm test_components, 8
    .lcomm test_stack, 8
    .lcomm test_rdi, 8
)");

extern "C" {
void test_run(const void* before, void* after, const void* code, std::uint64_t components);
void test_done();
void test_leave();
}

namespace openbar::trap::testing {
namespace {

static_assert(offsetof(Machine, flags) == 128 && offsetof(Machine, vectors) == 192);

constexpr std::size_t code_page = 4096;
bool running = false;
bool refused = false;
std::array<struct sigaction, 32> before_test;

/// Ends the run: the thread goes on where `test_run` returns.
void on_refusal(int signal, siginfo_t* info, void* context) {
    auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
    if (!running) {
        if (before_test[static_cast<std::size_t>(signal)].sa_sigaction != nullptr)
            return before_test[static_cast<std::size_t>(signal)].sa_sigaction(signal, info,
                                                                              context);
        std::abort();
    }
    refused = true;
    running = false;
    machine.gregs[REG_RIP] = reinterpret_cast<greg_t>(&test_leave);
    machine.gregs[REG_EFL] = 0x202;
}

void catch_refusals() {
    static const bool once = [] {
        // On a separate stack: the instruction may use anything as one.
        static std::array<std::byte, 256 * 1024> stack;
        const stack_t given{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
        ::sigaltstack(&given, nullptr);
        for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) {
            struct sigaction action {};
            action.sa_sigaction = on_refusal;
            action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
            ::sigaction(signal, &action, &before_test[static_cast<std::size_t>(signal)]);
        }
        return true;
    }();
    static_cast<void>(once);
}

}  // namespace

std::uint64_t vector_components() {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    __cpuid_count(0xd, 0, a, b, c, d);
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return a & low & 0xe7;
}

Code::Code()
    : pages_(
          static_cast<std::byte*>(::mmap(nullptr, 2 * code_page, PROT_READ | PROT_WRITE | PROT_EXEC,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (pages_ == MAP_FAILED) std::abort();
    ::mprotect(pages_ + code_page, code_page, PROT_NONE);
    catch_refusals();
}

Code::~Code() {
    ::munmap(pages_, 2 * code_page);
}

bool Code::run(std::span<const std::uint8_t> instruction, const Machine& before, Machine& after) {
    // The jump back ends at the last byte of the page: decoding must not read beyond it.
    constexpr std::array<std::uint8_t, 6> jump{0xff, 0x25, 0, 0, 0, 0};
    const auto back = reinterpret_cast<std::uintptr_t>(&test_done);
    std::byte* const start = pages_ + code_page - instruction.size() - jump.size() - sizeof back;
    std::memcpy(start, instruction.data(), instruction.size());
    std::memcpy(start + instruction.size(), jump.data(), jump.size());
    std::memcpy(start + instruction.size() + jump.size(), &back, sizeof back);
    refused = false;
    running = true;
    test_run(&before, &after, start, vector_components());
    running = false;
    return !refused;
}

}  // namespace openbar::trap::testing
