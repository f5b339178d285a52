#include "description/card/reader.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <utility>

namespace openbar::description::card {

void Reader::read_register(const JsonValue& json, const RegionDefaults& defaults,
                           Children& children) {
    Facts facts(failure_, json, "a register");
    RegisterRecord record;
    record.where.fill(json.where);
    record.byte_order = defaults.byte_order;
    std::string name;
    std::string title;
    std::string documentation;
    std::uint64_t width = defaults.width;
    facts.require("name", facts.take("name", name));
    facts.require("offset", facts.take("offset", record.offset, &record.where[at(Fact::offset)]));
    facts.take("title", title);
    facts.take("documentation", documentation);
    facts.take("width", width, &record.where[at(Fact::width)]);
    facts.take("access", record.access, &record.where[at(Fact::access)]);
    facts.take("readEffect", record.read_effect, &record.where[at(Fact::read_effect)]);
    facts.take("writeEffect", record.write_effect, &record.where[at(Fact::write_effect)]);
    facts.take("volatile", record.is_volatile);
    facts.take("byteOrder", record.byte_order);
    if (width == 0 || width > widest_register || width % 8 != 0)
        failure_.set(record.where[at(Fact::width)],
                     "a register cannot have " + std::to_string(width) + " bits");
    record.width = static_cast<std::uint16_t>(width);
    record.has_reset = facts.take("reset", record.reset, &record.where[at(Fact::reset)]);
    if (record.has_reset) record.reset_mask = low_bits(width);
    facts.take("resetMask", record.reset_mask, &record.where[at(Fact::reset_mask)]);
    record.dimension = read_array(facts, name);
    Relations relations;
    std::string text;
    if (facts.take("alternateGroup", text)) relations.alternate_group = kept(text);
    if (facts.take("alternateRegister", text)) relations.alternate_register = kept(text);
    if (facts.take("target", text)) relations.target = kept(text);
    if (!relations.alternate_group.empty() || !relations.alternate_register.empty() ||
        !relations.target.empty()) {
        record.relations = static_cast<std::uint32_t>(model_.relations.size());
        model_.relations.push_back(relations);
    }
    record.name = kept(name);
    record.title = kept(title);
    record.documentation = kept(documentation);
    std::vector<FieldRecord> fields;
    if (const JsonValue* list = facts.find("fields", JsonValue::Kind::array))
        for (const JsonValue& item : list->items)
            if (!failure_) read_field(item, record, fields);
    facts.finish();
    record.fields = Model::append(model_.fields, fields);
    children.registers.push_back(record);
    ++model_.counts.registers;
}

void Reader::read_field(const JsonValue& json, const RegisterRecord& around,
                        std::vector<FieldRecord>& fields) {
    Facts facts(failure_, json, "a field");
    FieldRecord field;
    field.where.fill(json.where);
    field.access = around.access;
    field.read_effect = around.read_effect;
    field.write_effect = around.write_effect;
    field.is_volatile = around.is_volatile;
    for (const Fact fact : {Fact::access, Fact::read_effect, Fact::write_effect})
        field.where[at(fact)] = around.where[at(fact)];
    std::string name;
    std::string documentation;
    facts.require("name", facts.take("name", name));
    facts.take("documentation", documentation);
    const JsonValue* bits = facts.find("bits");
    facts.require("bits", bits != nullptr);
    if (bits != nullptr) read_bits(*bits, field);
    facts.take("access", field.access, &field.where[at(Fact::access)]);
    facts.take("readEffect", field.read_effect, &field.where[at(Fact::read_effect)]);
    facts.take("writeEffect", field.write_effect, &field.where[at(Fact::write_effect)]);
    facts.take("volatile", field.is_volatile);
    std::vector<EnumerationRecord> enumerations;
    read_values(facts.find("values", JsonValue::Kind::object), true, true, enumerations);
    read_values(facts.find("readValues", JsonValue::Kind::object), true, false, enumerations);
    read_values(facts.find("writeValues", JsonValue::Kind::object), false, true, enumerations);
    facts.finish();
    field.name = kept(name);
    field.documentation = kept(documentation);
    field.enumerations = Model::append(model_.enumerations, enumerations);
    fields.push_back(field);
    ++model_.counts.fields;
}

/// 7, or "31:24".
void Reader::read_bits(const JsonValue& json, FieldRecord& field) {
    std::optional<std::uint64_t> high = number_of(json);
    std::optional<std::uint64_t> low = high;
    if (const std::size_t colon = json.string.find(':'); colon != std::string::npos) {
        high = parse_digits(std::string_view(json.string).substr(0, colon), 10);
        low = parse_digits(std::string_view(json.string).substr(colon + 1), 10);
    }
    if (!high || !low || *high < *low || *high >= widest_register)
        return failure_.set(json.where, "bits are 7 or \"31:24\", the highest one first");
    field.low = static_cast<std::uint16_t>(*low);
    field.width = static_cast<std::uint16_t>(*high - *low + 1);
    field.where[at(Fact::offset)] = json.where;
}

/// {"NAME": 1, "OTHER": {"value": 2, "documentation": "…"}}.
void Reader::read_values(const JsonValue* json, bool for_reading, bool for_writing,
                         std::vector<EnumerationRecord>& enumerations) {
    if (json == nullptr) return;
    std::vector<ValueRecord> values;
    for (const auto& [name, member] : json->members) {
        ValueRecord value;
        value.where = member.where;
        value.mask = ~std::uint64_t{0};
        value.name = kept(name);
        if (member.kind == JsonValue::Kind::object) {
            Facts facts(failure_, member, "a value");
            std::string documentation;
            facts.require("value", facts.take("value", value.value));
            facts.take("documentation", documentation);
            facts.finish();
            value.documentation = kept(documentation);
        } else if (const auto number = number_of(member)) {
            value.value = *number;
        } else {
            failure_.set(member.where, "value " + in_quotes(name) + " is not a number");
        }
        values.push_back(value);
        ++model_.counts.values;
    }
    EnumerationRecord record;
    record.where = json->where;
    record.for_reading = for_reading;
    record.for_writing = for_writing;
    record.values = Model::append(model_.values, values);
    enumerations.push_back(record);
}

}  // namespace openbar::description::card
