/// Keeps a program alive, and tells, when the file behind a mapping is cut short.
///
///     auto guard = TruncationGuard::watch(memory, "vfio-user:/run/card.sock bar2");
///     if (!guard) return guard.error();          // too many at once
///     … guard->faulted() …                       // an access met the missing part
///
/// What it does when that happens is described in `openbar/vfio_user/mapped_area.hpp`. The
/// handler itself only reads atomics and makes system calls.
#pragma once

#include "openbar/error.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace openbar::vfio_user {

class TruncationGuard {
public:
    /// Mappings that can be watched at one time.
    static constexpr std::size_t most = 256;

    [[nodiscard]] static Result<TruncationGuard> watch(std::span<std::byte> memory,
                                                       const std::string& name);

    TruncationGuard(TruncationGuard&& other) noexcept;
    TruncationGuard& operator=(TruncationGuard&& other) noexcept;
    ~TruncationGuard();

    [[nodiscard]] bool faulted() const noexcept;

private:
    explicit TruncationGuard(std::size_t slot) noexcept : slot_(slot) {}
    std::size_t slot_ = most;
};

}  // namespace openbar::vfio_user
