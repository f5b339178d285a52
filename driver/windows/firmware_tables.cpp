// The tables that the firmware hands to the operating system.
#include "driver/windows/support/pool.hpp"
#include "driver/windows/support/system_routine.hpp"
#include "driver/windows/windows_kernel.hpp"

namespace openbar::windows {
namespace {

constexpr ULONG tag = 'fDBO';

// What the free headers lack of Server 2003's: a request for one table, and its answer.
constexpr ULONG firmware_tables = 76;  // SystemFirmwareTableInformation
constexpr ULONG acpi = 0x41435049;     // 'ACPI'
constexpr ULONG get_one = 1;           // SystemFirmwareTable_Get
struct Table {
    ULONG provider;
    ULONG action;
    ULONG signature;
    ULONG length;
    std::uint8_t bytes[1];
};
constexpr ULONG head = FIELD_OFFSET(Table, bytes);

}  // namespace

std::uint32_t WindowsKernel::read_firmware_table(std::uint32_t signature, void* bytes,
                                                 std::uint32_t room) {
    using Query = NTSTATUS(NTAPI*)(ULONG, void*, ULONG, ULONG*);
    const auto query = system_routine<Query>(L"ZwQuerySystemInformation");
    if (query == nullptr) return 0;
    auto* table = static_cast<Table*>(allocate_pool(head + room, tag));
    if (table == nullptr) return 0;
    *table = {acpi, get_one, signature, room, {}};
    ULONG returned = 0;
    std::uint32_t length = 0;
    if (NT_SUCCESS(query(firmware_tables, table, head + room, &returned)) &&
        table->length <= room) {
        length = table->length;
        RtlCopyMemory(bytes, table->bytes, length);
    }
    ExFreePool(table);
    return length;
}

}  // namespace openbar::windows
