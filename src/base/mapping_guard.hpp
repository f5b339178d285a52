/// Keeps a program alive, and reports it, when what is behind a mapping goes: a device that is unplugged
/// or stops decoding, a file that another process cuts short.
///
///     OPENBAR_TRY(guard, MappingGuard::watch(memory, "bar0 of 0000:00:04.0: the device has gone"));
///     … guard.faulted() …                        // an access met what is no longer there
///
/// The kernel then sends SIGBUS, which ends a program without a word. The first `watch` of a
/// process installs a handler. When an access to a watched mapping faults, it says so on standard
/// error, once for each mapping, puts a page of ones in place of what is gone, and lets the program
/// go on: reads give all ones, as they do on a bus that nobody answers on, until the program stores
/// something there, which it then reads back: the page is its own. Faults of any other origin go to
/// the handler that was there before. The handler itself only reads atomics and makes system calls.
/// A program that installs its own SIGBUS handler later should pass on what is not its own.
#pragma once

#include "openbar/result.hpp"

#include "base/mapping_loss.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace openbar {

class MappingGuard {
public:
    /// Mappings that can be watched at one time.
    static constexpr std::size_t most = 1024;

    /// `notice` says which mapping it is and what its loss means; 200 bytes of it are kept.
    /// Error: resource_exhausted.
    [[nodiscard]] static Result<MappingGuard> watch(std::span<std::byte> memory,
                                                    const std::string& notice);

    MappingGuard(MappingGuard&& other) noexcept;
    MappingGuard& operator=(MappingGuard&& other) noexcept;
    ~MappingGuard();

    [[nodiscard]] bool faulted() const noexcept;
    /// Lives as long as this guard, wherever that moves.
    [[nodiscard]] const MappingLoss* loss() const noexcept;

private:
    explicit MappingGuard(std::size_t slot) noexcept : slot_(slot) {}
    std::size_t slot_ = most;
};

}  // namespace openbar
