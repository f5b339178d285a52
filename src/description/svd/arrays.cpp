// Arrays: dim, dimIncrement, dimIndex, dimArrayIndex.
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/svd/reader.hpp"

#include <algorithm>

namespace openbar::description::svd {
namespace {

/// "A-D" and "3-6": the ends of a range.
bool split_range(std::string_view text, std::string_view& first, std::string_view& last) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return false;
    first = trimmed(text.substr(0, dash));
    last = trimmed(text.substr(dash + 1));
    return !first.empty() && !last.empty();
}

bool is_letter(std::string_view text) {
    return text.size() == 1 && ((text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z');
}

}  // namespace

void ArrayDraft::take(Tag tag, pugi::xml_node node) noexcept {
    switch (tag) {
        case Tag::dim: count = node; break;
        case Tag::dim_increment: increment = node; break;
        case Tag::dim_index: index = node; break;
        case Tag::dim_array_index: labels = node; break;
        default: break;
    }
}

std::uint32_t Reader::dimension(const ArrayDraft& draft, pugi::xml_node node, Text& name) {
    if (!draft.count) return no_dimension;
    const std::string_view pattern = xml_.view(name);
    const std::size_t place = pattern.find("%s");
    // One that is derived from an array is an array if its name is made for it.
    if (place == std::string_view::npos && draft.count.parent() != node) return no_dimension;
    const auto count = number(draft.count);
    const auto stride = draft.increment ? number(draft.increment) : std::nullopt;
    if (!draft.increment)
        leave_out(draft.count, "array " + in_quotes(xml_.view(name)) + " without a dimIncrement");
    if (!count || !stride) return no_dimension;
    if (*count == 0) {
        leave_out(draft.count, "array " + in_quotes(xml_.view(name)) + " has no elements");
        return no_dimension;
    }
    DimensionRecord record;
    record.count = *count;
    record.stride = *stride;
    record.inner = no_dimension;
    if (place == std::string_view::npos) {
        model_.add_problem(Problem::Kind::doubtful, xml_.place(draft.count),
                           "array " + in_quotes(pattern) + " has no %s in its name", {}, false);
        name = model_.text.add(std::string(pattern) + "[%s]");
    } else if (draft.index && !pattern.substr(0, place).ends_with('[')) {
        const std::string_view words = xml_.words(draft.index);
        std::string_view first;
        std::string_view last;
        const auto start = split_range(words, first, last) ? parse_number(first) : std::nullopt;
        const auto end = start ? parse_number(last) : std::nullopt;
        if (start && end && *end >= *start && *end - *start == *count - 1)
            record.first = *start;
        else
            record.labels = labels(draft.index, *count);
    }
    model_.dimensions.push_back(record);
    return static_cast<std::uint32_t>(model_.dimensions.size() - 1);
}

/// A label for each element; without any the elements are numbered.
Range Reader::labels(pugi::xml_node index, std::uint64_t count) {
    const Text whole = xml_.text(index);
    const std::string_view words = xml_.view(whole);
    std::vector<Text> found;
    std::string_view first;
    std::string_view last;
    if (split_range(words, first, last) && is_letter(first) && is_letter(last)) {
        for (char letter = first[0]; letter <= last[0]; ++letter)
            found.push_back(model_.text.add(std::string_view(&letter, 1)));
    } else {
        for (std::size_t start = 0; start <= words.size() && found.size() <= count;) {
            const std::size_t comma = std::min(words.find(',', start), words.size());
            const std::string_view label = trimmed(words.substr(start, comma - start));
            const auto from = static_cast<std::uint32_t>(label.data() - words.data());
            found.push_back({whole.offset + from, static_cast<std::uint32_t>(label.size())});
            start = comma + 1;
        }
    }
    if (found.size() == count) return Model::append(model_.labels, found);
    leave_out(index, "dimIndex " + in_quotes(words) + " does not name " + std::to_string(count) +
                         " elements; they are numbered from 0");
    return {};
}

}  // namespace openbar::description::svd
