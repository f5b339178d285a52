/// What the card can reach of its driver's memory: bus addresses, and the memory behind them.
///
///     DmaWindows windows(65'535);
///     windows.map(0x10000, 4096, {.readable = true, .writable = true}, std::move(memory));
///     windows.read(0x10010, destination);
///
/// Each host has its own kind of memory behind a window; which addresses lead where, and what the
/// card may do there, is decided here, once. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>

namespace openbar::simulator {

/// Memory behind a window. What lies within the window has been checked.
class DmaMemory {
public:
    virtual ~DmaMemory() = default;
    /// From `offset` bytes behind the window's start. False: nothing or a part was moved.
    [[nodiscard]] virtual bool read(std::uint64_t offset, std::span<std::byte> destination) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t offset, std::span<const std::byte> source) = 0;
};

class DmaWindows {
public:
    struct Rights {
        bool readable = false;  ///< by the card
        bool writable = false;
    };

    explicit DmaWindows(std::size_t most) : most_(most) {}

    /// Why a window cannot be.
    enum class Refusal : std::uint8_t { none, senseless, taken, too_many };
    [[nodiscard]] Refusal check(std::uint64_t iova, std::uint64_t size) const;
    /// `check` has found nothing.
    void map(std::uint64_t iova, std::uint64_t size, Rights rights,
             std::unique_ptr<DmaMemory> memory);
    /// Exactly what one `map` gave; false where there is no such window.
    [[nodiscard]] bool unmap(std::uint64_t iova, std::uint64_t size);
    void clear() noexcept { windows_.clear(); }

    /// False where no window is, or one that does not allow it, or its memory fails; a part may
    /// have been moved.
    [[nodiscard]] bool read(std::uint64_t iova, std::span<std::byte> destination) const;
    [[nodiscard]] bool write(std::uint64_t iova, std::span<const std::byte> source) const;

private:
    struct Window {
        std::uint64_t size = 0;
        Rights rights;
        std::unique_ptr<DmaMemory> memory;
    };

    [[nodiscard]] bool overlaps(std::uint64_t iova, std::uint64_t size) const;
    /// `move(window, offset, first byte of the part, its size)` for each window that takes part.
    template <typename Move>
    [[nodiscard]] bool for_each_part(std::uint64_t iova, std::size_t size, Move move) const;

    std::size_t most_;
    std::map<std::uint64_t, Window> windows_;
};

}  // namespace openbar::simulator
