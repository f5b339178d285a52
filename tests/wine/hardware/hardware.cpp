#include "tests/wine/hardware/hardware.h"

#include "simulator/models/edu.hpp"
#include "simulator/models/intel_82540em/card.hpp"
#include "simulator/wires/ends.hpp"
#include "tests/wine/hardware/card_host.hpp"
#include "tests/wine/hardware/complaints.hpp"
#include "tests/wine/hardware/device_memory.hpp"
#include "tests/wine/hardware/host_heap.hpp"
#include "tests/wine/hardware/register_trap.hpp"
#include "tests/wine/hardware/threads.hpp"
#include "tests/wine/hardware/user_views.hpp"

#include <windows.h>

#include <memory>

namespace openbar::hardware {
namespace {

std::unique_ptr<simulator::Model> model_of(hardware_card card) {
    using namespace simulator;
    if (card == HARDWARE_EDU)
        return std::make_unique<Edu>(Edu::Options{.dma_time = std::chrono::milliseconds(2)});
    return std::make_unique<Intel82540em>(Intel82540em::Options{}, std::make_unique<LoopWire>());
}

struct Machine {
    explicit Machine(hardware_card plugged) : card(model_of(plugged), memory) {}

    DeviceMemory memory;
    CardHost card;
    RegisterTrap trap{card};
    UserViews views{card};
    DeferredCalls deferred;
};
Machine* machine = nullptr;
const DWORD attached_slot = TlsAlloc();
const DWORD irql_slot = TlsAlloc();
const DWORD spin_slot = TlsAlloc();
const DWORD region_slot = TlsAlloc();

int add_to(DWORD slot, int change) {
    const auto value =
        static_cast<int>(reinterpret_cast<std::intptr_t>(TlsGetValue(slot))) + change;
    TlsSetValue(slot, reinterpret_cast<void*>(static_cast<std::intptr_t>(value)));
    return value;
}

}  // namespace
}  // namespace openbar::hardware

using openbar::hardware::add_to;
using openbar::hardware::attached_slot;
using openbar::hardware::CardHost;
using openbar::hardware::irql_slot;
using openbar::hardware::Machine;
using openbar::hardware::machine;
using openbar::hardware::PortBoard;
using openbar::hardware::region_slot;
using openbar::hardware::spin_slot;

extern "C" {

void hardware_create(hardware_card card) {
    // Lives as long as the driver host: its threads end with the process.
    if (machine != nullptr) return;
    openbar::hardware::delay_frees_of_kernel();
    machine = new Machine(card);
}

void hardware_get_resources(hardware_resources* resources) {
    *resources = {.bar_start = CardHost::bar_start,
                  .bar_length = machine->card.bar_length(),
                  .bar_first_port = CardHost::first_port,
                  .bar_port_count = static_cast<std::uint16_t>(machine->card.port_count()),
                  .first_port = PortBoard::first_port,
                  .port_count = PortBoard::port_count,
                  .messages = 1};
}

void hardware_decode(int on) {
    constexpr std::uint64_t ports_and_memory = 3;
    const std::uint64_t command = machine->card.read_configuration(4, 2);
    machine->card.write_configuration(
        4, 2, on != 0 ? command | ports_and_memory : command & ~ports_and_memory);
}

void hardware_unplug(void) {
    machine->card.unplug();
}
void hardware_power(int on) {
    machine->card.set_powered(on != 0);
}

uint32_t hardware_read_configuration(uint32_t offset, void* bytes, uint32_t length) {
    for (uint32_t index = 0; index < length; ++index)
        static_cast<uint8_t*>(bytes)[index] =
            static_cast<uint8_t>(machine->card.read_configuration(offset + index, 1));
    return length;
}

uint32_t hardware_write_configuration(uint32_t offset, const void* bytes, uint32_t length) {
    for (uint32_t index = 0; index < length; ++index)
        machine->card.write_configuration(offset + index, 1,
                                          static_cast<const uint8_t*>(bytes)[index]);
    return length;
}

void* hardware_map_io(uint64_t physical, uint64_t length) {
    const std::uint64_t size = machine->card.bar_length();
    if (physical < CardHost::bar_start || physical - CardHost::bar_start > size ||
        length > size - (physical - CardHost::bar_start))
        return nullptr;
    return machine->trap.map(physical - CardHost::bar_start, length);
}

void hardware_unmap_io(void* address) {
    machine->trap.unmap(address);
}

long hardware_map_user(void* address, uint64_t length, uint32_t process, uint64_t wanted,
                       uint64_t* mapped) {
    std::uint64_t offset = 0;
    if (machine->trap.find(reinterpret_cast<std::uint64_t>(address), offset))
        return machine->views.map(nullptr, offset, length, process, wanted, *mapped);
    const auto common = machine->memory.find(address);
    if (common.address == nullptr) return static_cast<long>(0xC000000D);
    return machine->views.map(
        common.section,
        static_cast<std::uint64_t>(static_cast<std::byte*>(address) - common.address), length,
        process, wanted, *mapped);
}

long hardware_unmap_user(uint32_t process, uint64_t mapped) {
    return machine->views.unmap(process, mapped);
}

long hardware_reserve(uint32_t process, uint64_t length, uint64_t* address) {
    return machine->views.reserve(process, length, *address);
}

long hardware_release(uint32_t process, uint64_t address) {
    return machine->views.release(process, address);
}

void* hardware_allocate_common(uint64_t length, uint64_t* iova) {
    const auto common = machine->memory.allocate(length);
    *iova = common.iova;
    return common.address;
}

void hardware_free_common(void* address) {
    machine->memory.free(address);
}

long hardware_pin(uint32_t process, uint64_t address, uint64_t length, int writable,
                  uint64_t* frames) {
    const std::uint64_t pages =
        (address % HARDWARE_PAGE + length + HARDWARE_PAGE - 1) / HARDWARE_PAGE;
    return machine->memory.pin(process, address, length, writable != 0, {frames, pages});
}

void hardware_unpin(const uint64_t* frames, uint64_t count) {
    machine->memory.unpin({frames, count});
}

uint64_t hardware_remap(uint64_t frame) {
    return machine->memory.remap(frame);
}

void hardware_sleep(uint32_t milliseconds) {
    Sleep(milliseconds);
}

void hardware_connect(hardware_interrupt routine, void* context, int messages) {
    machine->card.connect(routine, context, messages != 0);
}

void hardware_disconnect(void) {
    machine->card.disconnect();
}

void hardware_pause(int on) {
    machine->card.pause(on != 0);
}

void hardware_got_on(void) {
    machine->card.got_on();
}

uint64_t hardware_milliseconds(void) {
    return GetTickCount64();
}

void hardware_defer(hardware_work work, void* context) {
    machine->deferred.add([=] { work(context); });
}

void hardware_drain(void) {
    machine->deferred.drain();
}

void hardware_in_system_thread(hardware_work work, void* context) {
    HANDLE thread = openbar::hardware::start_thread([=] { work(context); });
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

void hardware_start_system_thread(hardware_work work, void* context) {
    openbar::hardware::start_detached_thread([=] { work(context); });
}

void hardware_when_process_ends(uint32_t process, hardware_work work, void* context) {
    openbar::hardware::start_detached_thread([=] {
        if (HANDLE handle = OpenProcess(SYNCHRONIZE, FALSE, process)) {
            WaitForSingleObject(handle, INFINITE);
            CloseHandle(handle);
        }
        work(context);
        // What the driver has not taken back by now went with the process.
        machine->views.forget(process);
    });
}

void hardware_raise(long status) {
    RaiseException(static_cast<DWORD>(status), EXCEPTION_NONCONTINUABLE, 0, nullptr);
}

void* hardware_kernel_routine(const char* name) {
    return reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ntoskrnl.exe"), name));
}

void hardware_set_attached(void* process) {
    TlsSetValue(attached_slot, process);
}
void* hardware_attached(void) {
    return TlsGetValue(attached_slot);
}

uint32_t hardware_irql(void) {
    return static_cast<uint32_t>(reinterpret_cast<std::uintptr_t>(TlsGetValue(irql_slot)));
}
void hardware_set_irql(uint32_t level) {
    TlsSetValue(irql_slot, reinterpret_cast<void*>(static_cast<std::uintptr_t>(level)));
}
int hardware_add_spin_locks(int change) {
    return add_to(spin_slot, change);
}
int hardware_add_critical_regions(int change) {
    return add_to(region_slot, change);
}

void hardware_complain(const char* routine, const char* what, long long number) {
    openbar::hardware::complain(routine, what, number);
}
void hardware_note_unloaded(void) {
    openbar::hardware::note_unloaded();
}

void hardware_get_report(hardware_report* report) {
    *report = {.complaints = openbar::hardware::complaint_count(),
               .io_views = machine->trap.view_count(),
               .user_views = machine->views.count(),
               .common_buffers = machine->memory.common_count(),
               .pinned_pages = machine->memory.pinned_count(),
               .touched_while_off = machine->card.touched_while_off(),
               .wrong_process = machine->views.wrong_process(),
               .unknown_instructions =
                   machine->trap.unknown_instructions() + machine->views.unknown_instructions(),
               .interrupts = machine->card.interrupts(),
               .stray_ports = machine->trap.stray_ports()};
}

}  // extern "C"
