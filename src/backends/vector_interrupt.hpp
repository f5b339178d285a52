/// A vector that arrives on an eventfd: VFIO's and vfio-user's.
#pragma once

#include "backends/interrupt_vector.hpp"
#include "backends/vectors.hpp"
#include "base/file_descriptor.hpp"

#include <atomic>
#include <memory>

namespace openbar {

/// The eventfd is the whole path from the kernel to `wait`: a wait without a limit is one blocking
/// read of it, as a program without openbar would do.
class VectorInterrupt final : public InterruptVector {
public:
    /// `vectors` belongs to `keeps`. `hangup` is a socket whose other end is the device, so that a
    /// wait ends when that goes; -1 for the kernel, which stays.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        const VectorInfo& kind, std::uint32_t vector, Vectors& vectors,
        std::shared_ptr<const Backend> keeps, int hangup = -1);
    ~VectorInterrupt() override;

    Result<std::uint64_t> wait(std::chrono::nanoseconds timeout) override;
    void cancel() noexcept override;
    Result<void> trigger() override { return vectors_.control().trigger(kind(), vector()); }
    Interrupt::NativeHandle native_handle() const noexcept override { return event_.get(); }

private:
    VectorInterrupt(InterruptKind kind, std::uint32_t vector, Vectors& vectors,
                    std::shared_ptr<const Backend> keeps, int hangup)
        : InterruptVector(kind, vector, keeps->info().address),
          vectors_(vectors),
          keeps_(std::move(keeps)),
          hangup_(hangup) {}

    Result<void> let_through(bool through) override;
    [[nodiscard]] Result<void> wait_until_readable(std::chrono::nanoseconds timeout) const;
    void add(std::uint64_t count) const noexcept;

    Vectors& vectors_;
    std::shared_ptr<const Backend> keeps_;
    int hangup_;
    FileDescriptor event_;
    bool connected_ = false;
    std::atomic<bool> cancelled_ = false;  // a cancellation is in the eventfd
};

}  // namespace openbar
