#include "backends/windows/pended_interrupt.hpp"

#include "base/failure.hpp"

namespace openbar::windows {

PendedInterrupt::PendedInterrupt(const DriverHandle& driver, InterruptKind kind,
                                 std::uint32_t vector, std::shared_ptr<const Backend> keeps)
    : MaskableInterrupt(kind, vector, keeps->info().address),
      driver_(driver),
      keeps_(std::move(keeps)),
      fired_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

Result<std::unique_ptr<InterruptSource>> PendedInterrupt::enable(
    const DriverHandle& driver, InterruptKind kind, std::uint32_t vector,
    std::shared_ptr<const Backend> keeps) {
    std::unique_ptr<PendedInterrupt> self(
        new PendedInterrupt(driver, kind, vector, std::move(keeps)));
    if (!self->fired_) return windows_failure(GetLastError(), "CreateEvent");
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
    const std::lock_guard guard(cancelling_);
    // Whoever waits for the event shall come and see the cancellation or the error.
    if (cancelled_ || !posted_) SetEvent(fired_.get());
    return posted_ ? 0 : error;
}

SystemError PendedInterrupt::complete() {
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

Result<void> PendedInterrupt::prepare() {
    given_up_ = 0;
    OPENBAR_TRY(armed, MaskableInterrupt::prepare());
    if (!posted_)
        if (const SystemError error = post()) return failed(error);
    return {};
}

Result<std::uint64_t> PendedInterrupt::take(std::span<const WaitHandle>) {
    if (take_cancellation()) return cancelled();
    if (!is_completed()) return 0;
    const SystemError error = complete();
    if (error == 0) return count_and_go_on();
    // Windows gives up the requests of a thread that ends: another has pended this one. If the
    // vector itself is gone, pending it again shows that.
    if (error != ERROR_OPERATION_ABORTED || ++given_up_ == 2) return failed(error);
    if (const SystemError refused = post()) return failed(refused);
    return 0;
}

void PendedInterrupt::cancel() noexcept {
    const std::lock_guard guard(cancelling_);
    cancelled_ = true;
    SetEvent(fired_.get());
}

bool PendedInterrupt::take_cancellation() noexcept {
    if (!cancelled_) return false;
    const std::lock_guard guard(cancelling_);
    cancelled_ = false;
    ResetEvent(fired_.get());
    // The interrupt may have come before that. Windows stores the result first, then sets the event.
    if (!posted_ || is_completed()) SetEvent(fired_.get());
    return true;
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
