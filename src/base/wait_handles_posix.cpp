#include "base/failure.hpp"
#include "base/system_calls.hpp"
#include "base/wait_handles.hpp"

#include <cerrno>
#include <cstdint>

namespace openbar {

Result<bool> wait_for_handles(std::span<WaitHandle> handles, std::chrono::nanoseconds timeout) {
    const int count = system_calls::poll(handles.data(), handles.size(), timeout);
    if (count < 0) return system_failure(errno, "poll");
    return count != 0;
}

Result<void> Wake::create() {
    event_ = FileDescriptor(system_calls::eventfd());
    if (!event_) return system_failure(errno, "eventfd");
    return {};
}

void Wake::signal() noexcept {
    if (signalled_.exchange(true)) return;
    const std::uint64_t one = 1;
    // Cannot fail: an eventfd counts to 2^64 - 2.
    static_cast<void>(!system_calls::write(event_.get(), &one, sizeof one));
}

void Wake::clear() noexcept {
    if (!signalled_.exchange(false)) return;
    std::uint64_t count = 0;
    static_cast<void>(!system_calls::read(event_.get(), &count, sizeof count));
}

}  // namespace openbar
