/// What the vectors of all back ends have in common: which they are, and what stays masked.
#pragma once

#include "device/backend.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace openbar {

/// A line is masked when it fires, until the next wait; what the program masks stays so until it
/// unmasks, whoever waits.
class MaskableInterrupt : public InterruptSource {
public:
    InterruptKind kind() const noexcept final { return kind_; }
    std::uint32_t vector() const noexcept final { return vector_; }
    std::string name() const final;
    Result<void> mask() final;
    Result<void> unmask() final;
    /// Lets through again what firing has masked.
    Result<void> prepare() override;
    Error timed_out(std::chrono::nanoseconds timeout) const final;

protected:
    /// `device` is its address, for messages.
    MaskableInterrupt(InterruptKind kind, std::uint32_t vector, std::string device) noexcept
        : kind_(kind), vector_(vector), device_(std::move(device)) {}

    virtual Result<void> let_through(bool through) = 0;

    void has_fired() noexcept { masked_by_firing_ = kind_ == InterruptKind::intx; }

    [[nodiscard]] static Error cancelled();

private:
    InterruptKind kind_;
    std::uint32_t vector_;
    std::string device_;
    std::mutex mutex_;     // over a request and what it makes of the two below
    bool masked_ = false;  // by the program
    std::atomic<bool> masked_by_firing_ = false;
};

}  // namespace openbar
