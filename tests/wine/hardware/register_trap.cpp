#include "tests/wine/hardware/register_trap.hpp"

#include "tests/wine/hardware/card_host.hpp"
#include "tests/wine/hardware/hardware.h"

#include <windows.h>

#include <cstring>

namespace openbar::hardware {
namespace {

RegisterTrap* the_trap = nullptr;

// winnt.h lays the sixteen out in the order of their numbers.
DWORD64& register_of(CONTEXT& context, unsigned number) {
    return (&context.Rax)[number];
}

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
bool access_port(CONTEXT& context, PortBoard& board) {
    const auto* code = reinterpret_cast<const std::uint8_t*>(context.Rip);
    const bool narrow = *code == 0x66;
    if (narrow) ++code;
    if ((*code & 0xfc) != 0xec) return false;
    const unsigned width = (*code & 1) == 0 ? 1 : narrow ? 2 : 4;
    const auto port = static_cast<std::uint16_t>(context.Rdx);
    const auto eax = static_cast<std::uint32_t>(context.Rax);
    if ((*code & 2) != 0) {
        board.write(port, width, eax);
    } else {
        const std::uint32_t value = board.read(port, width);
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
                       access_port(*exception->ContextRecord, the_trap->ports())
                   ? EXCEPTION_CONTINUE_EXECUTION
                   : EXCEPTION_CONTINUE_SEARCH;
    if (record.ExceptionCode != static_cast<DWORD>(STATUS_ACCESS_VIOLATION))
        return EXCEPTION_CONTINUE_SEARCH;
    return the_trap->emulate(exception->ContextRecord, record.ExceptionInformation[1])
               ? EXCEPTION_CONTINUE_EXECUTION
               : EXCEPTION_CONTINUE_SEARCH;
}

/// The moves that a compiler makes of one volatile access; nothing else touches a register.
struct Access {
    bool store = false;
    unsigned width = 0;     ///< bytes in memory
    unsigned widen_to = 0;  ///< bytes of the register that a load fills
    unsigned reg = 0;
    unsigned length = 0;  ///< bytes of the instruction; 0: not such a move
};

/// Bytes of ModRM, SIB and displacement.
unsigned operand_length(const std::uint8_t* modrm) {
    const unsigned mod = *modrm >> 6;
    const unsigned rm = *modrm & 7;
    if (mod == 3) return 0;
    unsigned length = rm == 4 ? 2 : 1;
    if (mod == 1) length += 1;
    if (mod == 2 || (mod == 0 && rm == 5)) length += 4;
    if (mod == 0 && rm == 4 && (modrm[1] & 7) == 5) length += 4;
    return length;
}

Access decode(const std::uint8_t* code) {
    Access access;
    const std::uint8_t* at = code;
    const bool narrow = *at == 0x66;
    if (narrow) ++at;
    const std::uint8_t rex = (*at & 0xf0) == 0x40 ? *at++ : std::uint8_t{0};
    const unsigned full = (rex & 8) != 0 ? 8 : narrow ? 2 : 4;
    switch (*at++) {
        case 0x88: access = {.store = true, .width = 1}; break;
        case 0x89: access = {.store = true, .width = full}; break;
        case 0x8a: access = {.width = 1, .widen_to = 1}; break;
        case 0x8b: access = {.width = full, .widen_to = full}; break;
        case 0x0f:
            if (*at == 0xb6)
                access = {.width = 1, .widen_to = full};
            else if (*at == 0xb7)
                access = {.width = 2, .widen_to = full};
            else
                return {};
            ++at;
            break;
        default: return {};
    }
    const unsigned operands = operand_length(at);
    // Without REX the upper byte registers hide behind numbers 4 to 7; no compiler uses them here.
    if (operands == 0 || (access.width == 1 && rex == 0 && access.store && (*at >> 3 & 7) >= 4))
        return {};
    access.reg = (*at >> 3 & 7u) | ((rex & 4) != 0 ? 8u : 0u);
    access.length = static_cast<unsigned>(at - code) + operands;
    return access;
}

void load(DWORD64& reg, const Access& access, std::uint64_t value) {
    if (access.width < 8) value &= (std::uint64_t{1} << 8 * access.width) - 1;
    // A move to 32 bits clears the upper half; narrower ones leave the rest as it was.
    if (access.widen_to >= 4)
        reg = value;
    else
        std::memcpy(&reg, &value, access.widen_to);
}

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

bool RegisterTrap::emulate(void* context_record, std::uint64_t fault_address) {
    auto& context = *static_cast<CONTEXT*>(context_record);
    std::uint64_t offset = 0;
    if (!find(fault_address, offset)) return false;
    const Access access = decode(reinterpret_cast<const std::uint8_t*>(context.Rip));
    if (access.length == 0) {
        ++unknown_;
        return false;
    }
    DWORD64& reg = register_of(context, access.reg);
    if (access.store)
        card_.write_register(offset, access.width, reg);
    else
        load(reg, access, card_.read_register(offset, access.width));
    context.Rip += access.length;
    return true;
}

}  // namespace openbar::hardware
