#include "description/names.hpp"

#include "description/numbers.hpp"

#include <algorithm>

namespace openbar::description {
namespace {

constexpr std::string_view index_mark = "%s";

std::string index_text(const Model& model, const DimensionRecord& array, std::uint64_t index) {
    if (array.labels.count != 0)
        return std::string(
            model.text.view(model.labels[array.labels.first + static_cast<std::uint32_t>(index)]));
    return std::to_string(array.first + index);
}

/// How many characters at the start of a name are an index of the array, and which: the longest one.
std::size_t index_at(const Model& model, const DimensionRecord& array, std::string_view name,
                     std::string_view behind, std::uint64_t& index) {
    if (array.labels.count == 0) {
        const std::size_t length = std::min(name.find_first_not_of("0123456789"), name.size());
        const auto number = parse_digits(name.substr(0, length), 10);
        if (!number || *number < array.first || *number - array.first >= array.count) return 0;
        if (length > 1 && name.front() == '0') return 0;  // "007" is not 7
        index = *number - array.first;
        return length;
    }
    std::size_t longest = 0;
    for (std::uint32_t i = 0; i < array.labels.count; ++i) {
        const std::string_view label = model.text.view(model.labels[array.labels.first + i]);
        if (label.size() <= longest || !name.starts_with(label)) continue;
        if (!name.substr(label.size()).starts_with(behind)) continue;
        longest = label.size();
        index = i;
    }
    return longest;
}

}  // namespace

std::string element_name(const Model& model, std::string_view pattern, std::uint32_t dimension,
                         std::span<const std::uint64_t> indices) {
    std::string name;
    for (const std::uint64_t index : indices) {
        const std::size_t mark = pattern.find(index_mark);
        if (mark == std::string_view::npos) break;
        const DimensionRecord& array = model.dimensions[dimension];
        name += pattern.substr(0, mark);
        name += index_text(model, array, index);
        pattern.remove_prefix(mark + index_mark.size());
        dimension = array.inner;
    }
    name += pattern;
    return name;
}

bool indices_of(const Model& model, std::string_view pattern, std::uint32_t dimension,
                std::string_view name, Indices& indices) {
    indices.clear();
    while (dimension != no_dimension) {
        const std::size_t mark = pattern.find(index_mark);
        if (mark == std::string_view::npos || !name.starts_with(pattern.substr(0, mark)))
            return false;
        name.remove_prefix(mark);
        pattern.remove_prefix(mark + index_mark.size());
        const DimensionRecord& array = model.dimensions[dimension];
        const std::string_view behind = pattern.substr(0, pattern.find(index_mark));
        std::uint64_t index = 0;
        const std::size_t length = index_at(model, array, name, behind, index);
        if (length == 0) return false;
        name.remove_prefix(length);
        indices.push_back(index);
        dimension = array.inner;
    }
    return name == pattern;
}

std::uint64_t element_offset(const Model& model, std::uint32_t dimension,
                             std::span<const std::uint64_t> indices) noexcept {
    std::uint64_t offset = 0;
    for (const std::uint64_t index : indices) {
        const DimensionRecord& array = model.dimensions[dimension];
        offset += index * array.stride;
        dimension = array.inner;
    }
    return offset;
}

Indices first_element(const Model& model, std::uint32_t dimension) {
    Indices indices;
    for (; dimension != no_dimension; dimension = model.dimensions[dimension].inner)
        indices.push_back(0);
    return indices;
}

bool next_element(const Model& model, std::uint32_t dimension, Indices& indices) {
    std::vector<std::uint64_t> counts;
    for (; dimension != no_dimension; dimension = model.dimensions[dimension].inner)
        counts.push_back(model.dimensions[dimension].count);
    for (std::size_t i = indices.size(); i-- > 0;) {
        if (++indices[i] < counts[i]) return true;
        indices[i] = 0;
    }
    return false;
}

bool fits(std::string_view pattern, std::string_view name) noexcept {
    std::size_t at = 0;
    std::size_t name_at = 0;
    std::size_t star = std::string_view::npos;  // the last one met, which may take more characters
    std::size_t star_name = 0;
    while (name_at < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            star_name = name_at;
        } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == name[name_at])) {
            ++at;
            ++name_at;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            name_at = ++star_name;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

}  // namespace openbar::description
