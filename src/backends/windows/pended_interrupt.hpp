/// One vector, waited for by a request that is always pended at the driver.
#pragma once

#include "backends/maskable_interrupt.hpp"
#include "backends/windows/driver_handle.hpp"

#include <chrono>
#include <memory>

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

    Result<std::uint64_t> wait(std::chrono::nanoseconds timeout) override;
    void cancel() noexcept override;
    Result<void> trigger() override;
    Interrupt::NativeHandle native_handle() const noexcept override { return fired_.get(); }

private:
    PendedInterrupt(const DriverHandle& driver, InterruptKind kind, std::uint32_t vector,
                    std::shared_ptr<const Backend> keeps);

    Result<void> let_through(bool through) override;
    /// Pends a wait for the next interrupt. Both give GetLastError's number, or 0.
    SystemError post();
    SystemError take();
    [[nodiscard]] std::uint64_t count_and_go_on();
    [[nodiscard]] static Error failed(SystemError error);

    const DriverHandle& driver_;
    std::shared_ptr<const Backend> keeps_;
    OwnedHandle fired_;
    OwnedHandle cancelled_;
    std::uint64_t object_ = 0;
    // What the kernel reads and writes while a wait is pended.
    OVERLAPPED overlapped_{};
    openbar_wait asked_{};
    openbar_wait_result answer_{};
    std::uint64_t seen_ = 0;
    bool enabled_ = false;
    bool posted_ = false;
};

}  // namespace openbar::windows
