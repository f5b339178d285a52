#include "description/svd/tag.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace openbar::description::svd {
namespace {

struct TagName {
    std::string_view name;
    Tag tag = Tag::unknown;
};

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

/// The first characters of a name as two numbers; NULs behind a shorter one.
struct Key {
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    [[nodiscard]] constexpr bool operator==(const Key&) const = default;
};

constexpr std::size_t key_length = 2 * sizeof(std::uint64_t);
constexpr unsigned slot_bits = 7;

constexpr Key key_of(std::string_view name) noexcept {
    std::array<char, key_length> characters{};
    for (std::size_t i = 0; i < std::min(name.size(), key_length); ++i) characters[i] = name[i];
    return std::bit_cast<Key>(characters);
}

/// No two of these names share a slot.
constexpr std::size_t slot_of(Key key) noexcept {
    constexpr std::uint64_t factor = 0x3c688c4b24bd9e93;
    const std::uint64_t second = key.second * factor;
    return static_cast<std::size_t>((key.first * factor + (second ^ second >> 1U)) >>
                                    (64 - slot_bits));
}

struct Slot {
    Key key;
    const char* rest = "";  ///< behind the key's characters
    Tag tag = Tag::unknown;
};

constexpr std::array<Slot, 1U << slot_bits> tags_by_key = [] {
    std::array<Slot, 1U << slot_bits> table{};
    for (const TagName& entry : tag_names)
        table[slot_of(key_of(entry.name))] = {
            key_of(entry.name), entry.name.data() + std::min(entry.name.size(), key_length),
            entry.tag};
    return table;
}();

constexpr bool all_have_slots() {
    for (const TagName& entry : tag_names)
        if (tags_by_key[slot_of(key_of(entry.name))].tag != entry.tag) return false;
    return true;
}
static_assert(std::endian::native == std::endian::little && all_have_slots(),
              "choose another factor for slot_of");

/// Eight characters, those from a NUL on as NULs.
std::uint64_t load(const char* text, bool& ends) noexcept {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    const std::uint64_t nul = (word - ones) & ~word & (ones << 7U);
    ends = nul != 0;
    return ends ? word & (((nul & -nul) >> 7U) - 1) : word;
}

}  // namespace

Tag tag_of(const char* name) noexcept {
    if (*name == '\0') return Tag::unknown;  // text, whose name stands nowhere
    Key key;
    bool ends = false;
    key.first = load(name, ends);
    if (!ends) key.second = load(name + sizeof key.first, ends);
    const Slot& slot = tags_by_key[slot_of(key)];
    if (slot.key != key) return Tag::unknown;
    return ends || std::strcmp(name + key_length, slot.rest) == 0 ? slot.tag : Tag::unknown;
}

}  // namespace openbar::description::svd
