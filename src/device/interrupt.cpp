#include "openbar/interrupt.hpp"

#include "device/backend.hpp"
#include "device/wait.hpp"

#include <fmt/format.h>

namespace openbar {
namespace {

/// "mask msi vector 0 of 0000:00:04.0"
std::string describe(std::string_view verb, const InterruptSource& source) {
    return fmt::format("{} {}", verb, source.name());
}

}  // namespace

std::string_view to_string(InterruptKind kind) noexcept {
    switch (kind) {
        case InterruptKind::intx: return "intx";
        case InterruptKind::msi: return "msi";
        case InterruptKind::msix: return "msix";
    }
    return "unknown";
}

Interrupt::Interrupt(std::unique_ptr<InterruptSource> source) noexcept
    : source_(std::move(source)) {}
Interrupt::Interrupt(Interrupt&&) noexcept = default;
Interrupt& Interrupt::operator=(Interrupt&&) noexcept = default;
Interrupt::~Interrupt() = default;

InterruptKind Interrupt::kind() const noexcept {
    return source_->kind();
}
std::uint32_t Interrupt::vector() const noexcept {
    return source_->vector();
}
Result<std::uint64_t> Interrupt::wait(Timeout timeout, std::stop_token stop) {
    return wait_for(*source_, timeout.nanoseconds(), stop).attempting([&] {
        return describe("wait for", *source_);
    });
}
void Interrupt::cancel() noexcept {
    source_->cancel();
}
Result<void> Interrupt::mask() {
    return source_->mask().attempting([&] { return describe("mask", *source_); });
}
Result<void> Interrupt::unmask() {
    return source_->unmask().attempting([&] { return describe("unmask", *source_); });
}
Result<void> Interrupt::trigger() {
    return source_->trigger().attempting([&] { return describe("trigger", *source_); });
}
Interrupt::NativeHandle Interrupt::native_handle() const noexcept {
    return source_->native_handle();
}

}  // namespace openbar
