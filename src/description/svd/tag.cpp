#include "description/svd/tag.hpp"

#include <array>
#include <string_view>

namespace openbar::description::svd {
namespace {

struct TagName {
    std::string_view name;
    Tag tag = Tag::unknown;
};

constexpr unsigned slots = 128;

constexpr TagName tag_names[] = {
    {"access", Tag::access},
    {"addressBlock", Tag::address_block},
    {"addressOffset", Tag::address_offset},
    {"addressUnitBits", Tag::address_unit_bits},
    {"alternateCluster", Tag::alternate_cluster},
    {"alternateGroup", Tag::alternate_group},
    {"alternatePeripheral", Tag::alternate_peripheral},
    {"alternateRegister", Tag::alternate_register},
    {"baseAddress", Tag::base_address},
    {"bitOffset", Tag::bit_offset},
    {"bitRange", Tag::bit_range},
    {"bitWidth", Tag::bit_width},
    {"cluster", Tag::cluster},
    {"cpu", Tag::cpu},
    {"description", Tag::description},
    {"dim", Tag::dim},
    {"dimArrayIndex", Tag::dim_array_index},
    {"dimIncrement", Tag::dim_increment},
    {"dimIndex", Tag::dim_index},
    {"displayName", Tag::display_name},
    {"endian", Tag::endian},
    {"enumeratedValue", Tag::enumerated_value},
    {"enumeratedValues", Tag::enumerated_values},
    {"field", Tag::field},
    {"fields", Tag::fields},
    {"groupName", Tag::group_name},
    {"isDefault", Tag::is_default},
    {"lsb", Tag::lsb},
    {"modifiedWriteValues", Tag::modified_write_values},
    {"msb", Tag::msb},
    {"name", Tag::name},
    {"offset", Tag::offset},
    {"peripheral", Tag::peripheral},
    {"peripherals", Tag::peripherals},
    {"readAction", Tag::read_action},
    {"register", Tag::register_},
    {"registers", Tag::registers},
    {"resetMask", Tag::reset_mask},
    {"resetValue", Tag::reset_value},
    {"size", Tag::size},
    {"usage", Tag::usage},
    {"value", Tag::value},
    {"vendor", Tag::vendor},
};

/// A hash of a name that no two of these names share.
constexpr unsigned hash_of(const char* name, std::size_t length) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
    return (at(0) * 15U + at(length - 1) * 36U + at(length / 2) * 56U +
            static_cast<unsigned>(length) * 51U) %
           slots;
}

constexpr std::array<TagName, slots> tags_by_hash = [] {
    std::array<TagName, slots> table{};
    for (const TagName& entry : tag_names)
        table[hash_of(entry.name.data(), entry.name.size())] = entry;
    return table;
}();

constexpr bool hash_is_perfect() {
    for (const TagName& entry : tag_names)
        if (tags_by_hash[hash_of(entry.name.data(), entry.name.size())].name != entry.name)
            return false;
    return true;
}
static_assert(hash_is_perfect(), "choose other factors for hash_of");

}  // namespace

Tag tag_of(const char* name) noexcept {
    const std::string_view text = name;
    if (text.empty()) return Tag::unknown;
    const TagName& candidate = tags_by_hash[hash_of(name, text.size())];
    return candidate.name == text ? candidate.tag : Tag::unknown;
}

}  // namespace openbar::description::svd
