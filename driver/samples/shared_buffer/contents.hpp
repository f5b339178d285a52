/// The buffer that all programs share: bytes with a size, a limit, and a lock round both.
#pragma once

#include "driver/windows/support/pool.hpp"
#include "driver/windows/support/spin_lock.hpp"

namespace openbar::samples {

class Contents {
public:
    explicit Contents(ULONG limit) : limit_(limit) {}

    struct Transfer {
        NTSTATUS status;
        ULONG count;
    };

    /// What lies at `position`, as far as the buffer and `length` go.
    Transfer read(LONGLONG position, void* to, ULONG length);
    /// Puts `length` bytes at `position`; all of them or, where the buffer cannot grow, none.
    Transfer write(LONGLONG position, const void* from, ULONG length);
    void zero();
    void remove();
    [[nodiscard]] ULONG size();
    /// The whole buffer, where `length` has room for it; `needed` is its size in any case.
    NTSTATUS copy(void* to, ULONG length, ULONG& needed);

private:
    windows::SpinLock lock_;
    windows::PoolBuffer bytes_;
    const ULONG limit_;
};

}  // namespace openbar::samples
