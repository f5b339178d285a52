/// A vector that arrives on an eventfd: VFIO's and vfio-user's.
#pragma once

#include "backends/device_watch.hpp"
#include "backends/enabled_vectors.hpp"
#include "backends/maskable_interrupt.hpp"
#include "base/file_descriptor.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <span>

namespace openbar {

/// The eventfd is the whole path from the kernel to `wait`: a wait without a limit is one blocking
/// read of it, as a program without openbar would do.
class EventfdInterrupt final : public MaskableInterrupt, private DeviceWatch::Listener {
public:
    /// `vectors` and `watch` belong to `keeps`.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        const VectorInfo& kind, std::uint32_t vector, EnabledVectors& vectors,
        std::shared_ptr<const Backend> keeps, DeviceWatch& watch);
    ~EventfdInterrupt() override;

    WaitHandles handles() const noexcept override {
        return WaitHandles(WaitHandle{event_.get(), POLLIN, 0});
    }
    Departure* departure() const noexcept override { return &watch_; }
    Result<std::uint64_t> take(std::span<const WaitHandle> signalled) override;
    std::optional<Result<std::uint64_t>> wait_alone() override;
    void cancel() noexcept override;
    Result<void> trigger() override { return vectors_.requests().trigger(kind(), vector()); }
    Interrupt::NativeHandle native_handle() const noexcept override { return event_.get(); }

private:
    EventfdInterrupt(InterruptKind kind, std::uint32_t vector, EnabledVectors& vectors,
                     std::shared_ptr<const Backend> keeps, DeviceWatch& watch)
        : MaskableInterrupt(kind, vector, keeps->info().address),
          vectors_(vectors),
          keeps_(std::move(keeps)),
          watch_(watch) {}

    Result<void> let_through(bool through) override;
    void note_error() noexcept override;
    /// Blocks until the eventfd is readable.
    [[nodiscard]] Result<std::uint64_t> read();
    void add(std::uint64_t count) const noexcept;

    EnabledVectors& vectors_;
    std::shared_ptr<const Backend> keeps_;
    DeviceWatch& watch_;
    FileDescriptor event_;
    bool connected_ = false;
    // Whether these are in the eventfd.
    std::atomic<bool> cancelled_ = false;
    std::atomic<bool> error_noted_ = false;
};

}  // namespace openbar
