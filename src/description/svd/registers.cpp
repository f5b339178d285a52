#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/svd/reader.hpp"

#include <utility>

namespace openbar::description::svd {

struct Reader::RegisterDraft {
    pugi::xml_node node;
    RegisterRecord record;
    Properties properties;
    Relations relations;
    ArrayDraft array;
    bool has_offset = false;

    Place32& place(Fact fact) { return record.where[std::to_underlying(fact)]; }
};

void Reader::read_register(pugi::xml_node node, const Properties& around,
                           std::vector<RegisterRecord>& siblings) {
    std::vector<pugi::xml_node> storage;
    const Levels::List levels = levels_.of(node, storage);
    if (levels.empty()) return;
    RegisterDraft draft;
    draft.node = node;
    draft.properties = around;
    draft.record.where.fill(xml_.place(node));
    draft.record.byte_order = byte_order_;
    std::vector<pugi::xml_node> containers;
    for (const pugi::xml_node level : levels)
        for (pugi::xml_node child = level.first_child(); child; child = child.next_sibling()) {
            const Tag tag = tag_of(child.name());
            if (tag == Tag::fields)
                containers.push_back(child);
            else
                take_register_fact(tag, child, draft);
        }
    RegisterRecord& record = draft.record;
    if (record.name.empty()) return leave_out(node, "register without a name");
    if (!draft.has_offset)
        return leave_out(
            node, "register " + in_quotes(xml_.view(record.name)) + " without an addressOffset");
    finish_register(draft);
    own_register_ = node;
    record.fields = read_fields(
        containers,
        {draft.place(Fact::access), draft.place(Fact::read_effect), draft.place(Fact::write_effect),
         record.access, record.read_effect, record.write_effect},
        levels.size() > 1);
    siblings.push_back(record);
    if (counts_) ++model_.counts.registers;
}

void Reader::take_register_fact(Tag tag, pugi::xml_node child, RegisterDraft& draft) {
    RegisterRecord& record = draft.record;
    switch (tag) {
        case Tag::name: record.name = xml_.text(child); break;
        case Tag::display_name: record.title = xml_.text(child); break;
        case Tag::description: record.documentation = xml_.prose(child); break;
        case Tag::alternate_group: draft.relations.alternate_group = xml_.text(child); break;
        case Tag::alternate_register: draft.relations.alternate_register = xml_.text(child); break;
        case Tag::address_offset:
            if (const auto offset = number(child)) {
                record.offset = *offset;
                draft.has_offset = true;
                draft.place(Fact::offset) = xml_.place(child);
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
        case Tag::field: leave_out(child, "field outside of <fields>"); break;
        default: take_property(tag, child, draft.properties); draft.array.take(tag, child);
    }
}

/// What it inherits, and what follows from that.
void Reader::finish_register(RegisterDraft& draft) {
    RegisterRecord& record = draft.record;
    const Properties& properties = draft.properties;
    const auto settle = [&](Fact fact, Place32 place) {
        if (place != 0) draft.place(fact) = place;
    };
    // The standard's default.
    record.width = properties.width != 0 ? properties.width : 32;
    record.access = properties.access;
    record.has_reset = properties.has_reset;
    if (record.has_reset) {
        record.reset = properties.reset;
        record.reset_mask =
            properties.has_reset_mask ? properties.reset_mask : low_bits(record.width);
    }
    settle(Fact::width, properties.width_place);
    settle(Fact::access, properties.access_place);
    settle(Fact::reset, properties.reset_place);
    settle(Fact::reset_mask, properties.reset_mask_place);
    record.dimension = dimension(draft.array, draft.node, record.name);
    const Relations& relations = draft.relations;
    if (!relations.alternate_group.empty() || !relations.alternate_register.empty()) {
        record.relations = static_cast<std::uint32_t>(model_.relations.size());
        model_.relations.push_back(relations);
    }
}

}  // namespace openbar::description::svd
