#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/svd/reader.hpp"

#include <utility>

namespace openbar::description::svd {

Range Reader::read_enumerations(const std::vector<pugi::xml_node>& nodes, pugi::xml_node field) {
    if (nodes.empty()) return {};
    std::vector<EnumerationRecord> records;
    for (const pugi::xml_node node : nodes)
        records.push_back(node.parent() == field ? read_enumeration(node)
                                                 : read_shared_enumeration(node));
    return Model::append(model_.enumerations, records);
}

/// What others are derived from is read once more for the first of them, and then known.
EnumerationRecord Reader::read_shared_enumeration(pugi::xml_node node) {
    const auto known = known_enumerations_.find(node.internal_object());
    if (known != known_enumerations_.end()) return known->second;
    const bool counted = std::exchange(counts_, false);
    const EnumerationRecord record = read_enumeration(node);
    counts_ = counted;
    known_enumerations_.emplace(node.internal_object(), record);
    return record;
}

EnumerationRecord Reader::read_enumeration(pugi::xml_node node) {
    EnumerationRecord record;
    std::vector<pugi::xml_node> storage;
    const Levels::List levels = levels_.of(node, storage);
    if (levels.empty()) return record;
    if (levels.size() > 1) record = read_shared_enumeration(levels[levels.size() - 2]);
    record.where = xml_.place(node);
    std::vector<ValueRecord> values;
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling()) {
        const Tag tag = tag_of(child.name());
        if (tag == Tag::name) record.name = xml_.text(child);
        if (tag == Tag::usage) {
            const std::string_view usage = xml_.words(child);
            record.for_reading = usage != "write";
            record.for_writing = usage != "read";
            if (usage != "read" && usage != "write" && usage != "read-write")
                not_a("read, write or read-write", child);
        }
        if (tag != Tag::enumerated_value) continue;
        if (auto value = read_value(child)) values.push_back(*value);
    }
    if (!values.empty()) record.values = Model::append(model_.values, values);
    return record;
}

std::optional<ValueRecord> Reader::read_value(pugi::xml_node node) {
    ValueRecord record;
    record.where = xml_.place(node);
    bool has_value = false;
    for (pugi::xml_node child = node.first_child(); child; child = child.next_sibling())
        switch (tag_of(child.name())) {
            case Tag::name: record.name = xml_.text(child); break;
            case Tag::description: record.documentation = xml_.prose(child); break;
            case Tag::is_default: record.is_default = xml_.words(child) != "false"; break;
            case Tag::value:
                if (const auto number = parse_masked_number(xml_.words(child))) {
                    record.value = number->value;
                    record.mask = number->mask;
                    has_value = true;
                } else {
                    not_a("a number", child);
                    return std::nullopt;
                }
                break;
            default: break;
        }
    if (!has_value && !record.is_default) {
        leave_out(node, "enumerated value " + in_quotes(xml_.view(record.name)) + " has no value");
        return std::nullopt;
    }
    if (!has_value) record.mask = 0;
    if (counts_) ++model_.counts.values;
    return record;
}

}  // namespace openbar::description::svd
