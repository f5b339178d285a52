/// Memory that outlives the clients which are killed, and the record by which their parent knows
/// afterwards whether every byte of it is as it has to be.
///
///     Arena arena(256 * 1024, false);
///     // in a client:
///     arena.announce(offset, bytes);        // these may arrive from now on, in any part
///     …                                     // the device writes them
///     if (!arena.holds_what_it_should()) …  // all of them, and nothing anywhere else
///     arena.settle();
///     // in the parent, once the client is dead:
///     if (!arena.survived()) …              // nothing outside what was announced last has changed
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace openbar::soak {

/// What clients tell their parent. Plain numbers and bytes, since a writer may die at any time.
struct Record {
    std::atomic<std::uint64_t> transfers = 0;
    std::atomic<std::uint64_t> bytes = 0;
    std::atomic<std::uint64_t> buffers = 0;
    std::atomic<std::uint64_t> pins = 0;
    std::atomic<bool> kernel_pins = false;  ///< the kernel pins pages for the device (VFIO)
    std::atomic<bool> announced = false;
    std::size_t offset = 0;
    std::size_t size = 0;
    std::byte coming[4096] = {};
    char complaint[1024] = {};
};

class Arena {
public:
    /// Filled with noise. `huge`: of huge pages, of whose size `size` is a multiple.
    Arena(std::size_t size, bool huge);
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena();

    [[nodiscard]] Record& record() const noexcept { return *record_; }
    [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_; }
    /// What `memory` holds, but for what is announced.
    [[nodiscard]] std::span<const std::byte> expected() const noexcept { return expected_; }

    void announce(std::size_t offset, std::span<const std::byte> bytes) const noexcept;
    [[nodiscard]] bool holds_what_it_should() const noexcept;
    void settle() const noexcept;

    /// Takes what was announced for settled, as far as it arrived.
    [[nodiscard]] bool survived() const noexcept;

    /// Keeps the first complaint.
    void complain(std::string_view what) const noexcept;

private:
    Record* record_;
    std::span<std::byte> memory_;
    std::span<std::byte> expected_;
};

}  // namespace openbar::soak
