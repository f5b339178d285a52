// Registers, fields and values of a description.
#include "openbar/card_files.hpp"

#include "c/handles.hpp"
#include "c/last_error.hpp"
#include "c/structures.hpp"

namespace openbar::c {
namespace {

using description::Access;
using description::ByteOrder;
using description::ReadEffect;
using description::WriteEffect;

static_assert(static_cast<int>(Access::read_write_once) == OPENBAR_ACCESS_READ_WRITE_ONCE);
static_assert(static_cast<int>(ReadEffect::other) == OPENBAR_READ_EFFECT_OTHER);
static_assert(static_cast<int>(WriteEffect::other) == OPENBAR_WRITE_EFFECT_OTHER);
static_assert(static_cast<int>(ByteOrder::big) == OPENBAR_BIG_ENDIAN);

template <typename Property>
constexpr std::uint32_t number(Property property) noexcept {
    return static_cast<std::uint32_t>(property);
}

Result<void> give_description(openbar_description* out, Description description) {
    OPENBAR_TRY(card, CardDescription::from(std::move(description)));
    *out = handles::add(std::move(card));
    return {};
}

Result<void> read_description(const char* file, openbar_description* out) {
    OPENBAR_TRY(name, text_from(file, "the name of the file"));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    const std::filesystem::path path(
        std::u8string(reinterpret_cast<const char8_t*>(name.data()), name.size()));
    OPENBAR_TRY(description, Description::read(path));
    return give_description(out, std::move(description));
}

Result<void> find_description(openbar_device handle, openbar_description* out) {
    OPENBAR_TRY(opened, handles::find<OpenDevice>(handle));
    OPENBAR_TRY(checked, check_pointer(out, "the output pointer"));
    const auto& identity = opened->device.info().identity;
    if (!identity)
        return failure(ErrorCode::not_found, "the device has no PCI ids to find a card file by",
                       "read a file by openbar_read_description");
    OPENBAR_TRY(description, find_card({identity->vendor, identity->device,
                                        identity->subsystem_vendor, identity->subsystem}));
    return give_description(out, std::move(description));
}

Result<void> get_info(openbar_description handle, openbar_description_info* out) {
    OPENBAR_TRY(card, handles::find<CardDescription>(handle));
    const Description& description = card->description();
    openbar_description_info info{};
    info.register_count = static_cast<std::uint32_t>(card->registers().size());
    info.name = card->keep(description.name());
    info.vendor = card->keep(description.vendor());
    info.format = card->keep(description::to_string(description.format()));
    return give(out, info);
}

Result<void> give_register(CardDescription& card, std::uint32_t position,
                           openbar_register_info* out) {
    OPENBAR_TRY(checked, check_position(position, card.registers().size(), "registers"));
    const description::Place& place = card.registers()[position];
    const description::Register described = place.description();
    openbar_register_info info{};
    info.position = position;
    info.name = place.name().c_str();
    info.region = card.keep(place.region().name());
    info.about = card.keep(described.documentation());
    info.offset = place.offset();
    info.reset = described.reset().value_or(0);
    info.reset_mask = described.reset() ? described.reset_mask() : 0;
    info.bar = place.region().bar() ? static_cast<std::int32_t>(*place.region().bar()) : -1;
    info.width = described.width();
    info.access_width = described.access_width();
    info.word_stride = described.word_stride();
    info.byte_order = number(described.byte_order());
    info.access = number(described.access());
    info.read_effect = number(described.read_effect());
    info.write_effect = number(described.write_effect());
    info.reading_has_effects = described.reading_has_effects();
    info.field_count = static_cast<std::uint32_t>(described.fields().size());
    return give(out, info);
}

Result<void> find_register(openbar_description handle, const char* name,
                           openbar_register_info* out) {
    OPENBAR_TRY(card, handles::find<CardDescription>(handle));
    OPENBAR_TRY(text, text_from(name, "the name"));
    OPENBAR_TRY(place, card->description().find_register(text));
    return give_register(*card, card->position_of(place), out);
}

Result<description::Field> field_of(const CardDescription& card, std::uint32_t register_position,
                                    std::uint32_t field_position) {
    OPENBAR_TRY(checked, check_position(register_position, card.registers().size(), "registers"));
    const auto fields = card.registers()[register_position].description().fields();
    OPENBAR_TRY(checked_field, check_position(field_position, fields.size(), "fields"));
    return fields[field_position];
}

std::uint32_t count_values(const description::Field& field) noexcept {
    std::size_t count = 0;
    for (const auto enumeration : field.enumerations()) count += enumeration.values().size();
    return static_cast<std::uint32_t>(count);
}

Result<void> get_field(openbar_description handle, std::uint32_t register_position,
                       std::uint32_t field_position, openbar_field_info* out) {
    OPENBAR_TRY(card, handles::find<CardDescription>(handle));
    OPENBAR_TRY(field, field_of(*card, register_position, field_position));
    openbar_field_info info{};
    info.low = field.low();
    info.width = field.width();
    info.access = number(field.access());
    info.read_effect = number(field.read_effect());
    info.write_effect = number(field.write_effect());
    info.value_count = count_values(field);
    info.name = card->keep(field.name());
    info.about = card->keep(field.documentation());
    return give(out, info);
}

Result<void> get_value(openbar_description handle, std::uint32_t register_position,
                       std::uint32_t field_position, std::uint32_t value_position,
                       openbar_value_info* out) {
    OPENBAR_TRY(card, handles::find<CardDescription>(handle));
    OPENBAR_TRY(field, field_of(*card, register_position, field_position));
    OPENBAR_TRY(checked, check_position(value_position, count_values(field), "values"));
    std::size_t left = value_position;
    for (const auto enumeration : field.enumerations()) {
        if (left >= enumeration.values().size()) {
            left -= enumeration.values().size();
            continue;
        }
        const description::Value value = enumeration.values()[left];
        return give(out, {0, value.is_default(), enumeration.for_reading(),
                          enumeration.for_writing(), value.value(), value.mask(),
                          card->keep(value.name()), card->keep(value.documentation())});
    }
    return {};
}

}  // namespace
}  // namespace openbar::c

using namespace openbar::c;

openbar_code openbar_read_description(const char* file, openbar_description* description) {
    return call("read a description", [&] { return read_description(file, description); });
}

openbar_code openbar_find_description(openbar_device device, openbar_description* description) {
    return call("find the description of a device",
                [&] { return find_description(device, description); });
}

openbar_code openbar_description_get_info(openbar_description description,
                                          openbar_description_info* info) {
    return call("get the information of a description",
                [&] { return get_info(description, info); });
}

openbar_code openbar_description_get_register(openbar_description description, uint32_t position,
                                              openbar_register_info* info) {
    return call("get a register of a description", [&]() -> openbar::Result<void> {
        OPENBAR_TRY(card, handles::find<CardDescription>(description));
        return give_register(*card, position, info);
    });
}

openbar_code openbar_find_register(openbar_description description, const char* name,
                                   openbar_register_info* info) {
    return call("find a register", [&] { return find_register(description, name, info); });
}

openbar_code openbar_register_get_field(openbar_description description, uint32_t register_position,
                                        uint32_t field_position, openbar_field_info* info) {
    return call("get a field of a register",
                [&] { return get_field(description, register_position, field_position, info); });
}

openbar_code openbar_field_get_value(openbar_description description, uint32_t register_position,
                                     uint32_t field_position, uint32_t value_position,
                                     openbar_value_info* info) {
    return call("get a value of a field", [&] {
        return get_value(description, register_position, field_position, value_position, info);
    });
}
