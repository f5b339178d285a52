#include "base/wait_handles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace openbar {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// For WaitForMultipleObjects, which takes milliseconds: rounded up, so that a wait never ends too
/// early.
DWORD time_left(nanoseconds timeout, Clock::time_point start) {
    if (timeout == nanoseconds::max()) return INFINITE;
    const auto left = timeout - (Clock::now() - start);
    const auto rounded = std::chrono::ceil<milliseconds>(std::max<nanoseconds>(left, {}));
    return static_cast<DWORD>(std::min<std::int64_t>(rounded.count(), 1'000'000'000));
}

Error failed(DWORD error) {
    return {.code = ErrorCode::io,
            .cause = fmt::format("WaitForMultipleObjects failed with error {}", error),
            .system_error = static_cast<int>(error)};
}

}  // namespace

Result<bool> wait_for_handles(std::span<WaitHandle> handles, nanoseconds timeout) {
    const auto start = Clock::now();
    for (;;) {
        const DWORD signalled = WaitForMultipleObjects(
            static_cast<DWORD>(handles.size()), handles.data(), FALSE, time_left(timeout, start));
        if (signalled == WAIT_FAILED) return failed(GetLastError());
        if (signalled != WAIT_TIMEOUT) return true;
        if (timeout != nanoseconds::max() && Clock::now() - start >= timeout) return false;
    }
}

}  // namespace openbar
