// Memory: the card's, mapped for the kernel and for programs; and programs' memory, locked.
#include "tests/wine/stand_ins/hardware_kernel.hpp"

namespace openbar::stand_in {
namespace {

void* NTAPI map_io(PHYSICAL_ADDRESS physical, SIZE_T length, MEMORY_CACHING_TYPE) {
    return hardware_map_io(static_cast<uint64_t>(physical.QuadPart), length);
}

void NTAPI unmap_io(void* address, SIZE_T) {
    hardware_unmap_io(address);
}

void NTAPI build_list(MDL* mdl) {
    mdl->MappedSystemVa = MmGetMdlVirtualAddress(mdl);
    mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

void* NTAPI map_locked(MDL* mdl, KPROCESSOR_MODE mode, MEMORY_CACHING_TYPE, void* wanted, ULONG,
                       ULONG) {
    void* address = MmGetMdlVirtualAddress(mdl);
    if (mode == KernelMode) return address;
    uint64_t mapped = 0;
    const long status = hardware_map_user(address, MmGetMdlByteCount(mdl), current_process_number(),
                                          reinterpret_cast<ULONG_PTR>(wanted), &mapped);
    // As Windows does it for user mode: it raises instead of returning null.
    if (status < 0) hardware_raise(status);
    return reinterpret_cast<void*>(static_cast<ULONG_PTR>(mapped));
}

void NTAPI unmap_locked(void* address, MDL*) {
    hardware_unmap_user(current_process_number(), reinterpret_cast<ULONG_PTR>(address));
}

ULONG pages_of(MDL* mdl) {
    return static_cast<ULONG>(
        ADDRESS_AND_SIZE_TO_SPAN_PAGES(MmGetMdlVirtualAddress(mdl), MmGetMdlByteCount(mdl)));
}

void NTAPI probe_and_lock(MDL* mdl, KPROCESSOR_MODE, LOCK_OPERATION operation) {
    static_assert(sizeof(PFN_NUMBER) == sizeof(uint64_t));
    const long status = hardware_pin(current_process_number(),
                                     reinterpret_cast<ULONG_PTR>(MmGetMdlVirtualAddress(mdl)),
                                     MmGetMdlByteCount(mdl), operation != IoReadAccess,
                                     reinterpret_cast<uint64_t*>(MmGetMdlPfnArray(mdl)));
    if (status < 0) hardware_raise(status);
    mdl->MdlFlags |= MDL_PAGES_LOCKED;
}

void NTAPI unlock(MDL* mdl) {
    hardware_unpin(reinterpret_cast<uint64_t*>(MmGetMdlPfnArray(mdl)), pages_of(mdl));
    mdl->MdlFlags &= static_cast<CSHORT>(~MDL_PAGES_LOCKED);
}

// 2 GiB of RAM, from the bottom.
PHYSICAL_MEMORY_RANGE* NTAPI memory_ranges() {
    auto* ranges = static_cast<PHYSICAL_MEMORY_RANGE*>(
        ExAllocatePoolWithTag(NonPagedPool, 2 * sizeof(PHYSICAL_MEMORY_RANGE), 'gnaR'));
    if (ranges == nullptr) return nullptr;
    ranges[0].BaseAddress.QuadPart = 0;
    ranges[0].NumberOfBytes.QuadPart = LONGLONG{2} << 30;
    ranges[1] = {};
    return ranges;
}

// The driver reserves addresses only to learn of a hole, and gives them back at once.
NTSTATUS NTAPI reserve(HANDLE, void** address, ULONG_PTR, SIZE_T* size, ULONG, ULONG) {
    uint64_t hole = 0;
    const long status = hardware_find_hole(current_process_number(), *size, &hole);
    *address = reinterpret_cast<void*>(static_cast<ULONG_PTR>(hole));
    return status;
}

NTSTATUS NTAPI unreserve(HANDLE, void**, SIZE_T*, ULONG) {
    return STATUS_SUCCESS;
}

PVOID NTAPI allocate_pool(POOL_TYPE type, SIZE_T length, ULONG tag) {
    using Allocate = PVOID(NTAPI*)(POOL_TYPE, SIZE_T, ULONG);
    void* memory = kernels<Allocate>("ExAllocatePoolWithTag")(type, length, tag);
    if (memory != nullptr) InterlockedIncrement(&pool_blocks);
    return memory;
}

void NTAPI free_pool(void* memory) {
    InterlockedDecrement(&pool_blocks);
    kernels<void(NTAPI*)(void*)>("ExFreePool")(memory);
}

MDL* NTAPI allocate_list(void* address, ULONG length, BOOLEAN secondary, BOOLEAN quota, IRP* irp) {
    using Allocate = MDL*(NTAPI*)(void*, ULONG, BOOLEAN, BOOLEAN, IRP*);
    MDL* mdl = kernels<Allocate>("IoAllocateMdl")(address, length, secondary, quota, irp);
    if (mdl != nullptr) InterlockedIncrement(&memory_lists);
    return mdl;
}

void NTAPI free_list(MDL* mdl) {
    InterlockedDecrement(&memory_lists);
    kernels<void(NTAPI*)(MDL*)>("IoFreeMdl")(mdl);
}

LONG_PTR FASTCALL reference(void* object) {
    InterlockedIncrement(&object_references);
    return kernels<LONG_PTR(FASTCALL*)(void*)>("ObfReferenceObject")(object);
}

LONG_PTR FASTCALL dereference(void* object) {
    InterlockedDecrement(&object_references);
    return kernels<LONG_PTR(FASTCALL*)(void*)>("ObfDereferenceObject")(object);
}

}  // namespace

volatile LONG pool_blocks = 0;
volatile LONG memory_lists = 0;
volatile LONG object_references = 0;

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
OPENBAR_STANDS_IN(ExAllocatePoolWithTag, openbar::stand_in::allocate_pool)
OPENBAR_STANDS_IN(ExFreePool, openbar::stand_in::free_pool)
OPENBAR_STANDS_IN(IoAllocateMdl, openbar::stand_in::allocate_list)
OPENBAR_STANDS_IN(IoFreeMdl, openbar::stand_in::free_list)
OPENBAR_STANDS_IN(ObfReferenceObject, openbar::stand_in::reference)
OPENBAR_STANDS_IN(ObfDereferenceObject, openbar::stand_in::dereference)
