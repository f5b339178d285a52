#include "backends/windows/pended_interrupt.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <array>

namespace openbar::windows {
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

bool is_over(nanoseconds timeout, Clock::time_point start) {
    return timeout != nanoseconds::max() && Clock::now() - start >= timeout;
}

}  // namespace

PendedInterrupt::PendedInterrupt(const DriverHandle& driver, InterruptKind kind,
                                 std::uint32_t vector, std::shared_ptr<const Backend> keeps)
    : MaskableInterrupt(kind, vector, keeps->info().address),
      driver_(driver),
      keeps_(std::move(keeps)),
      fired_(CreateEventW(nullptr, TRUE, FALSE, nullptr)),
      cancelled_(CreateEventW(nullptr, FALSE, FALSE, nullptr)) {}

Result<std::unique_ptr<InterruptSource>> PendedInterrupt::enable(
    const DriverHandle& driver, InterruptKind kind, std::uint32_t vector,
    std::shared_ptr<const Backend> keeps) {
    std::unique_ptr<PendedInterrupt> self(
        new PendedInterrupt(driver, kind, vector, std::move(keeps)));
    if (!self->fired_ || !self->cancelled_) return windows_failure(GetLastError(), "CreateEvent");
    auto asked = prepared<openbar_enable_vector>();
    asked.vector = vector;
    openbar_object vector_object{};
    if (const SystemError error = driver.call(OPENBAR_IOCTL_ENABLE_VECTOR, asked, vector_object))
        return request_failure(error);
    self->object_ = vector_object.object;
    self->enabled_ = true;
    if (const SystemError error = self->post()) return request_failure(error);
    return self;
}

PendedInterrupt::~PendedInterrupt() {
    if (posted_) {
        // It may complete at this very moment; either way it is over before its memory goes.
        CancelIoEx(driver_.get(), &overlapped_);
        DWORD transferred = 0;
        GetOverlappedResult(driver_.get(), &overlapped_, &transferred, TRUE);
    }
    if (enabled_) driver_.call_object(OPENBAR_IOCTL_DISABLE_VECTOR, object_);
}

Error PendedInterrupt::failed(SystemError error) {
    Error failed = request_failure(error);
    if (failed.code != ErrorCode::not_found) return failed;
    return Error{.code = ErrorCode::cancelled,
                 .cause = "Windows has stopped the device, and its vectors are gone",
                 .hint = "enable the vector again",
                 .system_error = static_cast<int>(error)};
}

SystemError PendedInterrupt::post() {
    asked_ = prepared<openbar_wait>();
    asked_.object = object_;
    asked_.seen = seen_;
    overlapped_ = {};
    overlapped_.hEvent = fired_.get();
    ResetEvent(fired_.get());
    DWORD transferred = 0;
    const BOOL done =
        DeviceIoControl(driver_.get(), OPENBAR_IOCTL_WAIT_VECTOR, &asked_, sizeof asked_, &answer_,
                        sizeof answer_, &transferred, &overlapped_);
    const SystemError error = done != 0 ? 0 : GetLastError();
    posted_ = error == 0 || error == ERROR_IO_PENDING;
    // Whoever waits for the event shall come and see the error.
    if (!posted_) SetEvent(fired_.get());
    return posted_ ? 0 : error;
}

SystemError PendedInterrupt::take() {
    DWORD transferred = 0;
    const BOOL done = GetOverlappedResult(driver_.get(), &overlapped_, &transferred, TRUE);
    const SystemError error = done != 0 ? 0 : GetLastError();
    posted_ = false;
    return error;
}

std::uint64_t PendedInterrupt::count_and_go_on() {
    const std::uint64_t count = answer_.count - seen_;
    seen_ = answer_.count;
    has_fired();
    // If this fails, the next wait tries again and returns the error.
    static_cast<void>(post());
    return count;
}

Result<std::uint64_t> PendedInterrupt::wait(nanoseconds timeout) {
    OPENBAR_TRY(armed, rearm());
    const auto start = Clock::now();
    for (int given_up = 0; given_up < 2;) {
        if (!posted_)
            if (const SystemError error = post()) return failed(error);
        const std::array<HANDLE, 2> either{cancelled_.get(), fired_.get()};
        switch (WaitForMultipleObjects(either.size(), either.data(), FALSE,
                                       time_left(timeout, start))) {
            case WAIT_OBJECT_0: return cancelled();
            case WAIT_OBJECT_0 + 1: break;
            case WAIT_TIMEOUT:
                if (!is_over(timeout, start)) continue;
                return timed_out(timeout);
            default: return windows_failure(GetLastError(), "WaitForMultipleObjects");
        }
        const SystemError error = take();
        if (error == 0) return count_and_go_on();
        if (error != ERROR_OPERATION_ABORTED) return failed(error);
        // Windows gives up the requests of a thread that ends: another has pended this one. If the
        // vector itself is gone, pending it again shows that.
        ++given_up;
    }
    return failed(ERROR_OPERATION_ABORTED);
}

void PendedInterrupt::cancel() noexcept {
    SetEvent(cancelled_.get());
}

Result<void> PendedInterrupt::let_through(bool through) {
    const auto code = through ? OPENBAR_IOCTL_UNMASK_VECTOR : OPENBAR_IOCTL_MASK_VECTOR;
    if (const SystemError error = driver_.call_object(code, object_)) return request_failure(error);
    return {};
}

Result<void> PendedInterrupt::trigger() {
    return failure(ErrorCode::unsupported,
                   "no driver of Windows can fire a vector in the device's place");
}

}  // namespace openbar::windows
