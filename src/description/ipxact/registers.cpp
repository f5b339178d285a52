#include "description/ipxact/reader.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <utility>

namespace openbar::description::ipxact {
namespace {

constexpr std::pair<std::string_view, WriteEffect> ipxact_write_effects[] = {
    {"oneToClear", WriteEffect::one_to_clear},
    {"oneToSet", WriteEffect::one_to_set},
    {"oneToToggle", WriteEffect::one_to_toggle},
    {"zeroToClear", WriteEffect::zero_to_clear},
    {"zeroToSet", WriteEffect::zero_to_set},
    {"zeroToToggle", WriteEffect::zero_to_toggle},
    {"clear", WriteEffect::clear},
    {"set", WriteEffect::set},
    {"modify", WriteEffect::other},
};
constexpr std::pair<std::string_view, ReadEffect> ipxact_read_effects[] = {
    {"clear", ReadEffect::clear}, {"set", ReadEffect::set}, {"modify", ReadEffect::other}};

}  // namespace

void Reader::read_register(pugi::xml_node node, const Around& outer,
                           const RegisterRecord* alternate_of,
                           std::vector<RegisterRecord>& siblings) {
    if (refused(node)) return;
    Around around = outer;
    take_around(node, around);
    around.width = outer.width;
    RegisterRecord record;
    if (alternate_of != nullptr) record = *alternate_of;
    record.where.fill(xml_.place(node));
    record.fields = {};
    record.name = xml_.text(child_of(node, "name"));
    record.title = xml_.text(child_of(node, "displayName"));
    record.documentation = xml_.prose(child_of(node, "description"));
    if (record.name.empty()) return leave_out(node, "register without a name");
    if (alternate_of == nullptr) {
        const pugi::xml_node offset = child_of(node, "addressOffset");
        const auto units = offset ? number(offset) : std::nullopt;
        if (!units)
            return leave_out(node, "register " + in_quotes(xml_.view(record.name)) +
                                       " without an addressOffset");
        record.offset = bytes(*units, around, offset);
        record.where[at(Fact::offset)] = xml_.place(offset);
        const pugi::xml_node size = child_of(node, "size");
        const std::uint64_t width = size ? number(size).value_or(around.width) : around.width;
        if (width == 0 || width > widest_register)
            return leave_out(node, "register " + in_quotes(xml_.view(record.name)) +
                                       " cannot have " + std::to_string(width) + " bits");
        record.width = static_cast<std::uint16_t>(width);
        if (size) record.where[at(Fact::width)] = xml_.place(size);
    } else {
        record.relations = static_cast<std::uint32_t>(model_.relations.size());
        model_.relations.push_back({{}, alternate_of->name, {}});
    }
    record.access = around.access;
    if (around.access_place != 0) record.where[at(Fact::access)] = around.access_place;
    record.is_volatile = around.is_volatile;
    take_reset(node, record);
    read_fields(node, around, record);
    record.dimension = dimensions(node, bytes_of(record), record.name, around);
    siblings.push_back(record);
    ++model_.counts.registers;
    for (const pugi::xml_node alternate : child_of(node, "alternateRegisters"))
        if (local_name(alternate) == "alternateRegister" && alternate_of == nullptr)
            read_register(alternate, outer, &record, siblings);
}

/// Of a whole register, as in 2009.
void Reader::take_reset(pugi::xml_node node, RegisterRecord& record) {
    const pugi::xml_node reset = child_of(node, "reset");
    if (!reset) return;
    const auto value = number_in(reset, "value");
    if (!value) return;
    record.has_reset = true;
    record.reset = *value;
    record.reset_mask = number_in(reset, "mask").value_or(low_bits(record.width));
    record.where[at(Fact::reset)] = xml_.place(reset);
    record.where[at(Fact::reset_mask)] = xml_.place(reset);
}

void Reader::read_fields(pugi::xml_node node, const Around& around, RegisterRecord& record) {
    std::vector<FieldRecord> fields;
    for (const pugi::xml_node child : node) {
        if (stopped()) return;
        if (local_name(child) != "field" || refused(child)) continue;
        auto field = read_field(child, around);
        if (!field) continue;
        take_field_reset(child, *field, record);
        fields.push_back(*field);
        ++model_.counts.fields;
    }
    record.fields = Model::append(model_.fields, fields);
}

std::optional<FieldRecord> Reader::read_field(pugi::xml_node node, const Around& around) {
    FieldRecord field;
    field.where.fill(xml_.place(node));
    field.name = xml_.text(child_of(node, "name"));
    field.documentation = xml_.prose(child_of(node, "description"));
    if (field.name.empty()) {
        leave_out(node, "field without a name");
        return std::nullopt;
    }
    const auto low = number_in(node, "bitOffset");
    const auto width = number_in(node, "bitWidth");
    if (!low || !width || *width == 0 || *low >= widest_register ||
        *width > widest_register - *low) {
        leave_out(node,
                  "field " + in_quotes(xml_.view(field.name)) + " does not say which bits it has");
        return std::nullopt;
    }
    if (child_of(node, "array") || child_of(node, "dim"))
        leave_out(node, "field " + in_quotes(xml_.view(field.name)) +
                            " is an array, of which only the first element is read");
    field.low = static_cast<std::uint16_t>(*low);
    field.width = static_cast<std::uint16_t>(*width);
    field.where[at(Fact::offset)] = xml_.place(child_of(node, "bitOffset"));
    field.access = around.access;
    if (around.access_place != 0) field.where[at(Fact::access)] = around.access_place;
    field.is_volatile = around.is_volatile;
    if (const pugi::xml_node child = child_of(node, "volatile"))
        field.is_volatile = xml_.words(child) == "true";
    take_policy(node, field);
    // Since 2022 in policies, of which the first one is for the default mode.
    if (const pugi::xml_node policies = child_of(node, "fieldAccessPolicies"))
        if (const pugi::xml_node policy = child_of(policies, "fieldAccessPolicy");
            policy && !refused(policy))
            take_policy(policy, field);
    field.enumerations = read_enumerations(child_of(node, "enumeratedValues"));
    return field;
}

void Reader::take_policy(pugi::xml_node node, FieldRecord& field) {
    for (const pugi::xml_node child : node) {
        const std::string_view name = local_name(child);
        const std::string_view words = xml_.words(child);
        if (name == "access") {
            if (const auto value = access(child)) {
                field.access = *value;
                field.where[at(Fact::access)] = xml_.place(child);
            }
        } else if (name == "modifiedWriteValue") {
            for (const auto& [spelling, effect] : ipxact_write_effects)
                if (spelling == words) field.write_effect = effect;
            field.where[at(Fact::write_effect)] = xml_.place(child);
            if (field.write_effect == WriteEffect::none)
                leave_out(child, "modifiedWriteValue " + in_quotes(words) + " is unknown");
        } else if (name == "readAction") {
            for (const auto& [spelling, effect] : ipxact_read_effects)
                if (spelling == words) field.read_effect = effect;
            field.where[at(Fact::read_effect)] = xml_.place(child);
            if (field.read_effect == ReadEffect::none)
                leave_out(child, "readAction " + in_quotes(words) + " is unknown");
        }
    }
}

/// Of a field, since 2014; the first one is for the default kind of reset.
void Reader::take_field_reset(pugi::xml_node node, const FieldRecord& field,
                              RegisterRecord& record) {
    const pugi::xml_node resets = child_of(node, "resets");
    if (!resets || field.low >= 64) return;
    const pugi::xml_node reset = child_of(resets, "reset");
    const auto value = number_in(reset, "value");
    if (!value) return;
    const std::uint64_t mask =
        number_in(reset, "mask").value_or(~std::uint64_t{0}) & low_bits(field.width);
    record.has_reset = true;
    record.reset |= (*value & low_bits(field.width)) << field.low;
    record.reset_mask |= mask << field.low;
    record.where[at(Fact::reset)] = xml_.place(reset);
}

Range Reader::read_enumerations(pugi::xml_node node) {
    if (!node || refused(node)) return {};
    std::vector<ValueRecord> values;
    EnumerationRecord record;
    record.where = xml_.place(node);
    for (const pugi::xml_node child : node) {
        if (local_name(child) != "enumeratedValue") continue;
        ValueRecord value;
        value.where = xml_.place(child);
        value.name = xml_.text(child_of(child, "name"));
        value.documentation = xml_.prose(child_of(child, "description"));
        value.mask = ~std::uint64_t{0};
        const auto number = number_in(child, "value");
        if (!number) continue;
        value.value = *number;
        values.push_back(value);
        ++model_.counts.values;
        for (const pugi::xml_attribute attribute : child.attributes()) {
            if (!std::string_view(attribute.name()).ends_with("usage")) continue;
            record.for_reading = std::string_view(attribute.value()) != "write";
            record.for_writing = std::string_view(attribute.value()) != "read";
        }
    }
    record.values = Model::append(model_.values, values);
    return Model::append(model_.enumerations, std::vector{record});
}

}  // namespace openbar::description::ipxact
