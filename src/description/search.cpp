#include "description/search.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description {
namespace {

/// Elements looked at: a second's worth. Arrays in arrays can have more than anybody can wait for.
constexpr std::size_t most_steps = 8'000'000;
/// What making and comparing a name costs in steps.
constexpr std::size_t steps_of_name = 8;

/// Whether the names that a name with %s stands for can begin as the pattern does.
bool may_begin(std::string_view part, std::string_view name) noexcept {
    const std::string_view start = part.substr(0, part.find_first_of("*?"));
    const std::string_view known = name.substr(0, name.find("%s"));
    const std::size_t length = std::min(start.size(), known.size());
    return start.substr(0, length) == known.substr(0, length);
}

}  // namespace

std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t start = 0; start <= path.size();) {
        const std::size_t point = std::min(path.find('.', start), path.size());
        if (point == start) return {};
        parts.push_back(path.substr(start, point - start));
        start = point + 1;
    }
    return parts;
}

bool Search::may_go_on(std::size_t steps) noexcept {
    steps_ += steps;
    if (steps_ > most_steps) gave_up_ = true;
    return !gave_up_;
}

void Search::run() {
    look_ahead();
    for (std::uint32_t region = 0; region < model_.regions.size(); ++region)
        visit(region, model_.regions[region].block);
}

/// Which blocks have a register in them that the last part fits, so that no other one is visited: a
/// block stands behind all that is in it.
void Search::look_ahead() {
    leads_.assign(model_.blocks.size(), false);
    for (std::size_t i = 0; i < leads_.size() && may_go_on(1); ++i) {
        const BlockRecord& record = model_.blocks[i];
        bool leads = false;
        for (std::uint32_t j = 0; j < record.blocks.count && !leads; ++j)
            leads = leads_[record.blocks.first + j];
        for (std::uint32_t j = 0; j < record.registers.count && !leads && may_go_on(1); ++j) {
            const RegisterRecord& inner = model_.registers[record.registers.first + j];
            Level level{model_.text.view(inner.name), inner.dimension, inner.offset};
            leads = choose(level, parts_.back());
        }
        leads_[i] = leads;
    }
}

void Search::visit(std::uint32_t region, std::uint32_t block) {
    const BlockRecord& record = model_.blocks[block];
    for (std::uint32_t i = 0; i < record.registers.count && may_go_on(1); ++i)
        visit_register(region, record.registers.first + i);
    for (std::uint32_t i = 0; i < record.blocks.count && may_go_on(1); ++i) {
        if (!leads_[record.blocks.first + i]) continue;
        const BlockRecord& inner = model_.blocks[record.blocks.first + i];
        levels_.push_back({model_.text.view(inner.name), inner.dimension, inner.offset});
        visit(region, record.blocks.first + i);
        levels_.pop_back();
    }
}

/// Chooses the elements of each level that fit the part of the path for it, if all levels have some.
void Search::visit_register(std::uint32_t region, std::uint32_t index) {
    const RegisterRecord& record = model_.registers[index];
    Level last{model_.text.view(record.name), record.dimension, record.offset};
    if (!choose(last, parts_.back())) return;
    const std::size_t above = parts_.size() - 1;
    if (above > levels_.size() + 1) return;
    if (above == levels_.size() + 1 &&
        !fits(parts_[0], model_.text.view(model_.regions[region].name)))
        return;
    const std::size_t named = std::min(above, levels_.size());
    bool fit = may_go_on(levels_.size());
    for (std::size_t i = 0; i < levels_.size(); ++i) levels_[i].elements.clear();
    for (std::size_t i = 1; i <= named && fit; ++i)
        fit = choose(levels_[levels_.size() - i], parts_[parts_.size() - 1 - i]);
    if (!fit) return;
    levels_.push_back(std::move(last));
    add_all(region, index, above >= levels_.size() - 1);
    levels_.pop_back();
}

bool Search::choose(Level& level, std::string_view part) {
    level.elements.clear();
    if (level.dimension == no_dimension)
        return patterns_ ? fits(part, level.name) : part == level.name;
    Indices indices;
    if (!patterns_ || part.find_first_of("*?") == std::string_view::npos) {
        if (!indices_of(model_, level.name, level.dimension, part, indices)) return false;
        level.elements.push_back(std::move(indices));
        return true;
    }
    if (part == "*") return true;
    if (!may_begin(part, level.name)) return false;
    indices = first_element(model_, level.dimension);
    do {
        if (fits(part, element_name(model_, level.name, level.dimension, indices)))
            level.elements.push_back(indices);
    } while (may_go_on(steps_of_name) && next_element(model_, level.dimension, indices));
    return !level.elements.empty();
}

void Search::start(Level& level) const {
    level.next = 0;
    level.indices = level.all() ? first_element(model_, level.dimension) : level.elements.front();
}

bool Search::step(Level& level) const {
    if (level.all()) return next_element(model_, level.dimension, level.indices);
    if (++level.next == level.elements.size()) return start(level), false;
    level.indices = level.elements[level.next];
    return true;
}

/// Every combination of the levels' elements, the last level's first.
void Search::add_all(std::uint32_t region, std::uint32_t index, bool whole) {
    for (Level& level : levels_) start(level);
    for (bool more = true; more && may_go_on(levels_.size());) {
        if (matches_.size() == most_) {
            gave_up_ = true;
            return;
        }
        std::string name;
        std::uint64_t offset = 0;
        for (const Level& level : levels_) {
            if (!name.empty()) name += '.';
            name += element_name(model_, level.name, level.dimension, level.indices);
            offset += level.offset + element_offset(model_, level.dimension, level.indices);
        }
        matches_.push_back(
            {Place(Region(&model_, region), Register(&model_, index), std::move(name), offset),
             whole});
        more = false;
        for (std::size_t i = levels_.size(); i-- > 0 && !more;) more = step(levels_[i]);
    }
}

}  // namespace openbar::description
