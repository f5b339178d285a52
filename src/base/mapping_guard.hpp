/// Keeps a program alive, and reports it, when what is behind a mapping goes: a device that is unplugged
/// or stops decoding, a file that another process cuts short.
///
///     OPENBAR_TRY(guard, MappingGuard::watch(memory, "bar0 of 0000:00:04.0: the device has gone"));
///     … guard.faulted() …                        // an access met what is no longer there
///
/// The kernel then sends SIGBUS, which ends a program without a word. When an access to a watched
/// mapping faults (`fault_watch.hpp`), this says so on standard error, once for each mapping, puts
/// a page of ones in place of what is gone, and lets the program go on: reads give all ones, as
/// they do on a bus that nobody answers on, until the program stores something there, which it then
/// reads back: the page is its own.
#pragma once

#include "openbar/result.hpp"

#include "base/fault_watch.hpp"
#include "base/mapping_loss.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace openbar {

class MappingGuard {
public:
    /// `notice` says which mapping it is and what its loss means; 200 bytes of it are kept.
    /// Errors: those of `FaultWatch::start`.
    [[nodiscard]] static Result<MappingGuard> watch(std::span<std::byte> memory,
                                                    const std::string& notice);

    MappingGuard(MappingGuard&& other) noexcept;
    MappingGuard& operator=(MappingGuard&& other) noexcept;
    ~MappingGuard();

    [[nodiscard]] bool faulted() const noexcept;
    /// Lives as long as this guard, wherever that moves.
    [[nodiscard]] MappingLoss* loss() const noexcept;

private:
    class Lost;
    MappingGuard(std::unique_ptr<Lost> lost, FaultWatch watch) noexcept;

    std::unique_ptr<Lost> lost_;
    FaultWatch watch_;  // ends before what it calls
};

}  // namespace openbar
