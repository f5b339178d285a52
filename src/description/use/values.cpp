// Values of fields, and their names.
#include "openbar/described_registers.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

namespace openbar::description {
namespace {

/// Calls `visit` with each enumerated value for this use, until it returns true.
template <typename Visit>
bool any_value(Field field, Use use, const Visit& visit) {
    for (const Enumeration enumeration : field.enumerations()) {
        if (!(use == Use::reading ? enumeration.for_reading() : enumeration.for_writing()))
            continue;
        for (const Value value : enumeration.values())
            if (visit(value)) return true;
    }
    return false;
}

std::string names_of(Field field, Use use) {
    constexpr std::size_t listed = 8;
    std::string names;
    std::size_t count = 0;
    any_value(field, use, [&](Value value) {
        if (value.is_default()) return false;
        if (++count > listed) return names += ", …", true;
        names += (count == 1 ? "" : ", ") + std::string(value.name());
        return false;
    });
    return names;
}

bool means(Value value, std::uint64_t number, std::uint64_t bits) noexcept {
    return ((number ^ value.value()) & value.mask() & bits) == 0;
}

}  // namespace

std::uint64_t mask_of(Field field) noexcept {
    return field.low() >= 64 ? 0 : low_bits(field.width()) << field.low();
}

std::uint64_t value_of(Field field, std::uint64_t image) noexcept {
    return field.low() >= 64 ? 0 : (image & mask_of(field)) >> field.low();
}

std::string_view value_name(Field field, std::uint64_t value, Use use) noexcept {
    std::string_view name;
    std::string_view others;
    any_value(field, use, [&](Value known) {
        if (known.is_default()) {
            others = known.name();
            return false;
        }
        if (!means(known, value, low_bits(field.width()))) return false;
        name = known.name();
        return true;
    });
    return name.empty() ? others : name;
}

Result<std::uint64_t> parse_value(Field field, std::string_view text, Use use) {
    std::uint64_t value = 0;
    const bool named = any_value(field, use, [&](Value known) {
        if (known.name() != text || known.is_default()) return false;
        value = known.value();
        return true;
    });
    if (!named) {
        const auto number = parse_number(text);
        const std::string names = names_of(field, use);
        if (!number)
            return failure(ErrorCode::invalid_argument,
                           in_quotes(text) + ": not a value of field " + in_quotes(field.name()),
                           names.empty() ? "write a number: 1, 0x1f" : "known: " + names);
        value = *number;
    }
    if (value > low_bits(field.width()))
        return failure(ErrorCode::out_of_range,
                       in_quotes(text) + " does not fit field " + in_quotes(field.name()) + " of " +
                           std::to_string(field.width()) + " bits",
                       "the largest value is " + hex(low_bits(field.width())));
    return value;
}

std::string why_not_listed(Register described) {
    if (described.access() == Access::none) return "it has no access";
    if (!readable(described.access())) return "it is write-only";
    if (described.reading_has_effects()) return "reading it has effects";
    if (described.width() > 64) return "it has more than 64 bits";
    if (const auto accesses = accesses_of(described); !accesses) return accesses.error().cause;
    return {};
}

}  // namespace openbar::description
