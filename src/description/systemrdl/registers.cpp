#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/systemrdl/elaborator.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::systemrdl {
namespace {

bool is_width(std::uint64_t bits) noexcept {
    return bits >= 8 && bits <= widest_register && (bits & (bits - 1)) == 0;
}

}  // namespace

RegisterRecord Elaborator::elaborate_register(Frame& frame) {
    RegisterRecord record;
    record.where.fill(frame.component->place);
    record.documentation = text_of(frame, "desc");
    record.title = text_of(frame, "name");
    const std::uint64_t width = number_of(frame, "regwidth").value_or(32);
    const std::uint64_t access_width = number_of(frame, "accesswidth").value_or(width);
    if (!is_width(width) || !is_width(access_width) || access_width > width) {
        evaluator_.fail(ErrorCode::protocol, frame.component->place,
                        "a register of " + std::to_string(width) + " bits, " +
                            std::to_string(access_width) + " in one access: both are powers of 2");
        return record;
    }
    record.width = static_cast<std::uint16_t>(width);
    record.access_width =
        access_width == width ? std::uint16_t{0} : static_cast<std::uint16_t>(access_width);
    if (const PropertyValue* said = frame.properties.find("regwidth"))
        record.where[at(Fact::width)] = said->place;
    if (frame.properties.truth("bigendian")) record.byte_order = ByteOrder::big;
    std::vector<FieldRecord> fields;
    std::uint64_t next_bit = 0;
    for (const Statement* statement : frame.instances)
        add_fields(*statement, frame, next_bit, record, fields);
    bool reads = fields.empty();
    bool writes = fields.empty();
    for (const FieldRecord& field : fields) {
        reads = reads || readable(field.access);
        writes = writes || writable(field.access);
        record.is_volatile = record.is_volatile || field.is_volatile;
    }
    record.access = reads ? (writes ? Access::read_write : Access::read_only)
                          : (writes ? Access::write_only : Access::none);
    record.fields = Model::append(model_.fields, fields);
    model_.counts.fields += fields.size();
    ++model_.counts.registers;
    return record;
}

void Elaborator::add_fields(const Statement& statement, Frame& around, std::uint64_t& next_bit,
                            RegisterRecord& record, std::vector<FieldRecord>& fields) {
    if (stopped(statement.place)) return;
    const auto type = type_of(statement, *around.scope);
    if (!type || type->component->kind == ComponentKind::signal) return;
    if (type->component->kind != ComponentKind::field)
        return evaluator_.fail(ErrorCode::protocol, statement.place,
                               "a register contains fields and nothing else");
    for (const Instance& instance : statement.instances) {
        if (stopped(instance.place)) return;
        Frame frame = open(*type, statement.arguments, around.scope,
                           assignments_for(around, instance.name), instance.place);
        FieldRecord field;
        field.where.fill(instance.place);
        field.name = model_.text.add(instance.name);
        if (!place_field(instance, frame, *around.scope, next_bit, field)) return;
        if (const PropertyValue* present = frame.properties.find("ispresent");
            present != nullptr && !present->value.truth())
            continue;
        take_field_properties(frame, instance, *around.scope, field, record);
        fields.push_back(field);
    }
}

/// [high:low], or a number of bits behind the field before.
bool Elaborator::place_field(const Instance& instance, const Frame& frame, const Scope& scope,
                             std::uint64_t& next_bit, FieldRecord& field) {
    std::uint64_t low = next_bit;
    std::uint64_t high = 0;
    if (instance.high != nullptr) {
        high = evaluator_.number(*instance.high, &scope);
        low = evaluator_.number(*instance.low, &scope);
        // Written the other way round where bit 0 is the highest.
        if (high < low) std::swap(high, low);
    } else {
        std::uint64_t width = number_of(frame, "fieldwidth").value_or(1);
        if (!instance.dimensions.empty())
            width = evaluator_.number(*instance.dimensions.front(), &scope);
        width = std::min(width, widest_register + 1);
        high = width == 0 ? widest_register : low + width - 1;
    }
    if (evaluator_.error()) return false;
    if (high >= widest_register || low >= widest_register) {
        evaluator_.fail(ErrorCode::protocol, instance.place,
                        "field " + in_quotes(instance.name) + " has bits " + std::to_string(high) +
                            " to " + std::to_string(low));
        return false;
    }
    field.low = static_cast<std::uint16_t>(low);
    field.width = static_cast<std::uint16_t>(high - low + 1);
    next_bit = high + 1;
    return true;
}

void Elaborator::take_field_properties(const Frame& frame, const Instance& instance,
                                       const Scope& scope, FieldRecord& field,
                                       RegisterRecord& record) {
    field.documentation = text_of(frame, "desc");
    if (field.documentation.empty()) field.documentation = text_of(frame, "name");
    if (const PropertyValue* sw = frame.properties.find("sw")) {
        field.access = access_of(*sw);
        field.where[at(Fact::access)] = sw->place;
    }
    take_effects(frame, field);
    field.is_volatile = changes_by_itself(frame);
    field.enumerations = enumeration_of(frame);
    Value reset;
    Place32 place = instance.place;
    if (instance.reset != nullptr) reset = evaluator_.evaluate(*instance.reset, &scope);
    // An assignment from outside counts more than "= 0".
    const PropertyValue* said = frame.properties.find("reset");
    if (said != nullptr && (instance.reset == nullptr || said->value.is_number())) {
        reset = said->value;
        place = said->place;
    }
    // What comes from a signal is not known here.
    if (!reset.is_number() || field.low >= 64) return;
    const std::uint64_t bits = low_bits(field.width);
    if ((reset.number & ~bits) != 0)
        evaluator_.fail(ErrorCode::protocol, place,
                        "the reset value " + hex(reset.number) + " of field " +
                            in_quotes(instance.name) + " does not fit");
    record.has_reset = true;
    record.reset |= (reset.number & bits) << field.low;
    record.reset_mask |= bits << field.low;
    record.where[at(Fact::reset)] = place;
}

Range Elaborator::enumeration_of(const Frame& frame) {
    const PropertyValue* encode = frame.properties.find("encode");
    if (encode == nullptr) return {};
    const Enum* found = encode->value.enumeration;
    if (found == nullptr) {
        evaluator_.fail(ErrorCode::protocol, encode->place, "encode is not an enum");
        return {};
    }
    EnumerationRecord record;
    record.name = model_.text.add(found->name);
    record.where = found->place;
    std::vector<ValueRecord> values;
    const auto numbers = evaluator_.members_of(*found, frame.scope);
    for (std::size_t i = 0; i < found->members.size() && i < numbers.size(); ++i) {
        const EnumMember& member = found->members[i];
        ValueRecord value;
        value.name = model_.text.add(member.name);
        value.documentation =
            model_.text.add(member.documentation.empty() ? member.title : member.documentation);
        value.value = numbers[i];
        value.mask = ~std::uint64_t{0};
        value.where = member.place;
        values.push_back(value);
    }
    model_.counts.values += values.size();
    record.values = Model::append(model_.values, values);
    return Model::append(model_.enumerations, std::vector{record});
}

}  // namespace openbar::description::systemrdl
