#include "description/check/checker.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace openbar::description {
namespace {

/// Two fields may share bits if one is for reading and the other for writing.
bool both_ways(const FieldRecord& one, const FieldRecord& other) noexcept {
    return (readable(one.access) && readable(other.access)) ||
           (writable(one.access) && writable(other.access));
}

/// Bits without a use, which nobody looks for by name.
bool is_reserved(std::string_view name) noexcept {
    constexpr std::string_view reserved = "reserved";
    return std::ranges::equal(name, reserved, {}, [](char letter) { return letter | 0x20; });
}

std::string bits(const FieldRecord& field) {
    return "[" + std::to_string(field.low + field.width - 1) + ":" + std::to_string(field.low) +
           "]";
}

}  // namespace

void Checker::check_fields(const RegisterRecord& record) {
    if (record.fields.count == 0 || !known_fields_.insert(record.fields.first).second) return;
    const auto fields = std::span(model_.fields).subspan(record.fields.first, record.fields.count);
    for (const FieldRecord& field : fields) {
        if (field.low + field.width > record.width)
            add(Problem::Kind::outside, field.where[std::to_underlying(Fact::offset)],
                "field " + name(field.name) + " " + bits(field) + " lies outside of " +
                    name(record.name) + ", which has " + std::to_string(record.width) + " bits");
        for (const EnumerationRecord& enumeration :
             std::span(model_.enumerations)
                 .subspan(field.enumerations.first, field.enumerations.count))
            check_enumeration(field, enumeration);
    }
    check_field_overlaps(record);
}

void Checker::check_field_overlaps(const RegisterRecord& record) {
    std::vector<const FieldRecord*> fields;
    for (const FieldRecord& field :
         std::span(model_.fields).subspan(record.fields.first, record.fields.count))
        fields.push_back(&field);
    std::unordered_map<std::string_view, const FieldRecord*> names;
    for (const FieldRecord* field : fields) {
        const auto [known, is_new] = names.emplace(model_.text.view(field->name), field);
        if (!is_new && !is_reserved(model_.text.view(field->name)))
            add(Problem::Kind::duplicate, field->where[0],
                "field " + name(field->name) + " of " + name(record.name) +
                    " was there before: " + model_.text.words(known->second->where[0]));
    }
    std::ranges::sort(fields, {},
                      [](const FieldRecord* field) { return std::tuple(field->low, field); });
    // Nearly always the neighbour is all there is to compare with.
    constexpr std::size_t furthest = 64;
    for (std::size_t i = 0; i < fields.size(); ++i)
        for (std::size_t j = i + 1; j < std::min(fields.size(), i + furthest); ++j) {
            const FieldRecord& one = *fields[i];
            const FieldRecord& other = *fields[j];
            if (other.low >= one.low + one.width) break;
            if (both_ways(one, other))
                add(Problem::Kind::overlap, other.where[std::to_underlying(Fact::offset)],
                    "field " + name(other.name) + " " + bits(other) + " of " + name(record.name) +
                        " overlaps " + name(one.name) + " " + bits(one));
        }
}

void Checker::check_enumeration(const FieldRecord& field, const EnumerationRecord& enumeration) {
    const auto values =
        std::span(model_.values).subspan(enumeration.values.first, enumeration.values.count);
    const std::uint64_t most = low_bits(field.width);
    for (const ValueRecord& value : values)
        if ((value.value & ~most) != 0)
            add(Problem::Kind::enumeration, value.where,
                "value " + name(value.name) + " = " + hex(value.value) + " does not fit " +
                    name(field.name) + ", which has " + std::to_string(field.width) + " bits");
    if (values.empty() || !known_values_.insert(enumeration.values.first).second) return;
    std::unordered_map<std::string_view, const ValueRecord*> names;
    std::unordered_map<std::uint64_t, const ValueRecord*> numbers;
    for (const ValueRecord& value : values) {
        const auto [same_name, new_name] = names.emplace(model_.text.view(value.name), &value);
        if (!new_name && !value.name.empty())
            add(Problem::Kind::duplicate, value.where,
                "value " + name(value.name) + " of " + name(field.name) +
                    " was there before: " + model_.text.words(same_name->second->where));
        if (value.mask != ~std::uint64_t{0}) continue;
        const auto [same, is_new] = numbers.emplace(value.value, &value);
        if (!is_new)
            add(Problem::Kind::enumeration, value.where,
                "value " + name(value.name) + " of " + name(field.name) + " is " +
                    hex(value.value) + ", as " + name(same->second->name),
                false);
    }
}

}  // namespace openbar::description
