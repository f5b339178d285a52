// What is remembered is the last level that was needed for each piece of the address space as
// large as one PT maps: the PT itself, or the piece of a large page. That is what a processor's
// paging-structure caches hold (SDM 4.10.3), and the reason why it seldom walks four levels.
#include "openbar/translator.hpp"

#include "translation/rules.hpp"
#include "translation/walk.hpp"

#include <array>
#include <cstring>

namespace openbar {
namespace {

constexpr std::uint64_t table_bytes = 4096;

/// Where the addresses of one piece lead.
struct Piece {
    std::uint64_t number = UINT64_MAX;  // of the piece: the address without its lower bits
    const std::byte* table = nullptr;   // its PT; null where it is part of a large page
    std::uint64_t physical = 0;         // of that part
};

template <typename Entry>
std::uint64_t entry_of(const std::byte* table, std::uint64_t index) noexcept {
    Entry entry;
    std::memcpy(&entry, table + index * sizeof entry, sizeof entry);
    return entry;
}

}  // namespace

struct Translator::State {
    const PhysicalMemory* memory;
    Rules rules;
    unsigned piece_shift;  // 2 MiB, or 4 MiB with 32-bit entries
    std::array<Piece, 1024> pieces{};

    template <typename Entry>
    std::optional<std::uint64_t> through(const Piece& piece, std::uint64_t address) const noexcept {
        if (piece.table == nullptr)
            return piece.physical | (address & ((std::uint64_t{1} << piece_shift) - 1));
        const std::uint64_t entry = entry_of<Entry>(piece.table, rules.index(1, address));
        if ((entry & entry_bits::present) == 0 || (entry & rules.reserved_in_leaf[1]) != 0)
            return std::nullopt;
        return (entry & rules.frame) | (address & 0xfffU);
    }

    std::optional<std::uint64_t> walk(Piece& piece, std::uint64_t address) noexcept {
        if (!is_canonical(address, rules.mode)) return std::nullopt;
        const WalkEnd end = walk_tables(*memory, rules, address, [](const Visit&) {});
        if (end.last.level == 1) {
            const std::uint64_t table = end.last.entry_address & ~(table_bytes - 1);
            if (const std::byte* bytes = memory->at(table, table_bytes))
                piece = {address >> piece_shift, bytes, 0};
        }
        if (end.outcome != TranslationOutcome::mapped) return std::nullopt;
        const std::uint64_t physical = rules.through(end.last.level, end.last.entry, address);
        if (end.last.level > 1)
            piece = {address >> piece_shift, nullptr,
                     physical & ~((std::uint64_t{1} << piece_shift) - 1)};
        return physical;
    }
};

Translator::Translator(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Translator::Translator(Translator&&) noexcept = default;
Translator& Translator::operator=(Translator&&) noexcept = default;
Translator::~Translator() = default;

Result<Translator> Translator::create(const PhysicalMemory& memory, const Paging& paging) {
    if (auto sound = check(paging); !sound) return std::unexpected(sound.error());
    const Rules rules = rules_of(paging);
    return Translator(std::unique_ptr<State>(
        new State{.memory = &memory, .rules = rules, .piece_shift = rules.shift(2)}));
}

std::optional<std::uint64_t> Translator::physical(std::uint64_t address) noexcept {
    State& state = *state_;
    const std::uint64_t number = address >> state.piece_shift;
    Piece& piece = state.pieces[number % state.pieces.size()];
    if (piece.number != number) return state.walk(piece, address);
    return state.rules.wide ? state.through<std::uint64_t>(piece, address)
                            : state.through<std::uint32_t>(piece, address);
}

}  // namespace openbar
