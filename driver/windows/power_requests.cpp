#include "driver/windows/power_requests.hpp"

namespace openbar::windows {
namespace {

struct Outcome {
    KEVENT done;
    NTSTATUS status;
};

void NTAPI on_done(DEVICE_OBJECT*, UCHAR, POWER_STATE, void* context, IO_STATUS_BLOCK* result) {
    auto* outcome = static_cast<Outcome*>(context);
    outcome->status = result->Status;
    KeSetEvent(&outcome->done, IO_NO_INCREMENT, FALSE);
}

}  // namespace

NTSTATUS PowerRequests::wake() {
    if (system_sleeps_) return STATUS_DEVICE_POWERED_OFF;
    Outcome outcome{};
    KeInitializeEvent(&outcome.done, NotificationEvent, FALSE);
    POWER_STATE wanted{};
    wanted.DeviceState = PowerDeviceD0;
    const NTSTATUS status =
        PoRequestPowerIrp(physical_, IRP_MN_SET_POWER, wanted, on_done, &outcome, nullptr);
    if (status != STATUS_PENDING) return NT_SUCCESS(status) ? STATUS_UNSUCCESSFUL : status;
    KeWaitForSingleObject(&outcome.done, Executive, KernelMode, FALSE, nullptr);
    return outcome.status;
}

NTSTATUS PowerRequests::let_sleep() {
    POWER_STATE wanted{};
    wanted.DeviceState = PowerDeviceD3;
    return PoRequestPowerIrp(physical_, IRP_MN_SET_POWER, wanted, nullptr, nullptr, nullptr);
}

}  // namespace openbar::windows
