#include "simulator/models/described/register_file.hpp"

#include "description/numbers.hpp"

#include <bit>
#include <cstdio>
#include <utility>

namespace openbar::simulator {
namespace {

using description::Access;
using description::low_bits;
using description::ReadEffect;
using description::WriteEffect;

std::string hexadecimal_text(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string access_text(bool writing, description::Region region, std::uint64_t offset,
                        unsigned width) {
    return std::string(writing ? "write of " : "read of ") + std::to_string(width) + " bytes at " +
           (region.name().empty() ? "" : std::string(region.name()) + " + ") +
           hexadecimal_text(offset);
}

std::uint64_t swapped_bytes(std::uint64_t value, unsigned width) noexcept {
    return std::byteswap(value) >> (64 - 8 * width);
}

/// Bits that one write effect is described for.
struct EffectBits {
    WriteEffect effect = WriteEffect::none;
    Access access = Access::read_write;
    std::uint64_t bits = 0;
};

/// The value after `written` was written to these bits.
std::uint64_t after_write(std::uint64_t old, std::uint64_t written, const EffectBits& part) {
    const std::uint64_t ones = written & part.bits;
    const std::uint64_t zeros = ~written & part.bits;
    switch (part.effect) {
        case WriteEffect::one_to_clear: return old & ~ones;
        case WriteEffect::one_to_set: return old | ones;
        case WriteEffect::one_to_toggle: return old ^ ones;
        case WriteEffect::zero_to_clear: return old & ~zeros;
        case WriteEffect::zero_to_set: return old | zeros;
        case WriteEffect::zero_to_toggle: return old ^ zeros;
        case WriteEffect::clear: return old & ~part.bits;
        case WriteEffect::set: return old | part.bits;
        case WriteEffect::none:
        case WriteEffect::other: break;
    }
    return (old & ~part.bits) | ones;
}

/// The fields of a register, as bits with an effect; of one without fields all bits.
std::vector<EffectBits> parts_of(description::Register described) {
    const auto effect_or = [&](WriteEffect effect) {
        return effect != WriteEffect::none ? effect : described.write_effect();
    };
    std::vector<EffectBits> parts;
    for (const description::Field field : described.fields())
        parts.push_back(
            {effect_or(field.write_effect()), field.access(), description::mask_of(field)});
    if (parts.empty())
        parts.push_back(
            {described.write_effect(), described.access(), low_bits(described.width())});
    return parts;
}

std::uint64_t described_bits(const std::vector<EffectBits>& parts) noexcept {
    std::uint64_t bits = 0;
    for (const EffectBits& part : parts) bits |= part.bits;
    return bits;
}

std::uint64_t reset_value(description::Register described) noexcept {
    return described.reset().value_or(0) & described.reset_mask() & low_bits(described.width());
}

/// The value after it was read as `value`, of which these bits were read.
std::uint64_t after_read(description::Register described, std::uint64_t value,
                         std::uint64_t touched) {
    const auto apply = [&](ReadEffect effect, std::uint64_t bits) {
        if (effect == ReadEffect::clear) value &= ~(bits & touched);
        if (effect == ReadEffect::set) value |= bits & touched;
    };
    if (described.fields().empty() || described.read_effect() != ReadEffect::none)
        apply(described.read_effect(), low_bits(described.width()));
    for (const description::Field field : described.fields())
        apply(field.read_effect(), description::mask_of(field));
    return value;
}

/// Bits that read as something: write-only fields read as 0.
std::uint64_t readable_bits(description::Register described) {
    std::uint64_t bits = low_bits(described.width());
    for (const description::Field field : described.fields())
        if (!readable(field.access())) bits &= ~description::mask_of(field);
    return bits;
}

}  // namespace

std::size_t RegisterFile::Hash::operator()(const Key& key) const noexcept {
    std::uint64_t mixed = key.offset * 0x9e3779b97f4a7c15u;
    mixed ^= (std::uint64_t{key.described} << 8 | key.region) * 0xc2b2ae3d27d4eb4fu;
    return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

RegisterFile::RegisterFile(const openbar::Description& card, Report report)
    : card_(card), report_(std::move(report)) {}

void RegisterFile::report(const std::string& words) const {
    if (report_) report_(words);
}

RegisterFile::Key RegisterFile::key_of(const description::Place& place) noexcept {
    return {place.region().index(), place.description().index(), place.offset()};
}

std::uint64_t RegisterFile::current(const description::Place& place) const {
    const auto found = values_.find(key_of(place));
    return found != values_.end() ? found->second : reset_value(place.description());
}

std::uint64_t& RegisterFile::value_of(const description::Place& place) {
    return values_.try_emplace(key_of(place), reset_value(place.description())).first->second;
}

/// The register whose value a write changes: CTRL, of CTRL_SET.
description::Place RegisterFile::target_of(const description::Place& place) const {
    const std::string target(place.description().target());
    if (target.empty()) return place;
    const std::size_t point = place.name().rfind('.');
    const std::string beside =
        (point == std::string::npos ? "" : place.name().substr(0, point + 1)) + target;
    const std::string region(place.region().name());
    for (const std::string& name :
         {region.empty() ? beside : region + "." + beside, beside, target})
        if (auto found = card_.find_register(name)) return *std::move(found);
    report(place.name() + ": there is no " + target + " that a write would change");
    return place;
}

std::optional<RegisterFile::Touched> RegisterFile::find(description::Region region,
                                                        std::uint64_t offset, unsigned width,
                                                        bool for_writing) {
    const std::string what = access_text(for_writing, region, offset, width);
    const auto places = card_.at(region, offset);
    std::string why = "no register is described there";
    for (const description::Place& place : places) {
        const description::Register described = place.description();
        const auto accesses = description::accesses_of(described);
        const std::uint64_t inside = offset - place.offset();
        if (!accesses) {
            why = accesses.error().cause;
        } else if (width != accesses->width || inside % accesses->stride != 0) {
            why = place.name() + " takes accesses of " + std::to_string(accesses->width) +
                  " bytes at its start";
            if (accesses->count > 1) why += ", one for each of its words";
        } else if (for_writing ? !writable(described.access()) : !readable(described.access())) {
            why = place.name() + " is " + std::string(to_string(described.access()));
        } else {
            const bool big = described.byte_order() == description::ByteOrder::big;
            const auto index = static_cast<unsigned>(inside / accesses->stride);
            const unsigned shift =
                (big ? accesses->count - 1 - index : index) * described.access_width();
            return Touched{
                place, low_bits(described.access_width()) << shift & low_bits(described.width()),
                shift, big && accesses->count == 1};
        }
    }
    report(what + ": " + why);
    return std::nullopt;
}

std::uint64_t RegisterFile::read(description::Region region, std::uint64_t offset, unsigned width) {
    const auto touched = find(region, offset, width, false);
    if (!touched) return low_bits(8 * width);
    const description::Register described = touched->place.description();
    std::uint64_t value = current(touched->place);
    if (const auto hook = read_hooks_.find(key_of(touched->place)); hook != read_hooks_.end())
        value = hook->second(value);
    else if (described.reading_has_effects())
        value_of(touched->place) = after_read(described, value, touched->bits);
    const std::uint64_t word = (value & readable_bits(described) & touched->bits) >> touched->shift;
    return touched->swapped ? swapped_bytes(word, width) : word;
}

void RegisterFile::apply_write(const Touched& touched, std::uint64_t written) {
    const description::Place target = target_of(touched.place);
    const auto parts = parts_of(touched.place.description());
    const std::uint64_t before = current(target);
    std::uint64_t value = before;
    for (EffectBits part : parts) {
        part.bits &= touched.bits;
        const bool once =
            part.access == Access::write_once || part.access == Access::read_write_once;
        if (!writable(part.access) || (once && written_once_.contains(key_of(touched.place))))
            continue;
        value = after_write(value, written, part);
    }
    const std::uint64_t undescribed = touched.bits & ~described_bits(parts);
    if (const std::uint64_t changed = (written ^ before) & undescribed; changed != 0)
        report("write of " + hexadecimal_text(written) + " to " + touched.place.name() +
               ": changes bits that are not described: " + hexadecimal_text(changed));
    written_once_.insert(key_of(touched.place));
    value_of(target) = value;
    if (const auto hook = write_hooks_.find(key_of(touched.place)); hook != write_hooks_.end())
        hook->second(written, before);
}

void RegisterFile::write(description::Region region, std::uint64_t offset, unsigned width,
                         std::uint64_t value) {
    const auto touched = find(region, offset, width, true);
    if (!touched) return;
    value &= low_bits(8 * width);
    if (touched->swapped) value = swapped_bytes(value, width);
    const std::uint64_t others = current(touched->place) & ~touched->bits;
    apply_write(*touched, others | (value << touched->shift & touched->bits));
}

void RegisterFile::reset() {
    values_.clear();
    written_once_.clear();
}

std::uint64_t RegisterFile::get(std::string_view name) const {
    const auto named = description::find_named(card_, name).value();
    const std::uint64_t value = current(named.places.front());
    return named.fields.empty() ? value : description::value_of(named.fields.front(), value);
}

void RegisterFile::set(std::string_view name, std::uint64_t value) {
    const auto named = description::find_named(card_, name).value();
    std::uint64_t& stored = value_of(named.places.front());
    if (named.fields.empty()) {
        stored = value & low_bits(named.places.front().description().width());
        return;
    }
    const description::Field field = named.fields.front();
    const std::uint64_t mask = description::mask_of(field);
    stored = (stored & ~mask) | (value << field.low() & mask);
}

void RegisterFile::on_read(std::string_view name, ReadHook hook) {
    read_hooks_[key_of(card_.find_register(name).value())] = std::move(hook);
}

void RegisterFile::on_write(std::string_view name, WriteHook hook) {
    write_hooks_[key_of(card_.find_register(name).value())] = std::move(hook);
}

}  // namespace openbar::simulator
