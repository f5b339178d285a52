/// The core's results: the statuses of the contract, and `pending`.
///
///     if (Status status = check(request); status != Status::ok) return status;
///
/// The shell turns one into an NTSTATUS by `ntstatus`, and decides nothing by it.
#pragma once

#include "driver/interface/openbar_ioctl.h"

#include <cstdint>

namespace openbar::driver {

enum class Status : std::uint32_t {
    ok = OPENBAR_STATUS_OK,
    invalid = OPENBAR_STATUS_INVALID,
    length = OPENBAR_STATUS_LENGTH,
    output_length = OPENBAR_STATUS_OUTPUT_LENGTH,
    unknown_request = OPENBAR_STATUS_UNKNOWN_REQUEST,
    version = OPENBAR_STATUS_VERSION,
    range = OPENBAR_STATUS_RANGE,
    alignment = OPENBAR_STATUS_ALIGNMENT,
    not_found = OPENBAR_STATUS_NOT_FOUND,
    unsupported = OPENBAR_STATUS_UNSUPPORTED,
    protected_bytes = OPENBAR_STATUS_PROTECTED,
    not_owner = OPENBAR_STATUS_NOT_OWNER,
    policy = OPENBAR_STATUS_POLICY,
    busy = OPENBAR_STATUS_BUSY,
    paused = OPENBAR_STATUS_PAUSED,
    asleep = OPENBAR_STATUS_ASLEEP,
    removed = OPENBAR_STATUS_REMOVED,
    timed_out = OPENBAR_STATUS_TIMED_OUT,
    cancelled = OPENBAR_STATUS_CANCELLED,
    no_memory = OPENBAR_STATUS_NO_MEMORY,
    no_addresses = OPENBAR_STATUS_NO_ADDRESSES,
    limit = OPENBAR_STATUS_LIMIT,
    closed = OPENBAR_STATUS_CLOSED,
    fault = OPENBAR_STATUS_FAULT,
    device = OPENBAR_STATUS_DEVICE,
    /// Never leaves the driver: the request will be completed later, or has been already.
    pending = OPENBAR_STATUS_COUNT,
};

/// The NTSTATUS (as its 32 bits) that says the same. Any IRQL.
[[nodiscard]] constexpr std::uint32_t ntstatus(Status status) noexcept {
    switch (static_cast<std::uint32_t>(status)) {
#define OPENBAR_CASE(name, value, nt, win32, code, meaning) \
    case value: return nt;
        OPENBAR_STATUSES(OPENBAR_CASE)
#undef OPENBAR_CASE
        case OPENBAR_STATUS_COUNT: return 0x00000103;  // STATUS_PENDING
    }
    return 0xC00000E5;  // STATUS_INTERNAL_ERROR: no such status
}

}  // namespace openbar::driver
