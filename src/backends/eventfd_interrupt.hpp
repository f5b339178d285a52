/// A vector that arrives on an eventfd: VFIO's and vfio-user's.
#pragma once

#include "backends/enabled_vectors.hpp"
#include "backends/maskable_interrupt.hpp"
#include "base/file_descriptor.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <span>

namespace openbar {

/// A descriptor that becomes readable, or hangs up, when the device goes.
class DepartureByDescriptor final : public Departure {
public:
    /// `events` are those of poll() that show it. Without `ends_every_wait` a wait without a limit
    /// does not look at it, and is one system call instead of two.
    DepartureByDescriptor(int descriptor, short events, const char* meaning,
                          bool ends_every_wait) noexcept
        : handle_{descriptor, events, 0}, meaning_(meaning), ends_every_wait_(ends_every_wait) {}

    WaitHandles handles() const noexcept override;
    std::optional<Error> check(std::span<const WaitHandle> signalled) override;
    [[nodiscard]] bool ends_every_wait() const noexcept { return ends_every_wait_; }

private:
    WaitHandle handle_;
    const char* meaning_;
    bool ends_every_wait_;
};

/// The eventfd is the whole path from the kernel to `wait`: a wait without a limit is one blocking
/// read of it, as a program without openbar would do.
class EventfdInterrupt final : public MaskableInterrupt {
public:
    /// `vectors` and `departure` belong to `keeps`.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        const VectorInfo& kind, std::uint32_t vector, EnabledVectors& vectors,
        std::shared_ptr<const Backend> keeps, DepartureByDescriptor& departure);
    ~EventfdInterrupt() override;

    WaitHandles handles() const noexcept override {
        return WaitHandles(WaitHandle{event_.get(), POLLIN, 0});
    }
    Departure* departure() const noexcept override { return &departure_; }
    Result<std::uint64_t> take(std::span<const WaitHandle> signalled) override;
    std::optional<Result<std::uint64_t>> wait_alone() override;
    void cancel() noexcept override;
    Result<void> trigger() override { return vectors_.requests().trigger(kind(), vector()); }
    Interrupt::NativeHandle native_handle() const noexcept override { return event_.get(); }

private:
    EventfdInterrupt(InterruptKind kind, std::uint32_t vector, EnabledVectors& vectors,
                     std::shared_ptr<const Backend> keeps, DepartureByDescriptor& departure)
        : MaskableInterrupt(kind, vector, keeps->info().address),
          vectors_(vectors),
          keeps_(std::move(keeps)),
          departure_(departure) {}

    Result<void> let_through(bool through) override;
    /// Blocks until the eventfd is readable.
    [[nodiscard]] Result<std::uint64_t> read();
    void add(std::uint64_t count) const noexcept;

    EnabledVectors& vectors_;
    std::shared_ptr<const Backend> keeps_;
    DepartureByDescriptor& departure_;
    FileDescriptor event_;
    bool connected_ = false;
    std::atomic<bool> cancelled_ = false;  // a cancellation is in the eventfd
};

}  // namespace openbar
