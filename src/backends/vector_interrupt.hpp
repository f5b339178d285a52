/// A vector that arrives on an eventfd: VFIO's and vfio-user's.
#pragma once

#include "backends/vectors.hpp"
#include "base/file_descriptor.hpp"
#include "device/backend.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace openbar {

/// The eventfd is the whole path from the kernel to `wait`: a wait without a limit is one blocking
/// read of it, as a program without openbar would do.
class VectorInterrupt final : public InterruptSource {
public:
    /// `vectors` belongs to `keeps`. `hangup` is a socket whose other end is the device, so that a
    /// wait ends when that goes; -1 for the kernel, which stays.
    [[nodiscard]] static Result<std::unique_ptr<InterruptSource>> enable(
        const VectorInfo& kind, std::uint32_t vector, Vectors& vectors,
        std::shared_ptr<const Backend> keeps, int hangup = -1);
    ~VectorInterrupt() override;

    InterruptKind kind() const noexcept override { return kind_; }
    std::uint32_t vector() const noexcept override { return vector_; }
    Result<std::uint64_t> wait(std::chrono::nanoseconds timeout) override;
    void cancel() noexcept override;
    Result<void> mask() override;
    Result<void> unmask() override;
    Result<void> trigger() override { return vectors_.control().trigger(kind_, vector_); }
    Interrupt::NativeHandle native_handle() const noexcept override { return event_.get(); }

private:
    VectorInterrupt(InterruptKind kind, std::uint32_t vector, Vectors& vectors,
                    std::shared_ptr<const Backend> keeps, int hangup) noexcept
        : kind_(kind),
          vector_(vector),
          vectors_(vectors),
          keeps_(std::move(keeps)),
          hangup_(hangup) {}

    [[nodiscard]] std::string describe(std::string_view verb) const;
    [[nodiscard]] Result<void> wait_until_readable(std::chrono::nanoseconds timeout) const;
    void add(std::uint64_t count) const noexcept;

    InterruptKind kind_;
    std::uint32_t vector_;
    Vectors& vectors_;
    std::shared_ptr<const Backend> keeps_;
    int hangup_;
    FileDescriptor event_;
    bool connected_ = false;
    std::atomic<bool> masked_ = false;            // by `mask`
    std::atomic<bool> masked_by_firing_ = false;  // INTx is masked when it fires
    std::atomic<bool> cancelled_ = false;         // a cancellation is in the eventfd
};

}  // namespace openbar
