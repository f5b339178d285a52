/// Ranges of addresses at which a fault is not the end of the program.
///
///     class Handler final : public FaultHandler { … };
///     auto watch = FaultWatch::start(memory, FaultKind::trapped, handler);
///     if (!watch) return watch.error();                     // too many at once
///
/// The one place that installs handlers for faults. Who uses it: `mapping_guard.hpp`, for memory
/// that goes away (SIGBUS), and `trap/emulated_mapping.hpp`, for registers that a program reaches
/// by loads and stores (SIGSEGV; on Windows an access violation).
///
/// The first watch of a kind installs its handler, which runs on the thread that faulted, with all
/// signals blocked but those of faults. Faults elsewhere go to the handler that was there before,
/// under the mask that it asked for. A program that installs one later must pass on what is not its
/// own.
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace openbar {

enum class FaultKind : std::uint8_t {
    lost,     ///< nothing is behind the address any more: SIGBUS
    trapped,  ///< the address was never to be touched: SIGSEGV
};

struct Fault {
    std::uintptr_t address = 0;
    void* context = nullptr;  ///< ucontext_t, or CONTEXT
};

class FaultHandler {
public:
    virtual ~FaultHandler() = default;
    /// True: the thread goes on as the context says. False: as if the range were not watched.
    /// Runs in a signal handler, on any number of threads at once.
    [[nodiscard]] virtual bool handle(const Fault& fault) noexcept = 0;
};

class FaultWatch {
public:
    /// Ranges that can be watched at one time.
    static constexpr std::size_t most = 1024;

    /// `handler` must outlive the watch. Errors: resource_exhausted; io.
    [[nodiscard]] static Result<FaultWatch> start(std::span<std::byte> memory, FaultKind kind,
                                                  FaultHandler& handler);
    FaultWatch(FaultWatch&& other) noexcept : slot_(std::exchange(other.slot_, most)) {}
    FaultWatch& operator=(FaultWatch&& other) noexcept {
        std::swap(slot_, other.slot_);
        return *this;
    }
    /// Waits for the calls of the handler that other threads are in.
    ~FaultWatch();

    /// The handler of the range that holds an address; null where none of that kind does.
    [[nodiscard]] static FaultHandler* find(std::uintptr_t address, FaultKind kind) noexcept;

private:
    explicit FaultWatch(std::size_t slot) noexcept : slot_(slot) {}
    std::size_t slot_ = most;
};

}  // namespace openbar
