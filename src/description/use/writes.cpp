// Plans of writes: which bits are kept, and which are written as a value without effect.
#include "openbar/described_registers.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

namespace openbar::description {
namespace {

WriteEffect effect_of(Register described, Field field) noexcept {
    return field.write_effect() != WriteEffect::none ? field.write_effect()
                                                     : described.write_effect();
}

bool ignores_zeros(WriteEffect effect) noexcept {
    return effect == WriteEffect::one_to_clear || effect == WriteEffect::one_to_set ||
           effect == WriteEffect::one_to_toggle;
}
bool ignores_ones(WriteEffect effect) noexcept {
    return effect == WriteEffect::zero_to_clear || effect == WriteEffect::zero_to_set ||
           effect == WriteEffect::zero_to_toggle;
}

Error refused(const Place& place, const std::string& cause, const std::string& hint = {}) {
    return failure(ErrorCode::unsupported, "register " + in_quotes(place.name()) + ": " + cause,
                   hint);
}

std::string over_reset_hint(const Place& place) {
    return "write the whole register: " + place.name() + "=NUMBER, or, over its reset value, " +
           place.name() + ":=FIELD=VALUE";
}

/// The named fields, and what is written to them.
struct NamedBits {
    std::uint64_t mask = 0;
    std::uint64_t bits = 0;
};

Result<NamedBits> combine(const Place& place, std::span<const Setting> settings) {
    NamedBits named;
    if (settings.empty())
        return failure(ErrorCode::invalid_argument, "no field of " + in_quotes(place.name()));
    for (const Setting& setting : settings) {
        const std::uint64_t mask = mask_of(setting.field);
        if (!writable(setting.field.access()))
            return refused(place, "field " + in_quotes(setting.field.name()) + " is " +
                                      std::string(to_string(setting.field.access())));
        if (setting.value > low_bits(setting.field.width()))
            return failure(ErrorCode::out_of_range, hex(setting.value) + " does not fit field " +
                                                        in_quotes(setting.field.name()));
        if (mask == 0 || (named.mask & mask) != 0)
            return failure(ErrorCode::invalid_argument,
                           "field " + in_quotes(setting.field.name()) +
                               (mask == 0 ? " lies above bit 63" : " is set twice"));
        named.mask |= mask;
        named.bits |= setting.value << setting.field.low();
    }
    return named;
}

/// What is written to fields that nobody named.
struct Others {
    std::uint64_t kept = 0;  ///< bits written as they were read, or as after reset
    std::uint64_t ones = 0;  ///< bits where a one has no effect
};

/// Why field `field` cannot be written back; empty if it can.
std::string why_not_kept(Field field, WriteEffect effect) {
    const std::string words = "field " + in_quotes(field.name());
    if (field.access() == Access::write_once || field.access() == Access::read_write_once)
        return "writing back has effects: " + words + " takes only one write";
    if (effect == WriteEffect::clear || effect == WriteEffect::set || effect == WriteEffect::other)
        return "writing back has effects: any write changes " + words;
    if (!readable(field.access())) return words + " is write-only, so its value is not known";
    return {};
}

Result<Others> others_of(const Place& place, std::uint64_t named, Effects effects) {
    const Register described = place.description();
    const WriteEffect whole = described.write_effect();
    Others others;
    others.kept = low_bits(described.width()) & ~named;
    if (ignores_zeros(whole) || ignores_ones(whole)) {
        if (ignores_ones(whole)) others.ones = others.kept;
        others.kept = 0;
    } else if (whole != WriteEffect::none && effects == Effects::refuse) {
        return refused(place, "writing back has effects: any write changes it",
                       over_reset_hint(place));
    }
    for (const Field field : described.fields()) {
        const std::uint64_t mask = mask_of(field) & ~named;
        if (mask == 0 || !writable(field.access())) continue;
        const WriteEffect effect = effect_of(described, field);
        if (ignores_zeros(effect) || ignores_ones(effect)) {
            others.kept &= ~mask;
            others.ones = ignores_ones(effect) ? others.ones | mask : others.ones & ~mask;
            continue;
        }
        if (effects == Effects::accept) continue;
        if (const std::string why = why_not_kept(field, effect); !why.empty())
            return refused(place, why, over_reset_hint(place));
    }
    return others;
}

/// Bits of other fields whose value after reset is not described, as field names.
Result<void> require_reset(const Place& place, std::uint64_t kept) {
    const Register described = place.description();
    const std::uint64_t known = described.reset() ? described.reset_mask() : 0;
    for (const Field field : described.fields())
        if (writable(field.access()) && (mask_of(field) & kept & ~known) != 0)
            return refused(
                place, "the reset value of field " + in_quotes(field.name()) + " is not described",
                "set this field, too, or describe the reset value in a card file");
    return {};
}

}  // namespace

Result<void> Write::make(RegisterBus& bus) const {
    std::uint64_t image = set;
    if (reads) {
        OPENBAR_TRY(old, read(place, bus));
        image |= old & keep;
    }
    return write(place, image, bus);
}

Result<Write> plan_write(const Place& place, std::uint64_t value) {
    const Register described = place.description();
    OPENBAR_TRY(accesses, accesses_of(described));
    if (!writable(described.access()))
        return refused(place, "it is " + std::string(to_string(described.access())));
    if (value > low_bits(described.width()))
        return failure(ErrorCode::out_of_range, hex(value) + " does not fit register " +
                                                    in_quotes(place.name()) + " of " +
                                                    std::to_string(described.width()) + " bits");
    return Write{place, false, 0, value};
}

Result<Write> plan_modify(const Place& place, std::span<const Setting> settings, Effects effects) {
    const Register described = place.description();
    OPENBAR_TRY(named, combine(place, settings));
    OPENBAR_TRY(writable, plan_write(place, named.bits));
    if (!readable(described.access()))
        return refused(place, "it is write-only: it cannot be read, changed and written back",
                       over_reset_hint(place));
    if (described.reading_has_effects() && effects == Effects::refuse)
        return refused(place, "reading it has effects", over_reset_hint(place));
    OPENBAR_TRY(others, others_of(place, named.mask, effects));
    return Write{place, true, others.kept, others.ones | named.bits};
}

Result<Write> plan_over_reset(const Place& place, std::span<const Setting> settings) {
    OPENBAR_TRY(named, combine(place, settings));
    OPENBAR_TRY(writable, plan_write(place, named.bits));
    OPENBAR_TRY(others, others_of(place, named.mask, Effects::accept));
    OPENBAR_TRY(known, require_reset(place, others.kept));
    const std::uint64_t reset = place.description().reset().value_or(0);
    return Write{place, false, 0, (reset & others.kept) | others.ones | named.bits};
}

}  // namespace openbar::description
