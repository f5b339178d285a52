/// A vector that arrives on an eventfd: VFIO's and vfio-user's.
#pragma once

#include "backends/enabled_vectors.hpp"
#include "backends/maskable_interrupt.hpp"
#include "base/file_descriptor.hpp"

#include <atomic>
#include <memory>

namespace openbar {

/// What tells that the device is going.
struct Departure {
    int descriptor = -1;
    short events = 0;  ///< of poll(), that tell it
    const char* meaning = "";
    /// Looked at also by a wait without a limit, which then is two system calls instead of one.
    bool ends_every_wait = false;
};

/// The eventfd is the whole path from the kernel to `wait`: a wait without a limit is one blocking
/// read of it, as a program without openbar would do.
class EventfdInterrupt final : public MaskableInterrupt {
public:
    /// `vectors` and the descriptor of `departure` belong to `keeps`.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        const VectorInfo& kind, std::uint32_t vector, EnabledVectors& vectors,
        std::shared_ptr<const Backend> keeps, const Departure& departure);
    ~EventfdInterrupt() override;

    Result<std::uint64_t> wait(std::chrono::nanoseconds timeout) override;
    void cancel() noexcept override;
    Result<void> trigger() override { return vectors_.requests().trigger(kind(), vector()); }
    Interrupt::NativeHandle native_handle() const noexcept override { return event_.get(); }

private:
    EventfdInterrupt(InterruptKind kind, std::uint32_t vector, EnabledVectors& vectors,
                     std::shared_ptr<const Backend> keeps, const Departure& departure)
        : MaskableInterrupt(kind, vector, keeps->info().address),
          vectors_(vectors),
          keeps_(std::move(keeps)),
          departure_(departure) {}

    Result<void> let_through(bool through) override;
    [[nodiscard]] Result<void> wait_until_readable(std::chrono::nanoseconds timeout) const;
    void add(std::uint64_t count) const noexcept;

    EnabledVectors& vectors_;
    std::shared_ptr<const Backend> keeps_;
    Departure departure_;
    FileDescriptor event_;
    bool connected_ = false;
    std::atomic<bool> cancelled_ = false;  // a cancellation is in the eventfd
};

}  // namespace openbar
