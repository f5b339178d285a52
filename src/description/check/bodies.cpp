#include "description/check/checker.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

namespace openbar::description {
namespace {

constexpr std::size_t most_problems_found = 10'000;

/// Blocks that share their children have the same.
std::uint64_t body_of(const BlockRecord& block) noexcept {
    const auto start = [](Range range) { return range.count == 0 ? ~0U : range.first; };
    return std::uint64_t{start(block.blocks)} << 32 | start(block.registers);
}

}  // namespace

std::vector<ProblemRecord> Checker::run() {
    std::vector<std::uint32_t> waiting;
    for (const RegionRecord& region : model_.regions) waiting.push_back(region.block);
    while (!waiting.empty() && !is_full()) {
        const BlockRecord& block = model_.blocks[waiting.back()];
        waiting.pop_back();
        check_reach(block);
        check_array(block.where, model_.text.view(block.name), block.dimension,
                    std::max(block.extent, block.size));
        if (!known_bodies_.insert(body_of(block)).second) continue;
        check_block(block);
        for (std::uint32_t i = block.blocks.count; i-- > 0;)
            waiting.push_back(block.blocks.first + i);
    }
    return std::move(problems_);
}

void Checker::check_block(const BlockRecord& block) {
    check_layout(block);
    for (const RegisterRecord& record :
         std::span(model_.registers).subspan(block.registers.first, block.registers.count)) {
        check_array(record.where, model_.text.view(record.name), record.dimension,
                    bytes_of(record));
        check_register(record);
    }
}

void Checker::check_reach(const BlockRecord& block) {
    const std::uint64_t reach = std::max(block.extent, block.size);
    const bool wraps = block.extent == std::numeric_limits<std::uint64_t>::max() ||
                       !description::add(block.offset, reach);
    if (wraps)
        return add(Problem::Kind::outside, block.where[at(Fact::offset)],
                   "block " + name(block.name) + " reaches beyond 64-bit addresses");
    if (block.size == 0 || block.extent <= block.size) return;
    for (const RegisterRecord& record :
         std::span(model_.registers).subspan(block.registers.first, block.registers.count)) {
        if (description::add(record.offset, bytes_of(record)).value_or(~0ULL) <= block.size)
            continue;
        return add(Problem::Kind::outside, record.where[at(Fact::offset)],
                   "register " + name(record.name) + " at " + hex(record.offset) +
                       " lies outside of " + named_place(block.name, block.where[0]) +
                       ", which has " + hex(block.size) + " bytes",
                   false);
    }
    add(Problem::Kind::outside, block.where[0],
        "the contents of " + name(block.name) + " need " + hex(block.extent) +
            " bytes, and it has " + hex(block.size),
        false);
}

void Checker::check_array(const FactPlaces& where, std::string_view pattern,
                          std::uint32_t dimension, std::uint64_t size) {
    // From the innermost dimension outwards.
    std::vector<std::uint32_t> chain;
    for (; dimension != no_dimension; dimension = model_.dimensions[dimension].inner)
        chain.push_back(dimension);
    for (std::size_t i = chain.size(); i-- > 0;) {
        const DimensionRecord& array = model_.dimensions[chain[i]];
        if (array.count > 1 && array.stride < size)
            add(Problem::Kind::stride, where[0],
                "an element of " + in_quotes(pattern) + " has " + hex(size) +
                    " bytes, and the next one starts after " + hex(array.stride));
        const auto last = multiply(array.count - 1, array.stride);
        const auto whole = last ? description::add(*last, size) : std::nullopt;
        if (!whole)
            return add(Problem::Kind::outside, where[0],
                       "array " + in_quotes(pattern) + " reaches beyond 64-bit addresses");
        size = *whole;
    }
}

void Checker::check_register(const RegisterRecord& record) {
    const std::uint64_t bytes = bytes_of(record);
    if (record.width % 8 != 0)
        add(Problem::Kind::doubtful, record.where[at(Fact::width)],
            "register " + name(record.name) + " has " + std::to_string(record.width) +
                " bits, no whole number of bytes",
            false);
    else if (record.access_width == 0 && (bytes & (bytes - 1)) == 0 && bytes <= 8 &&
             record.offset % bytes != 0)
        add(Problem::Kind::doubtful, record.where[at(Fact::offset)],
            "register " + name(record.name) + " of " + std::to_string(bytes) + " bytes at " +
                hex(record.offset) + " is not aligned",
            false);
    check_fields(record);
}

void Checker::add(Problem::Kind kind, Place32 where, std::string text, bool error) {
    if (!is_full()) problems_.push_back({kind, error, where, std::move(text), {}});
}

bool Checker::is_full() const noexcept {
    return problems_.size() >= most_problems_found;
}

std::string Checker::name(Text text) const {
    return in_quotes(model_.text.view(text));
}

std::string Checker::named_place(Text text, Place32 where) const {
    const std::string place = model_.text.words(where);
    return place.empty() ? name(text) : name(text) + " (" + place + ")";
}

}  // namespace openbar::description
