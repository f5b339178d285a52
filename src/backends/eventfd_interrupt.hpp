/// A vector that arrives on an eventfd: VFIO's and vfio-user's.
#pragma once

#include "base/file_descriptor.hpp"
#include "device/backend.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace openbar {

/// The eventfd is the whole path from the kernel to `wait`: a wait without a limit is one blocking
/// read of it, as a program without openbar would do.
class EventfdInterrupt : public InterruptSource {
public:
    InterruptKind kind() const noexcept override { return kind_; }
    std::uint32_t vector() const noexcept override { return vector_; }
    Result<std::uint64_t> wait(std::chrono::nanoseconds timeout) override;
    void cancel() noexcept override;
    Interrupt::NativeHandle native_handle() const noexcept override { return event_.get(); }

protected:
    EventfdInterrupt(InterruptKind kind, std::uint32_t vector, std::string address) noexcept
        : kind_(kind), vector_(vector), address_(std::move(address)) {}

    /// Makes the eventfd. Error: resource_exhausted.
    [[nodiscard]] Result<void> create_event();
    [[nodiscard]] int event() const noexcept { return event_.get(); }
    /// "wait for msi vector 0 of 0000:00:04.0"
    [[nodiscard]] std::string describe(std::string_view verb) const;
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

private:
    /// Called before each wait: a level-triggered vector is unmasked here.
    [[nodiscard]] virtual Result<void> rearm() { return {}; }
    /// Called after a wait that saw the vector fire.
    virtual void fired() {}
    /// Why nothing will come any more, where the back end knows of it.
    [[nodiscard]] virtual std::optional<Error> gone() { return std::nullopt; }

    InterruptKind kind_;
    std::uint32_t vector_;
    std::string address_;
    FileDescriptor event_;
    std::atomic<bool> cancelled_ = false;
};

}  // namespace openbar
