// Device memory: seen by the kernel, mapped into programs, and touched one register at a time.
#include "driver/windows/support/guarded_call.hpp"
#include "driver/windows/support/mdl.hpp"
#include "driver/windows/support/pool.hpp"
#include "driver/windows/support/system_routine.hpp"
#include "driver/windows/windows_kernel.hpp"

namespace openbar::windows {
namespace {

using driver::MemoryType;
using driver::Status;

MEMORY_CACHING_TYPE caching(MemoryType type) {
    switch (type) {
        case MemoryType::uncached: return MmNonCached;
        case MemoryType::write_combining: return MmWriteCombined;
        case MemoryType::cached: return MmCached;
    }
    return MmNonCached;
}

ULONG protection(MemoryType type) {
    switch (type) {
        case MemoryType::uncached: return PAGE_READWRITE | PAGE_NOCACHE;
        case MemoryType::write_combining: return PAGE_READWRITE | PAGE_WRITECOMBINE;
        case MemoryType::cached: return PAGE_READWRITE;
    }
    return PAGE_READWRITE | PAGE_NOCACHE;
}

void* map(PHYSICAL_ADDRESS physical, SIZE_T length, MemoryType type) {
    // Since Windows 10, the only one of the two that does not make the view executable.
    using MapIoSpaceEx = void*(NTAPI*)(PHYSICAL_ADDRESS, SIZE_T, ULONG);
    if (const auto map_ex = system_routine<MapIoSpaceEx>(L"MmMapIoSpaceEx"))
        return map_ex(physical, length, protection(type));
    return MmMapIoSpace(physical, length, caching(type));
}

/// The context of another process, for as long as the object lives.
class Attached {
public:
    explicit Attached(driver::Process process) : here_(IoGetCurrentProcess() == process) {
        if (!here_) KeStackAttachProcess(static_cast<PKPROCESS>(process), &state_);
    }
    ~Attached() {
        if (!here_) KeUnstackDetachProcess(&state_);
    }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

private:
    bool here_;
    KAPC_STATE state_{};
};

}  // namespace

Status WindowsKernel::map_io(std::uint64_t physical, std::uint64_t length, MemoryType type,
                             driver::KernelView& view) {
    PHYSICAL_ADDRESS start{};
    start.QuadPart = static_cast<LONGLONG>(physical);
    void* address = map(start, static_cast<SIZE_T>(length), type);
    if (address == nullptr) return Status::no_memory;
    view = {address, length, type};
    return Status::ok;
}

void WindowsKernel::unmap_io(const driver::KernelView& view) {
    MmUnmapIoSpace(view.address, static_cast<SIZE_T>(view.length));
}

bool WindowsKernel::overlaps_ram(std::uint64_t physical, std::uint64_t length) {
    PHYSICAL_MEMORY_RANGE* ranges = MmGetPhysicalMemoryRanges();
    // Unknown counts as yes: better no region than the machine's memory.
    if (ranges == nullptr) return true;
    bool overlaps = false;
    for (const PHYSICAL_MEMORY_RANGE* range = ranges; range->NumberOfBytes.QuadPart != 0; ++range) {
        const auto start = static_cast<std::uint64_t>(range->BaseAddress.QuadPart);
        const auto size = static_cast<std::uint64_t>(range->NumberOfBytes.QuadPart);
        if (physical < start + size && start < physical + length) overlaps = true;
    }
    ExFreePool(ranges);
    return overlaps;
}

Status WindowsKernel::map_user(void* address, std::uint64_t length, MemoryType type,
                               std::uint64_t wanted, driver::UserView& view) {
    MDL* mdl = IoAllocateMdl(address, static_cast<ULONG>(length), FALSE, FALSE, nullptr);
    if (mdl == nullptr) return Status::no_memory;
    MmBuildMdlForNonPagedPool(mdl);
    auto* at = reinterpret_cast<void*>(static_cast<ULONG_PTR>(wanted));
    void* mapped = nullptr;
    // For user mode this raises instead of returning null.
    const long raised = guarded_call([&] {
        mapped = MmMapLockedPagesSpecifyCache(mdl, UserMode, caching(type), at, FALSE,
                                              mapping_priority());
    });
    if (raised != 0 || mapped == nullptr) {
        IoFreeMdl(mdl);
        return Status::no_addresses;
    }
    view = {reinterpret_cast<ULONG_PTR>(mapped), mdl};
    return Status::ok;
}

void WindowsKernel::unmap_user(driver::Process owner, const driver::UserView& view) {
    auto* mdl = static_cast<MDL*>(view.handle);
    {
        Attached context(owner);
        MmUnmapLockedPages(reinterpret_cast<void*>(static_cast<ULONG_PTR>(view.address)), mdl);
    }
    IoFreeMdl(mdl);
}

bool WindowsKernel::take_from_user(driver::Process owner, const driver::UserView& view,
                                   std::uint64_t length) {
    auto* mdl = static_cast<MDL*>(view.handle);
    auto* const wanted = reinterpret_cast<void*>(static_cast<ULONG_PTR>(view.address));
    void* start = wanted;
    auto size = static_cast<SIZE_T>(length);
    NTSTATUS status = STATUS_SUCCESS;
    {
        Attached context(owner);
        MmUnmapLockedPages(wanted, mdl);
        status = ZwAllocateVirtualMemory(NtCurrentProcess(), &start, 0, &size, MEM_RESERVE,
                                         PAGE_NOACCESS);
    }
    IoFreeMdl(mdl);
    return NT_SUCCESS(status);
}

// It may have pages of the program's in it by now, which go with it. Where the view did not begin at
// such a multiple, Windows has reserved from there on.
void WindowsKernel::release_user(driver::Process owner, std::uint64_t address, std::uint64_t) {
    constexpr ULONG_PTR granularity = 64 * 1024;
    auto* start = reinterpret_cast<void*>(static_cast<ULONG_PTR>(address) & ~(granularity - 1));
    SIZE_T size = 0;
    Attached context(owner);
    ZwFreeVirtualMemory(NtCurrentProcess(), &start, &size, MEM_RELEASE);
}

void* WindowsKernel::direct_buffer(void* irp) {
    return system_address(static_cast<IRP*>(irp)->MdlAddress);
}

Status WindowsKernel::find_user_hole(std::uint64_t length, std::uint64_t& address) {
    void* start = nullptr;
    auto size = static_cast<SIZE_T>(length);
    if (!NT_SUCCESS(ZwAllocateVirtualMemory(NtCurrentProcess(), &start, 0, &size, MEM_RESERVE,
                                            PAGE_NOACCESS)))
        return Status::no_addresses;
    address = reinterpret_cast<ULONG_PTR>(start);
    size = 0;
    ZwFreeVirtualMemory(NtCurrentProcess(), &start, &size, MEM_RELEASE);
    return Status::ok;
}

// One load or store of exactly the width, which the compiler may neither split nor repeat. On x86
// and x64 uncached accesses stay in order by themselves; the barrier after a store is for
// write-combining memory, whose buffers it empties.
std::uint64_t WindowsKernel::read_register(const void* address, unsigned width) {
    switch (width) {
        case 1: return *static_cast<const volatile std::uint8_t*>(address);
        case 2: return *static_cast<const volatile std::uint16_t*>(address);
        case 4: return *static_cast<const volatile std::uint32_t*>(address);
        default: break;
    }
#ifdef _WIN64
    return *static_cast<const volatile std::uint64_t*>(address);
#else
    return 0;  // KernelFacts::max_width keeps the core from asking
#endif
}

void WindowsKernel::write_register(void* address, unsigned width, std::uint64_t value) {
    switch (width) {
        case 1:
            *static_cast<volatile std::uint8_t*>(address) = static_cast<std::uint8_t>(value);
            break;
        case 2:
            *static_cast<volatile std::uint16_t*>(address) = static_cast<std::uint16_t>(value);
            break;
        case 4:
            *static_cast<volatile std::uint32_t*>(address) = static_cast<std::uint32_t>(value);
            break;
        default:
#ifdef _WIN64
            *static_cast<volatile std::uint64_t*>(address) = value;
#endif
            break;
    }
    __sync_synchronize();
}

std::uint32_t WindowsKernel::read_port(std::uint64_t port, unsigned width) {
    const auto number = static_cast<USHORT>(port);
    switch (width) {
        case 1: return __inbyte(number);
        case 2: return __inword(number);
        default: return __indword(number);
    }
}

void WindowsKernel::write_port(std::uint64_t port, unsigned width, std::uint32_t value) {
    const auto number = static_cast<USHORT>(port);
    switch (width) {
        case 1: __outbyte(number, static_cast<std::uint8_t>(value)); break;
        case 2: __outword(number, static_cast<std::uint16_t>(value)); break;
        default: __outdword(number, value); break;
    }
}

}  // namespace openbar::windows
