/// Whether the checks of the kernel's rules can fail: each fault is made on purpose, and has to be
/// named.
///
///     rules_test.exe openbar_on_edu_faulty.inf openbar_hardware.dll
#include "driver/samples/programs/options.hpp"
#include "driver/samples/programs/report.hpp"
#include "tests/wine/programs/complaints.hpp"
#include "tests/wine/programs/device_node.hpp"
#include "tests/wine/programs/edu_client.hpp"
#include "tests/wine/programs/stand_in_card.hpp"

#include <windows.h>

#include <algorithm>
#include <cstdio>

namespace openbar::wine {
namespace {

using samples::Report;

struct Fault {
    stand_in_fault number;
    const char* what;
    const char* complaint;  ///< how its line begins
};

constexpr Fault faults[] = {
    {STAND_IN_FAULT_LEVEL, "waits at DISPATCH_LEVEL", "KeWaitForSingleObject: called at IRQL 2"},
    {STAND_IN_FAULT_LEVEL_IN_DPC, "waits in a deferred call",
     "KeWaitForSingleObject: called at IRQL 2"},
    {STAND_IN_FAULT_INTERRUPT, "sets an event in the interrupt routine",
     "KeSetEvent: called at IRQL 9"},
    {STAND_IN_FAULT_DPC_LOCK_BELOW, "takes a lock without raising",
     "KeAcquireSpinLockAtDpcLevel: called at IRQL 0"},
    {STAND_IN_FAULT_RETURN_RAISED, "returns at DISPATCH_LEVEL",
     "dispatch routine: returned at another IRQL"},
    {STAND_IN_FAULT_RETURN_WITH_LOCK, "returns with a spin lock",
     "dispatch routine: returned with a spin lock"},
    {STAND_IN_FAULT_RETURN_IN_REGION, "returns in a critical region",
     "dispatch routine: returned in a critical region"},
    {STAND_IN_FAULT_RETURN_ATTACHED, "returns attached to a process",
     "dispatch routine: returned attached to a process"},
    {STAND_IN_FAULT_COMPLETE_TWICE, "completes twice", "IoCompleteRequest: twice"},
    {STAND_IN_FAULT_COMPLETE_CANCELLABLE, "completes what can be cancelled",
     "IoCompleteRequest: with a cancel routine set"},
    {STAND_IN_FAULT_COMPLETE_AS_PENDING, "completes as pending",
     "IoCompleteRequest: with STATUS_PENDING"},
    {STAND_IN_FAULT_COMPLETE_TOO_MUCH, "claims more output than there is room for",
     "IoCompleteRequest: more bytes than the output has room for"},
    {STAND_IN_FAULT_COMPLETE_WITH_LOCK, "completes with a lock held",
     "IoCompleteRequest: with spin locks held"},
    {STAND_IN_FAULT_BEYOND_END, "writes beyond its memory",
     "ExFreePool: written to beyond its end"},
    {STAND_IN_FAULT_FREE_TWICE, "frees memory twice", "ExFreePool: twice"},
    {STAND_IN_FAULT_WRONG_PROCESS, "unmaps in the wrong process",
     "MmUnmapLockedPages: in a process without that mapping"},
    {STAND_IN_FAULT_EXECUTABLE_POOL, "takes executable memory",
     "ExAllocatePoolWithTag: of executable memory"},
    {STAND_IN_FAULT_EXECUTABLE_MAPPING, "maps executably",
     "MmMapLockedPagesSpecifyCache: executable"},
};

constexpr const char* left_at_unload[] = {
    "ExFreePool: written to after it was freed",
    "ExAllocatePoolWithTag: never freed",
    "unload: MDLs not freed: 1",
    "unload: object references not given back: 1",
    "unload: remove locks not released: 1",
    "unload: work items not freed: 1",
    "unload: requests still pended: 1",
    "unload: kernel views of the card not unmapped: 1",
};

bool is_among(const std::vector<std::string>& lines, const std::string& beginning) {
    return std::ranges::any_of(
        lines, [&](const std::string& line) { return line.starts_with(beginning); });
}

void check(Report& report, const char* what, const std::string& complaint) {
    report.add(what, "", complaint, is_among(complaints(), complaint) ? complaint : "not seen");
}

void commit(EduClient& card, stand_in_fault fault) {
    command(card, std::uint32_t{STAND_IN_FAULT} + std::uint32_t{fault});
}

void make_an_interrupt(EduClient& card) {
    card.bus_master(true);
    const auto vector = card.enable_vector();
    std::uint64_t count = 0;
    card.write(0x60, 1);
    card.wait(vector.object, 0, 2000, count);
    card.write(0x64, 1);
    card.free(OPENBAR_IOCTL_DISABLE_VECTOR, vector.object);
    card.bus_master(false);
}

void commit_all(const std::wstring& path, Report& report) {
    EduClient card(path);
    report.add("before", "", "0 lines", std::to_string(complaints().size()) + " lines");
    for (const Fault& fault : faults) {
        forget_complaints();
        commit(card, fault.number);
        if (fault.number == STAND_IN_FAULT_INTERRUPT) make_an_interrupt(card);
        check(report, fault.what, fault.complaint);
    }
    forget_complaints();
    commit(card, STAND_IN_FAULT_WRITE_AFTER_FREE);
    commit(card, STAND_IN_FAULT_LEAVE_EVERYTHING);
}

int run(const std::wstring& inf, const std::wstring& library) {
    Report report;
    forget_complaints();
    CopyFileW(samples::absolute_path(library).c_str(),
              L"C:\\windows\\system32\\openbar_hardware.dll", FALSE);
    DeviceNode node(L"root\\openbar_hardware_test");
    const bool installed = node.install(samples::absolute_path(inf));
    report.add("install by INF", "", "done", installed ? "done" : node.failure());
    const std::wstring path = DeviceNode::interface_path(5000);
    report.add("device interface", "", "found", path.empty() ? "not there" : "found");
    if (!path.empty()) commit_all(path, report);
    node.remove();
    const bool unloaded = node.unload(inf);
    report.add("unload", "", "done", unloaded ? "done" : node.failure());
    for (const char* line : left_at_unload) check(report, "at unload", line);
    report.print(false);
    return report.exit_code();
}

}  // namespace
}  // namespace openbar::wine

int wmain(int count, wchar_t** arguments) {
    if (count < 3) {
        std::puts("usage: rules_test FILE.inf openbar_hardware.dll");
        return 2;
    }
    return openbar::wine::run(arguments[1], arguments[2]);
}
