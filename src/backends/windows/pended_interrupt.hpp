/// One vector, waited for by a request that is always pended at the driver.
#pragma once

#include "backends/maskable_interrupt.hpp"
#include "backends/windows/driver_handle.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace openbar::windows {

/// A wait is pended from the moment the vector is enabled, so that its event, `native_handle`, is
/// signalled by the interrupt itself, whoever waits for it and when.
class PendedInterrupt final : public MaskableInterrupt {
public:
    /// `driver` belongs to `keeps`.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        const DriverHandle& driver, InterruptKind kind, std::uint32_t vector,
        std::shared_ptr<const Backend> keeps);
    ~PendedInterrupt() override;

    Result<void> prepare() override;
    WaitHandles handles() const noexcept override { return WaitHandles(fired_.get()); }
    Result<std::uint64_t> take(std::span<const WaitHandle> signalled) override;
    void cancel() noexcept override;
    Result<void> trigger() override;
    Interrupt::NativeHandle native_handle() const noexcept override { return fired_.get(); }

private:
    PendedInterrupt(const DriverHandle& driver, InterruptKind kind, std::uint32_t vector,
                    std::shared_ptr<const Backend> keeps);

    Result<void> let_through(bool through) override;
    /// Pends a wait for the next interrupt. Both give GetLastError's number, or 0.
    SystemError post();
    SystemError complete();
    [[nodiscard]] bool is_completed() const noexcept {
        return posted_ && HasOverlappedIoCompleted(&overlapped_);
    }
    /// Takes a cancellation off the event that it shares with the interrupt.
    [[nodiscard]] bool take_cancellation() noexcept;
    [[nodiscard]] std::uint64_t count_and_go_on();
    [[nodiscard]] static Error failed(SystemError error);

    const DriverHandle& driver_;
    std::shared_ptr<const Backend> keeps_;
    OwnedHandle fired_;  // also by a cancellation, so that a wait needs one handle for each vector
    std::mutex cancelling_;  // over a cancellation and its part in `fired_`
    std::atomic<bool> cancelled_ = false;
    std::uint64_t object_ = 0;
    // What the kernel reads and writes while a wait is pended.
    OVERLAPPED overlapped_{};
    openbar_wait asked_{};
    openbar_wait_result answer_{};
    std::uint64_t seen_ = 0;
    bool enabled_ = false;
    bool posted_ = false;
    int given_up_ = 0;  // by Windows, in the present wait
};

}  // namespace openbar::windows
