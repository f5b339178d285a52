/// What happens when a thread touches an emulated mapping. One for each mapping, on all systems.
#pragma once

#include "base/fault_watch.hpp"
#include "trap/emulate.hpp"

#include <atomic>

namespace openbar::trap {

class TrapHandler final : public FaultHandler {
public:
    explicit TrapHandler(const Range& range) noexcept;

    /// Also for a system's own exceptions: `context` is that of the thread.
    bool handle(const Fault& fault) noexcept override;

    [[nodiscard]] const Range& range() const noexcept { return range_; }

private:
    Range range_;
    unsigned forks_;
    std::atomic<bool> told_ = false;
};

/// Reads and writes back the registers that `context` holds.
void read_context(void* context, Processor& processor) noexcept;
void write_context(void* context, const Processor& processor) noexcept;

/// Calls `function(argument)`, on the stack that the thread was interrupted on: its handlers' own
/// stack may be too small for a model.
void call_on_interrupted_stack(const void* context, void (*function)(void*),
                               void* argument) noexcept;

}  // namespace openbar::trap
