#include "driver/windows/windows_kernel.hpp"

#include "driver/windows/support/division.hpp"
#include "driver/windows/support/pool.hpp"
#include "driver/windows/support/system_routine.hpp"

// What ntifs.h of the free headers lacks of wdm.h.
extern "C" __declspec(dllimport) PVOID MmHighestUserAddress;

namespace openbar::windows {
namespace {

using driver::Lock;
using driver::Status;

constexpr ULONG tag = 'cBPO';
constexpr std::uint64_t nanoseconds_a_second = 1'000'000'000;

// What the field that holds an MDL's own size leaves for page numbers, on kernels before Vista.
constexpr std::uint64_t oldest_mdl = (65535 - sizeof(MDL)) / sizeof(PFN_NUMBER) * PAGE_SIZE;

std::uint64_t largest_mdl() {
    if (kernel_is_at_least(6, 1)) return (std::uint64_t{4} << 30) - PAGE_SIZE;
    if (kernel_is_at_least(6, 0)) return (std::uint64_t{2} << 30) - PAGE_SIZE;
    return oldest_mdl;
}

// Major, minor, patch and build, 16 bits each.
std::uint64_t version() {
    std::uint64_t number = 0;
    for (const int part : {OPENBAR_VERSION_PARTS})
        number = number << 16 | static_cast<std::uint64_t>(part);
    return number;
}

driver::KernelFacts find_facts() {
    constexpr bool wide = sizeof(void*) == 8;
    driver::KernelFacts facts;
    facts.page_size = PAGE_SIZE;
    facts.max_user_view = largest_mdl();
    facts.highest_user_address = reinterpret_cast<ULONG_PTR>(MmHighestUserAddress);
    facts.max_kernel_view = wide ? std::uint64_t{64} << 30 : std::uint64_t{64} << 20;
    facts.max_width = wide ? 8 : 4;
    facts.driver_version = version();
    return facts;
}

Status connected(NTSTATUS status) {
    if (NT_SUCCESS(status)) return Status::ok;
    if (status == STATUS_INSUFFICIENT_RESOURCES) return Status::no_memory;
    return status == STATUS_NOT_SUPPORTED ? Status::unsupported : Status::device;
}

}  // namespace

WindowsKernel::WindowsKernel(RemoveLock& remove_lock)
    : facts_(find_facts()), remove_lock_(remove_lock) {}

void WindowsKernel::acquire_hardware(DEVICE_OBJECT* device, DEVICE_OBJECT* physical,
                                     DEVICE_OBJECT* lower, const InterruptResources& interrupts,
                                     Dma dma) {
    bus_.acquire(lower);
    if (dma != Dma::none) dma_.acquire(device, physical, dma == Dma::wide);
    interrupts_.describe(physical, interrupts, core_);
    power_.describe(physical);
    facts_.has_dma_adapter = dma_.available();
    facts_.can_sleep = true;
}

void WindowsKernel::release_hardware() {
    dma_.release();
    bus_.release();
    facts_.has_dma_adapter = false;
}

void* WindowsKernel::allocate(std::size_t bytes) {
    return allocate_pool(bytes, tag);
}
void WindowsKernel::free(void* memory) {
    ExFreePool(memory);
}

void WindowsKernel::acquire(Lock lock) {
    switch (lock) {
        case Lock::power: power_lock_.acquire(); break;
        case Lock::hardware: hardware_lock_.acquire_exclusive(); break;
        case Lock::hardware_shared: hardware_lock_.acquire_shared(); break;
        case Lock::objects: objects_lock_.acquire(); break;
        case Lock::views: views_lock_.acquire(); break;
        case Lock::masked_writes: masked_writes_lock_.acquire(); break;
        case Lock::tables: tables_lock_.acquire(); break;
        case Lock::owners: owners_lock_.acquire(); break;
        case Lock::waits: waits_lock_.acquire(); break;
        case Lock::interrupt: interrupts_.acquire(); break;
    }
}

void WindowsKernel::release(Lock lock) {
    switch (lock) {
        case Lock::power: power_lock_.release(); break;
        case Lock::hardware: hardware_lock_.release_exclusive(); break;
        case Lock::hardware_shared: hardware_lock_.release_shared(); break;
        case Lock::objects: objects_lock_.release(); break;
        case Lock::views: views_lock_.release(); break;
        case Lock::masked_writes: masked_writes_lock_.release(); break;
        case Lock::tables: tables_lock_.release(); break;
        case Lock::owners: owners_lock_.release(); break;
        case Lock::waits: waits_lock_.release(); break;
        case Lock::interrupt: interrupts_.release(); break;
    }
}

driver::Nanoseconds WindowsKernel::now() {
    LARGE_INTEGER frequency{};
    const auto ticks = static_cast<std::uint64_t>(KeQueryPerformanceCounter(&frequency).QuadPart);
    const auto a_second = static_cast<std::uint64_t>(frequency.QuadPart);
    // In two parts, because ticks times 10^9 would not fit for long.
    std::uint64_t rest = 0;
    const std::uint64_t seconds = divide(ticks, a_second, rest);
    return seconds * nanoseconds_a_second + divide(rest * nanoseconds_a_second, a_second, rest);
}

void WindowsKernel::stall(driver::Nanoseconds duration) {
    const driver::Nanoseconds end = now() + duration;
    while (now() < end) YieldProcessor();
}

void WindowsKernel::sleep(driver::Nanoseconds duration) {
    LARGE_INTEGER time{};
    std::uint64_t rest = 0;
    time.QuadPart = -static_cast<LONGLONG>(divide(duration + 99, 100, rest));
    KeDelayExecutionThread(KernelMode, FALSE, &time);
}

driver::Process WindowsKernel::current_process() {
    return IoGetCurrentProcess();
}
void WindowsKernel::reference(driver::Process process) {
    ObReferenceObject(process);
}
void WindowsKernel::dereference(driver::Process process) {
    ObDereferenceObject(process);
}

bool WindowsKernel::read_configuration(std::uint32_t offset, void* bytes, std::uint32_t length) {
    return bus_.read(offset, bytes, length);
}

bool WindowsKernel::write_configuration(std::uint32_t offset, const void* bytes,
                                        std::uint32_t length) {
    return bus_.write(offset, bytes, length);
}

Status WindowsKernel::connect_interrupts() {
    return connected(interrupts_.connect());
}

void WindowsKernel::suspend_interrupts() {
    interrupts_.suspend();
}
Status WindowsKernel::resume_interrupts() {
    return connected(interrupts_.resume());
}

void WindowsKernel::disconnect_interrupts() {
    interrupts_.disconnect();
}
void WindowsKernel::queue_deferred(std::uint32_t vector) {
    interrupts_.queue_deferred(vector);
}

Status WindowsKernel::allocate_common(std::uint64_t length, driver::CommonBuffer& buffer) {
    return dma_.allocate(length, buffer);
}
void WindowsKernel::free_common(const driver::CommonBuffer& buffer) {
    DmaMemory::free(buffer);
}
Status WindowsKernel::pin(std::uint64_t address, std::uint64_t length, bool device_writes,
                          driver::PinnedPages& pages) {
    return dma_.pin(address, length, device_writes, pages);
}
driver::Segment WindowsKernel::segment(const driver::PinnedPages& pages, std::uint32_t index) {
    return DmaMemory::segment(pages, index);
}
void WindowsKernel::unpin(const driver::PinnedPages& pages) {
    DmaMemory::unpin(pages);
}

Status WindowsKernel::wake() {
    const NTSTATUS status = power_.wake();
    if (status == STATUS_DEVICE_POWERED_OFF) return Status::asleep;
    return NT_SUCCESS(status) ? Status::ok : Status::device;
}
Status WindowsKernel::let_sleep() {
    return NT_SUCCESS(power_.let_sleep()) ? Status::ok : Status::device;
}

void WindowsKernel::trace(driver::TraceLevel level, const char* what, std::uint64_t number) {
    // dpfilter.h: DPFLTR_IHVDRIVER_ID, and its levels in the order of the core's.
    constexpr ULONG component = 77;
    DbgPrintEx(component, static_cast<ULONG>(level), "openbar: %s 0x%I64x\n", what, number);
}

}  // namespace openbar::windows
