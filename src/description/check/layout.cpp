// What lies on each other in a block, and what has the same name.
#include "description/check/checker.hpp"
#include "description/message.hpp"
#include "description/names.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace openbar::description {
namespace {

/// Elements of arrays in one block that are looked at one by one.
constexpr std::size_t most_elements = 50'000;
/// Pairs of neighbours that are compared: only a block full of alternates has more.
constexpr std::size_t most_pairs = 2'000'000;

}  // namespace

/// One element of a register or block.
struct Checker::Item {
    const RegisterRecord* as_register = nullptr;
    const BlockRecord* as_block = nullptr;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::string name{};

    [[nodiscard]] Place32 where() const noexcept {
        return as_register != nullptr ? as_register->where[std::to_underlying(Fact::offset)]
                                      : as_block->where[std::to_underlying(Fact::offset)];
    }
    [[nodiscard]] Place32 element_where() const noexcept {
        return as_register != nullptr ? as_register->where[0] : as_block->where[0];
    }
};

void Checker::check_layout(const BlockRecord& block) {
    std::vector<Item> items = items_of(block);
    check_names(items);
    check_overlaps(items);
}

std::vector<Checker::Item> Checker::items_of(const BlockRecord& block) {
    std::vector<Item> items;
    const auto add_elements = [&](const auto& record, std::uint64_t size, Item item) {
        const std::string_view pattern = model_.text.view(record.name);
        Indices indices = first_element(model_, record.dimension);
        do {
            item.start = record.offset + element_offset(model_, record.dimension, indices);
            item.end = description::add(item.start, size).value_or(~std::uint64_t{0});
            item.name = element_name(model_, pattern, record.dimension, indices);
            items.push_back(item);
        } while (items.size() < most_elements && elements_left_ > 0 &&
                 next_element(model_, record.dimension, indices) && elements_left_-- > 0);
    };
    for (std::uint32_t i = 0; i < block.registers.count; ++i) {
        const RegisterRecord& record = model_.registers[block.registers.first + i];
        add_elements(record, bytes_of(record), {.as_register = &record});
    }
    for (std::uint32_t i = 0; i < block.blocks.count; ++i) {
        const BlockRecord& record = model_.blocks[block.blocks.first + i];
        add_elements(record, std::max(record.extent, record.size), {.as_block = &record});
    }
    return items;
}

void Checker::check_names(const std::vector<Item>& items) {
    std::unordered_map<std::string_view, const Item*> names;
    for (const Item& item : items) {
        const auto [known, is_new] = names.emplace(item.name, &item);
        if (is_new || is_full()) continue;
        add(Problem::Kind::duplicate, item.element_where(),
            in_quotes(item.name) +
                " was there before: " + model_.text.words(known->second->element_where()));
    }
}

/// Registers that alternate on purpose, or of which one is for reading and the other for writing.
bool Checker::may_share(const Item& one, const Item& other) const {
    if (one.as_register != nullptr && other.as_register != nullptr) {
        const RegisterRecord& a = *one.as_register;
        const RegisterRecord& b = *other.as_register;
        const Relations& of_a = model_.relations[a.relations];
        const Relations& of_b = model_.relations[b.relations];
        if (!of_a.alternate_register.empty() || !of_b.alternate_register.empty()) return true;
        if (model_.text.view(of_a.alternate_group) != model_.text.view(of_b.alternate_group))
            return true;
        return !(readable(a.access) && readable(b.access)) &&
               !(writable(a.access) && writable(b.access));
    }
    const auto alternates = [](const Item& item) {
        return item.as_block != nullptr && item.as_block->may_overlap;
    };
    return alternates(one) || alternates(other);
}

void Checker::check_overlaps(std::vector<Item>& items) {
    std::ranges::sort(
        items, {}, [](const Item& item) { return std::tuple(item.start, item.element_where()); });
    std::vector<const Item*> open;  // those that reach behind the present one's start
    // Elements of two arrays that lie on each other are one problem.
    std::unordered_map<Place32, Place32> known;
    std::size_t pairs = 0;
    for (const Item& item : items) {
        std::erase_if(open, [&](const Item* earlier) { return earlier->end <= item.start; });
        for (const Item* earlier : open) {
            if (++pairs > most_pairs || is_full()) return;
            // The array itself is `check_array`'s.
            if (earlier->as_register == item.as_register && earlier->as_block == item.as_block)
                continue;
            if (may_share(*earlier, item)) continue;
            const auto [pair, is_new] =
                known.emplace(item.element_where(), earlier->element_where());
            if (!is_new && pair->second == earlier->element_where()) continue;
            add(Problem::Kind::overlap, item.where(),
                in_quotes(item.name) + " at " + hex(item.start) + " overlaps " +
                    in_quotes(earlier->name) + " at " + hex(earlier->start) + " (" +
                    model_.text.words(earlier->element_where()) + ")");
        }
        if (item.end > item.start) open.push_back(&item);
    }
}

}  // namespace openbar::description
