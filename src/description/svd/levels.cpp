#include "description/svd/levels.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <cstring>

namespace openbar::description::svd {
namespace {

/// As many elements of one name are looked at; a file that has more of them is not meant to be read.
constexpr std::size_t most_candidates = 4096;
constexpr std::size_t most_levels = 16;

std::string_view name_of(pugi::xml_node node) noexcept {
    return trimmed(node.child_value("name"));
}

/// The next element around a node that has a name: <fields> and <registers> have none.
pugi::xml_node around(pugi::xml_node node) noexcept {
    do node = node.parent();
    while (node && !node.child("name"));
    return node;
}

/// Whether the elements around a node have the names of a path's parts before the last one.
bool lies_in(pugi::xml_node node, std::string_view path) noexcept {
    while (!path.empty()) {
        const std::size_t point = path.rfind('.');
        const std::string_view part =
            point == std::string_view::npos ? path : path.substr(point + 1);
        node = around(node);
        if (!node || name_of(node) != part) return false;
        path = point == std::string_view::npos ? std::string_view() : path.substr(0, point);
    }
    return true;
}

std::size_t depth_of(pugi::xml_node node) noexcept {
    std::size_t depth = 0;
    for (; node; node = node.parent()) ++depth;
    return depth;
}

/// How deep the element lies that two nodes are both in.
std::size_t common_depth(pugi::xml_node one, pugi::xml_node other) noexcept {
    std::size_t one_depth = depth_of(one);
    std::size_t other_depth = depth_of(other);
    for (; one_depth > other_depth; --one_depth) one = one.parent();
    for (; other_depth > one_depth; --other_depth) other = other.parent();
    for (; one != other; --one_depth) one = one.parent(), other = other.parent();
    return one_depth;
}

constexpr std::string_view index_mark = "%s";

/// Whether a dimIndex, "0-3" or "A,B", has this index; without one the elements are numbered.
bool has_index(std::string_view all, std::string_view count, std::string_view index) noexcept {
    const std::size_t dash = all.find('-');
    const auto number = parse_digits(index, 10);
    if (all.empty()) return number && *number < parse_number(count).value_or(0);
    if (dash != std::string_view::npos && all.find(',') == std::string_view::npos) {
        const auto first = parse_digits(trimmed(all.substr(0, dash)), 10);
        const auto last = parse_digits(trimmed(all.substr(dash + 1)), 10);
        return number && first && last && *number >= *first && *number <= *last;
    }
    while (!all.empty()) {
        const std::size_t comma = std::min(all.find(','), all.size());
        if (trimmed(all.substr(0, comma)) == index) return true;
        all.remove_prefix(std::min(comma + 1, all.size()));
    }
    return false;
}

/// Whether an array has an element of this name.
bool has_element(pugi::xml_node array, std::string_view name) noexcept {
    const std::string_view pattern = name_of(array);
    const std::size_t mark = pattern.find(index_mark);
    const std::string_view before = pattern.substr(0, mark);
    const std::string_view behind = pattern.substr(mark + index_mark.size());
    if (name.size() <= before.size() + behind.size() || !name.starts_with(before) ||
        !name.ends_with(behind))
        return false;
    name.remove_prefix(before.size());
    name.remove_suffix(behind.size());
    return has_index(trimmed(array.child_value("dimIndex")), trimmed(array.child_value("dim")),
                     name);
}

/// Whether elements of a kind can lie in a node: a large file has many that cannot.
bool may_contain(pugi::xml_node node, std::string_view kind) noexcept {
    const Tag tag = tag_of(node.name());
    switch (tag) {
        case Tag::unknown: return node.parent() == node.root();
        case Tag::peripherals: return true;
        case Tag::peripheral:
        case Tag::registers:
        case Tag::cluster: return kind != "peripheral";
        case Tag::register_:
        case Tag::fields: return kind == "field" || kind == "enumeratedValues";
        case Tag::field: return kind == "enumeratedValues";
        default: return false;
    }
}

/// The next node in the order of the file, its children first, that is of a kind or may contain some.
pugi::xml_node next_in_file(pugi::xml_node node, std::string_view kind) noexcept {
    if (may_contain(node, kind))
        if (const pugi::xml_node child = node.first_child()) return child;
    while (node && !node.next_sibling()) node = node.parent();
    return node ? node.next_sibling() : node;
}

}  // namespace

Levels::List Levels::fail(pugi::xml_node node, const std::string& words, std::string hint) {
    if (!error_)
        error_ = failure(ErrorCode::protocol,
                         model_.text.words(xml_.place(node)) + ": " + std::string(node.name()) +
                             " " + in_quotes(name_of(node)) + " is derived " + words,
                         std::move(hint));
    return {};
}

Levels::List Levels::derived(const pugi::xml_node& whole, std::vector<pugi::xml_node>& storage) {
    pugi::xml_node node = whole;
    storage.assign(1, node);
    for (pugi::xml_attribute from = node.attribute("derivedFrom"); from;
         from = node.attribute("derivedFrom")) {
        const std::string_view path = trimmed(from.value());
        const pugi::xml_node base = find(node, path);
        if (!base) {
            model_.add_problem(Problem::Kind::unresolved, xml_.place(node),
                               "no " + std::string(node.name()) + " " + in_quotes(path) +
                                   " to derive " + in_quotes(name_of(node)) + " from");
            break;
        }
        if (std::ranges::find(storage, base) != storage.end())
            return fail(node, "from itself", "remove derivedFrom from one of them");
        if (storage.size() == most_levels) return fail(node, "through more than 16 others");
        storage.insert(storage.begin(), base);
        node = base;
    }
    return storage;
}

const Levels::Kind& Levels::kind_of(pugi::xml_node like) {
    const auto [entry, is_new] = kinds_.try_emplace(like.name());
    Kind& kind = entry->second;
    if (!is_new) return kind;
    for (pugi::xml_node node = xml_.root(); node; node = next_in_file(node, like.name())) {
        if (std::strcmp(node.name(), like.name()) != 0) continue;
        const std::string_view name = name_of(node);
        if (auto& nodes = kind.by_name[name]; nodes.size() < most_candidates) nodes.push_back(node);
        if (name.find(index_mark) != std::string_view::npos && kind.arrays.size() < most_candidates)
            kind.arrays.push_back(node);
    }
    return kind;
}

/// Elements of the node's kind with a name: as it is written, or else of arrays with such an element.
Levels::Nodes Levels::named(pugi::xml_node node, std::string_view name) {
    const Kind& kind = kind_of(node);
    if (const auto found = kind.by_name.find(name); found != kind.by_name.end())
        return found->second;
    Nodes nodes;
    for (const pugi::xml_node array : kind.arrays)
        if (has_element(array, name)) nodes.push_back(array);
    return nodes;
}

/// The element that a path means, seen from a node: of those that fit the one that has the most
/// elements around it in common with the node.
pugi::xml_node Levels::find(pugi::xml_node node, std::string_view path) {
    const std::size_t point = path.rfind('.');
    const bool qualified = point != std::string_view::npos;
    const Nodes candidates = named(node, qualified ? path.substr(point + 1) : path);
    const std::string_view before = qualified ? path.substr(0, point) : std::string_view();
    pugi::xml_node best;
    std::size_t best_depth = 0;
    for (const pugi::xml_node candidate : candidates) {
        if (candidate == node || !lies_in(candidate, before)) continue;
        const std::size_t depth = common_depth(candidate, node);
        if (depth <= best_depth) continue;
        best = candidate;
        best_depth = depth;
    }
    if (!best && candidates.size() == 1 && candidates.front() == node) return node;
    return best;
}

}  // namespace openbar::description::svd
