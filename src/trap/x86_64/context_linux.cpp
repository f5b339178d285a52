#include "trap/trap_handler.hpp"

#include <asm/sigcontext.h>
#include <ucontext.h>

#include <array>
#include <cstring>

namespace openbar::trap {
namespace {

/// Where the kernel's registers lie, in the order of their numbers in instructions.
constexpr std::array<int, 16> places{REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                     REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                     REG_R12, REG_R13, REG_R14, REG_R15};

/// x87, SSE, AVX, and AVX-512's three. Others, such as protection keys, must not be loaded here.
constexpr std::uint64_t vector_components = 0xe7;

VectorState vector_state(const mcontext_t& machine) {
    VectorState state{.area = machine.fpregs};
    if (state.area == nullptr) return state;
    _fpx_sw_bytes software{};
    std::memcpy(&software, static_cast<const std::byte*>(state.area) + 464, sizeof software);
    if (software.magic1 == FP_XSTATE_MAGIC1)
        state.features = software.xfeatures & vector_components;
    return state;
}

}  // namespace

void read_context(void* context, Processor& processor) noexcept {
    const mcontext_t& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
    for (std::size_t i = 0; i < places.size(); ++i)
        processor.general[i] = static_cast<std::uint64_t>(machine.gregs[places[i]]);
    processor.flags = static_cast<std::uint64_t>(machine.gregs[REG_EFL]);
    processor.instruction = static_cast<std::uint64_t>(machine.gregs[REG_RIP]);
    processor.vectors = vector_state(machine);
}

void write_context(void* context, const Processor& processor) noexcept {
    mcontext_t& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
    for (std::size_t i = 0; i < places.size(); ++i)
        machine.gregs[places[i]] = static_cast<greg_t>(processor.general[i]);
    machine.gregs[REG_EFL] = static_cast<greg_t>(processor.flags);
    machine.gregs[REG_RIP] = static_cast<greg_t>(processor.instruction);
}

void call_on_interrupted_stack(const void* context, void (*function)(void*),
                               void* argument) noexcept {
    const auto& interrupted = *static_cast<const ucontext_t*>(context);
    const auto lies_on_handlers_stack = [&](std::uintptr_t address) {
        const auto start = reinterpret_cast<std::uintptr_t>(interrupted.uc_stack.ss_sp);
        return address >= start && address - start < interrupted.uc_stack.ss_size;
    };
    const auto stack = static_cast<std::uintptr_t>(interrupted.uc_mcontext.gregs[REG_RSP]);
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    if (!lies_on_handlers_stack(here) || lies_on_handlers_stack(stack)) return function(argument);
    // What a function keeps below its stack pointer: System V ABI for x86-64, section 3.2.2.
    constexpr std::uintptr_t red_zone = 128;
    const std::uintptr_t top = (stack - red_zone) & ~std::uintptr_t{63};
    asm volatile(
        "movq %%rsp, %%rbx\n\t"
        "movq %[top], %%rsp\n\t"
        "callq *%[function]\n\t"
        "movq %%rbx, %%rsp"
        : "+D"(argument)
        : [top] "r"(top), [function] "r"(function)
        : "rbx", "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory", "xmm0",
          "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
          "xmm12", "xmm13", "xmm14", "xmm15");
}

}  // namespace openbar::trap
