/// Memory that can be mapped more than once, in this process or another: zeroed whole pages that
/// nobody can cut short.
///
///     OPENBAR_TRY(pages, SharedPages::create(64 * 1024, "rx ring"));
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace openbar {

class SharedPages {
public:
#ifdef _WIN32
    using Handle = void*;  ///< a section
    static constexpr Handle none = nullptr;
#else
    using Handle = int;  ///< a sealed memfd
    static constexpr Handle none = -1;
#endif
    /// `size` is rounded up to whole pages. `name` shows in /proc/PID/maps. Errors:
    /// invalid_argument (0 bytes), resource_exhausted, io.
    [[nodiscard]] static Result<SharedPages> create(std::size_t size, const std::string& name);

    SharedPages(SharedPages&& other) noexcept
        : handle_(std::exchange(other.handle_, none)), memory_(std::exchange(other.memory_, {})) {}
    SharedPages& operator=(SharedPages&& other) noexcept {
        std::swap(handle_, other.handle_);
        std::swap(memory_, other.memory_);
        return *this;
    }
    ~SharedPages();

    [[nodiscard]] std::span<std::byte> memory() const noexcept {
        return memory_;
    }
    [[nodiscard]] Handle handle() const noexcept {
        return handle_;
    }
    /// Both are the caller's from then on.
    [[nodiscard]] std::pair<Handle, std::span<std::byte>> release() noexcept {
        return {std::exchange(handle_, none), std::exchange(memory_, {})};
    }

private:
    SharedPages(Handle handle, std::span<std::byte> memory) noexcept
        : handle_(handle), memory_(memory) {}

    Handle handle_ = none;
    std::span<std::byte> memory_;
};

}  // namespace openbar
