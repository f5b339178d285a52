// What is remembered is the last level that was needed for each piece of the address space as
// large as one PT maps: the PT itself, or the piece of a large page. That is what a processor's
// paging-structure caches hold (SDM 4.10.3), and the reason why it seldom walks four levels.
#include "openbar/translator.hpp"

#include "base/failure.hpp"
#include "translation/arm64_walk.hpp"
#include "translation/rules.hpp"
#include "translation/walk.hpp"

namespace openbar {

struct Translator::State {
    const PhysicalMemory* memory;
    Rules rules;
};

Translator::Translator(std::unique_ptr<State> state)
    : wide_(state->rules.wide),
      piece_shift_(state->rules.shift(2)),
      piece_mask_((std::uint64_t{1} << piece_shift_) - 1),
      must_match_(entry_bits::present | state->rules.reserved_in_leaf[1]),
      frame_(state->rules.frame),
      pieces_(std::make_unique<Piece[]>(pieces)),
      state_(std::move(state)) {}

Translator::Translator(Translator&&) noexcept = default;
Translator& Translator::operator=(Translator&&) noexcept = default;
Translator::~Translator() = default;

Result<Translator> Translator::create(const PhysicalMemory& memory, const Paging& paging) {
    OPENBAR_TRY(sound,
                check(paging, memory).attempting([&] { return describe_translation(paging); }));
    if (is_arm64(paging.mode))
        return failure(ErrorCode::unsupported, "a Translator walks the tables of x86 only",
                       "use openbar::translate for each address");
    return Translator(std::make_unique<State>(State{&memory, rules_of(paging)}));
}

std::optional<std::uint64_t> Translator::walk(std::uint64_t address) noexcept {
    constexpr std::uint64_t table_bytes = 4096;
    const Rules& rules = state_->rules;
    const std::uint64_t linear = rules.linear(address);
    if (!is_canonical(linear, rules.mode)) return std::nullopt;
    const WalkEnd end = walk_tables(*state_->memory, rules, linear, [](const Visit&) {});
    const std::uint64_t number = address >> piece_shift_;
    Piece& piece = pieces_[number % pieces];
    if (end.last.level == 1) {
        const std::uint64_t table = end.last.entry_address & ~(table_bytes - 1);
        if (const std::byte* bytes = state_->memory->at(table, table_bytes))
            piece = {number, bytes, 0};
    }
    if (end.outcome != TranslationOutcome::mapped) return std::nullopt;
    const std::uint64_t physical = rules.through(end.last.level, end.last.entry, linear);
    if (end.last.level > 1) piece = {number, nullptr, physical & ~piece_mask_};
    return physical;
}

}  // namespace openbar
