#include "tests/wine/hardware/register_trap.hpp"

#include "tests/wine/hardware/card_host.hpp"
#include "tests/wine/hardware/hardware.h"
#include "tests/wine/hardware/trapped_access.hpp"

#include <windows.h>

namespace openbar::hardware {
namespace {

RegisterTrap* the_trap = nullptr;

/// A move to or from CR8, which holds the IRQL: KeRaiseIrql and KeGetCurrentIrql are nothing else.
bool move_irql(CONTEXT& context) {
    const auto* code = reinterpret_cast<const std::uint8_t*>(context.Rip);
    constexpr std::uint8_t rex_r = 0x44;  // the register is CR8, not CR0
    if ((code[0] & 0xf4) != rex_r || code[1] != 0x0f) return false;
    if ((code[2] != 0x20 && code[2] != 0x22) || (code[3] & 0xf8) != 0xc0) return false;
    DWORD64& reg = register_of(context, (code[3] & 7u) | ((code[0] & 1u) << 3));
    if (code[2] == 0x20)
        reg = hardware_irql();
    else
        hardware_set_irql(static_cast<std::uint32_t>(reg));
    context.Rip += 4;
    return true;
}

/// IN and OUT by DX, which is all that a compiler makes of READ_PORT_UCHAR and its siblings.
bool access_port(CONTEXT& context, RegisterTrap& trap) {
    const auto* code = reinterpret_cast<const std::uint8_t*>(context.Rip);
    const bool narrow = *code == 0x66;
    if (narrow) ++code;
    if ((*code & 0xfc) != 0xec) return false;
    const unsigned width = (*code & 1) == 0 ? 1 : narrow ? 2 : 4;
    const auto port = static_cast<std::uint16_t>(context.Rdx);
    const auto eax = static_cast<std::uint32_t>(context.Rax);
    if ((*code & 2) != 0) {
        trap.write_port(port, width, eax);
    } else {
        const std::uint32_t value = trap.read_port(port, width);
        const std::uint32_t kept = width == 4 ? 0 : ~std::uint32_t{0} << 8 * width;
        context.Rax = (eax & kept) | (value & ~kept);
    }
    context.Rip += narrow ? 2 : 1;
    return true;
}

LONG NTAPI on_exception(EXCEPTION_POINTERS* exception) {
    const EXCEPTION_RECORD& record = *exception->ExceptionRecord;
    if (record.ExceptionCode == static_cast<DWORD>(STATUS_PRIVILEGED_INSTRUCTION))
        return move_irql(*exception->ContextRecord) ||
                       access_port(*exception->ContextRecord, *the_trap)
                   ? EXCEPTION_CONTINUE_EXECUTION
                   : EXCEPTION_CONTINUE_SEARCH;
    if (record.ExceptionCode != static_cast<DWORD>(STATUS_ACCESS_VIOLATION))
        return EXCEPTION_CONTINUE_SEARCH;
    return the_trap->emulate(exception->ContextRecord, record.ExceptionInformation[1])
               ? EXCEPTION_CONTINUE_EXECUTION
               : EXCEPTION_CONTINUE_SEARCH;
}

/// A register, to an instruction that was taken apart.
struct Register {
    CardHost& card;
    std::uint64_t offset;

    std::uint64_t read(unsigned width) { return card.read_register(offset, width); }
    void write(unsigned width, std::uint64_t value) { card.write_register(offset, width, value); }
};

}  // namespace

RegisterTrap::RegisterTrap(CardHost& card) : card_(card) {
    the_trap = this;
    AddVectoredExceptionHandler(1, on_exception);
}

void* RegisterTrap::map(std::uint64_t offset, std::uint64_t length) {
    void* address = VirtualAlloc(nullptr, length, MEM_RESERVE, PAGE_NOACCESS);
    if (address == nullptr) return nullptr;
    std::lock_guard held(lock_);
    views_[reinterpret_cast<std::uint64_t>(address)] = {offset, length};
    return address;
}

void RegisterTrap::unmap(void* address) {
    {
        std::lock_guard held(lock_);
        views_.erase(reinterpret_cast<std::uint64_t>(address));
    }
    VirtualFree(address, 0, MEM_RELEASE);
}

bool RegisterTrap::find(std::uint64_t address, std::uint64_t& offset) {
    std::lock_guard held(lock_);
    auto view = views_.upper_bound(address);
    if (view == views_.begin()) return false;
    --view;
    if (address - view->first >= view->second.length) return false;
    offset = view->second.offset + (address - view->first);
    return true;
}

std::uint32_t RegisterTrap::view_count() {
    std::lock_guard held(lock_);
    return static_cast<std::uint32_t>(views_.size());
}

std::uint32_t RegisterTrap::read_port(std::uint16_t port, unsigned width) {
    return card_.has_port(port) ? static_cast<std::uint32_t>(card_.read_port(port, width))
                                : board_.read(port, width);
}

void RegisterTrap::write_port(std::uint16_t port, unsigned width, std::uint32_t value) {
    if (card_.has_port(port))
        card_.write_port(port, width, value);
    else
        board_.write(port, width, value);
}

bool RegisterTrap::emulate(void* context_record, std::uint64_t fault_address) {
    auto& context = *static_cast<CONTEXT*>(context_record);
    std::uint64_t offset = 0;
    if (!find(fault_address, offset)) return false;
    const auto access = TrappedAccess::decode(reinterpret_cast<const std::uint8_t*>(context.Rip));
    if (!access) {
        ++unknown_;
        return false;
    }
    access->perform(context, Register{card_, offset});
    return true;
}

}  // namespace openbar::hardware
