// Memory: the card's, mapped for the kernel and for programs; and programs' memory, locked.
#include "tests/wine/stand_ins/kernel_rules.hpp"

namespace openbar::stand_in {
namespace {

using worst_case::Switch;

void* NTAPI map_io(PHYSICAL_ADDRESS physical, SIZE_T length, MEMORY_CACHING_TYPE) {
    require_at_most(DISPATCH_LEVEL, "MmMapIoSpace");
    return hardware_map_io(static_cast<uint64_t>(physical.QuadPart), length);
}

void NTAPI unmap_io(void* address, SIZE_T) {
    require_at_most(DISPATCH_LEVEL, "MmUnmapIoSpace");
    hardware_unmap_io(address);
}

void NTAPI build_list(MDL* mdl) {
    require_at_most(DISPATCH_LEVEL, "MmBuildMdlForNonPagedPool");
    mdl->MappedSystemVa = MmGetMdlVirtualAddress(mdl);
    mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

void* NTAPI map_locked(MDL* mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE, void* wanted, ULONG,
                       ULONG priority) {
    if (((priority & non_executable_mapping) == 0) != is_old_kernel())
        hardware_complain("MmMapLockedPagesSpecifyCache",
                          is_old_kernel() ? "with a priority that this kernel has not, bytes"
                                          : "executable, bytes",
                          mdl->ByteCount);
    void* address = MmGetMdlVirtualAddress(mdl);
    require_at_most(mode == KernelMode ? DISPATCH_LEVEL : APC_LEVEL,
                    "MmMapLockedPagesSpecifyCache");
    if (mode == KernelMode) return address;
    uint64_t mapped = 0;
    const long status = hardware_map_user(address, MmGetMdlByteCount(mdl), current_process_number(),
                                          reinterpret_cast<ULONG_PTR>(wanted), &mapped);
    // As Windows does it for user mode: it raises instead of returning null.
    if (status < 0) hardware_raise(status);
    return reinterpret_cast<void*>(static_cast<ULONG_PTR>(mapped));
}

void NTAPI unmap_locked(void* address, MDL*) {
    require_at_most(APC_LEVEL, "MmUnmapLockedPages");
    const uint32_t process = current_process_number();
    if (hardware_unmap_user(process, reinterpret_cast<ULONG_PTR>(address)) < 0)
        hardware_complain("MmUnmapLockedPages", "in a process without that mapping, process",
                          process);
}

ULONG pages_of(MDL* mdl) {
    return static_cast<ULONG>(
        ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl)));
}

void NTAPI probe_and_lock(MDL* mdl, KPROCESSOR_MODE, LOCK_OPERATION operation) {
    require_at_most(APC_LEVEL, "MmProbeAndLockPages");
    static_assert(sizeof(PFN_NUMBER) == sizeof(uint64_t));
    const long status = hardware_pin(current_process_number(),
                                     reinterpret_cast<ULONG_PTR>(MmGetMdlVirtualAddress(mdl)),
                                     MmGetMdlByteCount(mdl), operation != IoReadAccess,
                                     reinterpret_cast<uint64_t*>(MmGetMdlPfnArray(mdl)));
    if (status < 0) hardware_raise(status);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
    if (worst.happens(Switch::io_space_offered)) mdl->MdlFlags |= MDL_IO_SPACE;
}

void NTAPI unlock(MDL* mdl) {
    require_at_most(DISPATCH_LEVEL, "MmUnlockPages");
    hardware_unpin(reinterpret_cast<uint64_t*>(MmGetMdlPfnArray(mdl)), pages_of(mdl));
    if ((mdl->MdlFlags & MDL_PAGES_LOCKED) == 0)
        hardware_complain("MmUnlockPages", "of pages that are not locked, bytes", mdl->ByteCount);
    mdl->MdlFlags &= static_cast<CSHORT>(~MDL_PAGES_LOCKED);
}

// 2 GiB of RAM, from the bottom.
PHYSICAL_MEMORY_RANGE* NTAPI memory_ranges() {
    require_at_most(PASSIVE_LEVEL, "MmGetPhysicalMemoryRanges");
    auto* ranges = static_cast<PHYSICAL_MEMORY_RANGE*>(
        ExAllocatePoolWithTag(expected_pool(), 2 * sizeof(PHYSICAL_MEMORY_RANGE), 'gnaR'));
    if (ranges == nullptr) return nullptr;
    ranges[0].BaseAddress.QuadPart = 0;
    ranges[0].NumberOfBytes.QuadPart = LONGLONG{2} << 30;
    ranges[1] = {};
    return ranges;
}

NTSTATUS NTAPI reserve(HANDLE, void** address, ULONG_PTR, SIZE_T* size, ULONG, ULONG) {
    require_at_most(PASSIVE_LEVEL, "ZwAllocateVirtualMemory");
    constexpr uint64_t granularity = 0x10000;
    const auto wanted = static_cast<uint64_t>(reinterpret_cast<ULONG_PTR>(*address));
    uint64_t start = wanted & ~(granularity - 1);
    const uint64_t length = *size + (wanted - start);
    // The program has waited for just that: its other thread is faster.
    if (wanted != 0 && worst.happens(Switch::range_reused, 2)) {
        uint64_t taken = start;
        hardware_reserve(current_process_number(), length, &taken);
    }
    const long status = hardware_reserve(current_process_number(), length, &start);
    *address = reinterpret_cast<void*>(static_cast<ULONG_PTR>(start));
    return status;
}

NTSTATUS NTAPI unreserve(HANDLE, void** address, SIZE_T*, ULONG) {
    require_at_most(PASSIVE_LEVEL, "ZwFreeVirtualMemory");
    return hardware_release(current_process_number(), reinterpret_cast<ULONG_PTR>(*address));
}

// Not Wine's own, which leaves four bytes for each page number where the driver and the DMA adapter
// write eight, and so loses its heap.
MDL* NTAPI allocate_list(void* address, ULONG length, BOOLEAN, BOOLEAN, IRP*) {
    require_at_most(DISPATCH_LEVEL, "IoAllocateMdl");
    const SIZE_T size =
        sizeof(MDL) + sizeof(PFN_NUMBER) * ADDRESS_AND_SIZE_TO_SPAN_PAGES(address, length);
    using Allocate = PVOID(NTAPI*)(POOL_TYPE, SIZE_T, ULONG);
    auto* mdl =
        static_cast<MDL*>(kernels<Allocate>("ExAllocatePoolWithTag")(NonPagedPool, size, 'lldM'));
    if (mdl == nullptr) return nullptr;
    RtlZeroMemory(mdl, size);
    MmInitializeMdl(mdl, address, length);
    memory_lists.take();
    return mdl;
}

void NTAPI free_list(MDL* mdl) {
    require_at_most(DISPATCH_LEVEL, "IoFreeMdl");
    if ((mdl->MdlFlags & MDL_PAGES_LOCKED) != 0)
        hardware_complain("IoFreeMdl", "with its pages locked, bytes", mdl->ByteCount);
    if ((mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0)
        hardware_complain("IoFreeMdl", "while it is mapped, bytes", mdl->ByteCount);
    memory_lists.give_back();
    kernels<void(NTAPI*)(void*)>("ExFreePool")(mdl);
}

LONG_PTR FASTCALL reference(void* object) {
    require_at_most(DISPATCH_LEVEL, "ObReferenceObject");
    object_references.take();
    return kernels<LONG_PTR(FASTCALL*)(void*)>("ObfReferenceObject")(object);
}

LONG_PTR FASTCALL dereference(void* object) {
    require_at_most(DISPATCH_LEVEL, "ObDereferenceObject");
    object_references.give_back();
    return kernels<LONG_PTR(FASTCALL*)(void*)>("ObfDereferenceObject")(object);
}

}  // namespace

void* NTAPI map_io_ex(PHYSICAL_ADDRESS physical, SIZE_T length, ULONG protection) {
    constexpr ULONG execution = 0xf0;  // of all PAGE_EXECUTE_…
    if ((protection & execution) != 0)
        hardware_complain("MmMapIoSpaceEx", "executable, protection", protection);
    return map_io(physical, length, MmNonCached);
}

// The only table asked for: MCFG, of a machine whose configuration space is at 0xb0000000.
NTSTATUS NTAPI query_system(ULONG what, void* answer, ULONG room, ULONG* returned) {
    require_at_most(PASSIVE_LEVEL, "ZwQuerySystemInformation");
    constexpr ULONG firmware_tables = 76;
    constexpr ULONG head = 4 * sizeof(ULONG);
    struct {
        ULONG header[11];
        ULONG base, base_above, segment_and_buses, reserved;
    } const mcfg = {{0x4746434d}, 0xb0000000, 0, 0xff000000, 0};
    static_assert(sizeof mcfg == 60);
    auto* asked = static_cast<ULONG*>(answer);
    if (what != firmware_tables || room < head) return STATUS_INVALID_INFO_CLASS;
    if (asked[0] != 0x41435049 || asked[1] != 1 || asked[2] != mcfg.header[0])
        return STATUS_INVALID_PARAMETER;
    asked[3] = sizeof mcfg;
    *returned = head + sizeof mcfg;
    if (room < *returned) return STATUS_BUFFER_TOO_SMALL;
    RtlCopyMemory(asked + 4, &mcfg, sizeof mcfg);
    return STATUS_SUCCESS;
}

}  // namespace openbar::stand_in

OPENBAR_STANDS_IN(MmMapIoSpace, openbar::stand_in::map_io)
OPENBAR_STANDS_IN(MmUnmapIoSpace, openbar::stand_in::unmap_io)
OPENBAR_STANDS_IN(MmBuildMdlForNonPagedPool, openbar::stand_in::build_list)
OPENBAR_STANDS_IN(MmMapLockedPagesSpecifyCache, openbar::stand_in::map_locked)
OPENBAR_STANDS_IN(MmUnmapLockedPages, openbar::stand_in::unmap_locked)
OPENBAR_STANDS_IN(MmProbeAndLockPages, openbar::stand_in::probe_and_lock)
OPENBAR_STANDS_IN(MmUnlockPages, openbar::stand_in::unlock)
OPENBAR_STANDS_IN(MmGetPhysicalMemoryRanges, openbar::stand_in::memory_ranges)
OPENBAR_STANDS_IN(ZwAllocateVirtualMemory, openbar::stand_in::reserve)
OPENBAR_STANDS_IN(ZwFreeVirtualMemory, openbar::stand_in::unreserve)
OPENBAR_STANDS_IN(IoAllocateMdl, openbar::stand_in::allocate_list)
OPENBAR_STANDS_IN(IoFreeMdl, openbar::stand_in::free_list)
OPENBAR_STANDS_IN(ObfReferenceObject, openbar::stand_in::reference)
OPENBAR_STANDS_IN(ObfDereferenceObject, openbar::stand_in::dereference)
