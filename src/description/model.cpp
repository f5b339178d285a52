#include "description/model.hpp"

#include "base/failure.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <unordered_map>
#include <utility>

namespace openbar::description {
namespace {

constexpr std::size_t most_problems = 10'000;
constexpr std::uint64_t all_addresses = std::numeric_limits<std::uint64_t>::max();

}  // namespace

template <typename Record>
Range Model::merged(std::vector<Record>& table, Range base, Range own) {
    std::vector<Record> all(table.begin() + base.first, table.begin() + base.first + base.count);
    std::unordered_map<std::string_view, std::size_t> index;
    for (std::size_t i = 0; i < all.size(); ++i) index.emplace(text.view(all[i].name), i);
    for (std::uint32_t i = 0; i < own.count; ++i) {
        const Record& record = table[own.first + i];
        const auto same = index.find(text.view(record.name));
        if (same != index.end())
            all[same->second] = record;
        else
            all.push_back(record);
    }
    return append(table, all);
}
template Range Model::merged(std::vector<BlockRecord>&, Range, Range);
template Range Model::merged(std::vector<RegisterRecord>&, Range, Range);
template Range Model::merged(std::vector<FieldRecord>&, Range, Range);

std::uint64_t Model::end_of(std::uint64_t offset, std::uint32_t dimension,
                            std::uint64_t size) const noexcept {
    std::uint64_t extent = size;
    for (; dimension != no_dimension; dimension = dimensions[dimension].inner) {
        const DimensionRecord& array = dimensions[dimension];
        const auto last = multiply(array.count - 1, array.stride);
        const auto sum = last ? add(*last, extent) : std::nullopt;
        if (!sum) return all_addresses;
        extent = *sum;
    }
    return add(offset, extent).value_or(all_addresses);
}

void Model::add_problem(Problem::Kind kind, Place32 where, std::string words, std::string hint,
                        bool error) {
    if (problems.size() < most_problems)
        problems.push_back({kind, error, where, std::move(words), std::move(hint)});
    else
        ++problems_left_out;
}

Result<void> Model::finish() {
    // A block stands behind all that is in it.
    for (BlockRecord& block : blocks) {
        block.has_registers = block.registers.count != 0;
        for (const RegisterRecord& inner :
             std::span(registers).subspan(block.registers.first, block.registers.count))
            block.extent =
                std::max(block.extent, end_of(inner.offset, inner.dimension, bytes_of(inner)));
        for (const BlockRecord& inner :
             std::span(blocks).subspan(block.blocks.first, block.blocks.count)) {
            block.has_registers = block.has_registers || inner.has_registers;
            block.extent = std::max(block.extent, end_of(inner.offset, inner.dimension,
                                                         std::max(inner.size, inner.extent)));
            if (inner.height >= deepest_block)
                return failure(ErrorCode::protocol, text.words(block.where[0]) +
                                                        ": blocks lie more than " +
                                                        std::to_string(deepest_block) + " deep");
            block.height = std::max<std::uint8_t>(block.height, inner.height + 1);
        }
    }
    return {};
}

}  // namespace openbar::description
