/// Translates millions of addresses.
///
///     auto memory = openbar::PhysicalMemory::open("guest.dump").value();
///     auto translator = openbar::Translator::create(memory, {.cr3 = 0x2a0a000}).value();
///     for (std::uint64_t address : {0xffffffff81000000, 0xffffffff81000ff8})
///         if (auto physical = translator.physical(address)) std::cout << *physical << "\n";
///
/// Returns the same addresses as `translate`, without the steps. It caches the tables that it has
/// walked, as a processor does; most addresses then take one or two loads.
#pragma once

#include "openbar/translation.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

namespace openbar {

/// Create another one after the memory has changed: this one caches it. Thread-safety: one thread
/// at a time; each thread may have one for the same memory.
class Translator {
public:
    /// `memory` must outlive the translator. Errors: invalid_argument (invalid `paging`);
    /// unsupported (AArch64).
    [[nodiscard]] static Result<Translator> create(const PhysicalMemory& memory,
                                                   const Paging& paging);

    /// The physical address, or nothing unless the outcome of `translate` is `mapped`.
    [[nodiscard]] std::optional<std::uint64_t> physical(std::uint64_t address) noexcept {
        const std::uint64_t number = address >> piece_shift_;
        const Piece& piece = pieces_[number % pieces];
        if (piece.number != number) return walk(address);
        if (piece.table == nullptr) return piece.physical | (address & piece_mask_);
        const std::uint64_t entry = entry_at(piece.table, (address & piece_mask_) >> 12U);
        if ((entry & must_match_) != 1) return std::nullopt;
        return (entry & frame_) | (address & 0xfffU);
    }

    Translator(Translator&&) noexcept;
    Translator& operator=(Translator&&) noexcept;
    ~Translator();

private:
    struct State;

    /// The translation of one piece; a piece is the range that one table of 4-KiB pages maps.
    struct Piece {
        std::uint64_t number = UINT64_MAX;  // the address without its lower bits
        const std::byte* table = nullptr;   // its page table; null in a large page
        std::uint64_t physical = 0;         // of that part of the large page
    };
    static constexpr std::size_t pieces = 1024;

    explicit Translator(std::unique_ptr<State> state);
    std::optional<std::uint64_t> walk(std::uint64_t address) noexcept;
    [[nodiscard]] std::uint64_t entry_at(const std::byte* table,
                                         std::uint64_t index) const noexcept {
        if (wide_) return load<std::uint64_t>(table + 8 * index);
        return load<std::uint32_t>(table + 4 * index);
    }
    template <typename Number>
    static Number load(const std::byte* bytes) noexcept {
        Number number;
        std::memcpy(&number, bytes, sizeof number);
        return number;
    }

    bool wide_;                 // entries of 8 bytes
    unsigned piece_shift_;      // 21, or 22 with entries of 4 bytes
    std::uint64_t piece_mask_;  // the address within its piece
    std::uint64_t must_match_;  // the present bit, which must be 1, and the reserved ones
    std::uint64_t frame_;       // the bits of an entry that are the page's address
    std::unique_ptr<Piece[]> pieces_;
    std::unique_ptr<State> state_;
};

}  // namespace openbar
