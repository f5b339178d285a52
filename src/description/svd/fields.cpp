#include "description/message.hpp"
#include "description/names.hpp"
#include "description/numbers.hpp"
#include "description/svd/reader.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::svd {

struct Reader::FieldDraft {
    FieldRecord record;
    ArrayDraft array;
    pugi::xml_node node;
    // One of three ways to say which bits.
    std::optional<std::uint64_t> offset;
    std::optional<std::uint64_t> width;
    std::optional<std::uint64_t> lsb;
    std::optional<std::uint64_t> msb;
    std::vector<pugi::xml_node> enumerations;

    Place32& place(Fact fact) { return record.where[std::to_underlying(fact)]; }
};

namespace {

/// "[7:0]".
bool parse_bit_range(std::string_view text, std::optional<std::uint64_t>& msb,
                     std::optional<std::uint64_t>& lsb) {
    const std::size_t colon = text.find(':');
    if (!text.starts_with('[') || !text.ends_with(']') || colon == std::string_view::npos)
        return false;
    msb = parse_number(trimmed(text.substr(1, colon - 1)));
    lsb = parse_number(trimmed(text.substr(colon + 1, text.size() - colon - 2)));
    return msb && lsb;
}

}  // namespace

/// Of several containers those of the later ones take the place of those of the same name. Fields
/// that registers derive from each other are read once.
Range Reader::read_fields(const std::vector<pugi::xml_node>& containers,
                          const FieldProperties& around, bool derived) {
    Range whole;
    for (const pugi::xml_node container : containers) {
        Range own;
        if (derived) {
            own = read_shared_fields(container, around);
        } else {
            own = read_own_fields(container, around);
            known_fields_.push_back({container.internal_object(), around, own});
        }
        whole = whole.count == 0 ? own : model_.merged(model_.fields, whole, own);
    }
    return whole;
}

/// Only files with registers that are derived pay for the index.
void Reader::index_known_fields() {
    for (; indexed_fields_ < known_fields_.size(); ++indexed_fields_) {
        KnownFields& known = known_fields_[indexed_fields_];
        auto& first = known_fields_of_[known.container];
        known.next = first;
        first = static_cast<std::uint32_t>(indexed_fields_);
    }
}

Range Reader::read_shared_fields(pugi::xml_node container, const FieldProperties& around) {
    index_known_fields();
    const auto found = known_fields_of_.find(container.internal_object());
    const std::uint32_t first = found == known_fields_of_.end() ? 0 : found->second;
    for (std::uint32_t known = first; known != 0; known = known_fields_[known].next)
        if (known_fields_[known].properties == around) return known_fields_[known].fields;
    // It is counted where it stands.
    const bool counted = std::exchange(counts_, counts_ && container.parent() == own_register_);
    const Range fields = read_own_fields(container, around);
    counts_ = counted;
    known_fields_.push_back({container.internal_object(), around, fields});
    return fields;
}

Range Reader::read_own_fields(pugi::xml_node container, const FieldProperties& around) {
    field_siblings_.clear();
    for (pugi::xml_node child = container.first_child(); child; child = child.next_sibling()) {
        if (stopped()) break;
        if (tag_of(child.name()) == Tag::field) read_field(child, around, field_siblings_);
    }
    return Model::append(model_.fields, field_siblings_);
}

void Reader::read_field(pugi::xml_node node, const FieldProperties& around,
                        std::vector<FieldRecord>& siblings) {
    std::vector<pugi::xml_node> storage;
    const Levels::List levels = levels_.of(node, storage);
    if (levels.empty()) return;
    FieldDraft draft;
    draft.node = node;
    FieldRecord& record = draft.record;
    record.where.fill(xml_.place(node));
    record.access = around.access;
    record.read_effect = around.read_effect;
    record.write_effect = around.write_effect;
    draft.place(Fact::access) = around.access_place;
    draft.place(Fact::read_effect) = around.read_effect_place;
    draft.place(Fact::write_effect) = around.write_effect_place;
    for (const pugi::xml_node level : levels) {
        bool first = true;
        for (pugi::xml_node child = level.first_child(); child; child = child.next_sibling()) {
            const Tag tag = tag_of(child.name());
            if (tag != Tag::enumerated_values) {
                take_field_fact(tag, child, draft);
                continue;
            }
            // Those of this level take the place of all before.
            if (std::exchange(first, false)) draft.enumerations.clear();
            draft.enumerations.push_back(child);
        }
    }
    if (record.name.empty()) return leave_out(node, "field without a name");
    if (!place_field(draft)) return;
    record.enumerations = read_enumerations(draft.enumerations, draft.node);
    if (counts_) ++model_.counts.fields;
    add_field(draft, siblings);
}

void Reader::take_field_fact(Tag tag, pugi::xml_node child, FieldDraft& draft) {
    FieldRecord& record = draft.record;
    // A later level may say the same in another way.
    const auto at_bits = [&](std::optional<std::uint64_t>& kept,
                             std::initializer_list<std::optional<std::uint64_t>*> others) {
        kept = number(child);
        for (auto* other : others) other->reset();
        draft.place(Fact::offset) = xml_.place(child);
    };
    switch (tag) {
        case Tag::name: record.name = xml_.text(child); break;
        case Tag::description: record.documentation = xml_.prose(child); break;
        case Tag::bit_offset: at_bits(draft.offset, {&draft.lsb, &draft.msb}); break;
        case Tag::bit_width: at_bits(draft.width, {&draft.lsb, &draft.msb}); break;
        case Tag::lsb: at_bits(draft.lsb, {&draft.offset, &draft.width}); break;
        case Tag::msb: at_bits(draft.msb, {&draft.offset, &draft.width}); break;
        case Tag::bit_range:
            if (!parse_bit_range(xml_.words(child), draft.msb, draft.lsb))
                not_a("a range of bits such as [7:0]", child);
            draft.offset.reset();
            draft.place(Fact::offset) = xml_.place(child);
            break;
        case Tag::access:
            if (const auto value = access(child)) {
                record.access = *value;
                draft.place(Fact::access) = xml_.place(child);
            }
            break;
        case Tag::read_action:
            if (const auto effect = read_effect(child)) {
                record.read_effect = *effect;
                draft.place(Fact::read_effect) = xml_.place(child);
            }
            break;
        case Tag::modified_write_values:
            if (const auto effect = write_effect(child)) {
                record.write_effect = *effect;
                draft.place(Fact::write_effect) = xml_.place(child);
            }
            break;
        default: draft.array.take(tag, child);
    }
}

bool Reader::place_field(FieldDraft& draft) {
    const auto refuse = [&](std::string words) {
        leave_out(draft.node, "field " + in_quotes(xml_.view(draft.record.name)) + " " + words);
        return false;
    };
    std::uint64_t low = 0;
    std::uint64_t width = 0;
    if (draft.offset) {
        low = *draft.offset;
        width = draft.width.value_or(1);  // the standard's default
    } else if (draft.lsb && draft.msb) {
        if (*draft.msb < *draft.lsb) return refuse("has its highest bit below its lowest");
        low = *draft.lsb;
        width = std::min(*draft.msb - *draft.lsb, widest_register) + 1;
    } else {
        return refuse("does not say which bits it has");
    }
    if (width == 0) return refuse("has no bits");
    if (low >= widest_register || width > widest_register - low)
        return refuse("reaches beyond bit " + std::to_string(widest_register - 1));
    draft.record.low = static_cast<std::uint16_t>(low);
    draft.record.width = static_cast<std::uint16_t>(width);
    return true;
}

/// An array of fields becomes its fields: there are never more than bits in the register.
void Reader::add_field(FieldDraft& draft, std::vector<FieldRecord>& siblings) {
    FieldRecord& record = draft.record;
    const std::uint32_t index = dimension(draft.array, draft.node, record.name);
    if (index == no_dimension) {
        siblings.push_back(record);
        return;
    }
    const DimensionRecord array = model_.dimensions[index];
    const std::string pattern(xml_.view(record.name));
    for (std::uint64_t i = 0; i < array.count; ++i) {
        const auto distance = multiply(i, array.stride);
        const auto low = distance ? add(record.low, *distance) : std::nullopt;
        if (!low || *low + record.width > widest_register)
            return leave_out(draft.node, "field " + in_quotes(pattern) + " reaches beyond bit " +
                                             std::to_string(widest_register - 1));
        FieldRecord element = record;
        element.low = static_cast<std::uint16_t>(*low);
        element.name = model_.text.add(element_name(model_, pattern, index, std::span(&i, 1)));
        siblings.push_back(element);
        if (stopped()) return;
    }
}

}  // namespace openbar::description::svd
