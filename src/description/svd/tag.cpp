#include "description/svd/tag.hpp"

#include <array>
#include <cstring>

namespace openbar::description::svd {
namespace {

struct TagName {
    const char* name;
    Tag tag;
};

/// By their first letters.
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

/// For each first letter where its tag_names start; the next letter's start is their end.
constexpr std::array<std::uint8_t, 27> tag_starts = [] {
    std::array<std::uint8_t, 27> table{};
    for (std::size_t letter = 0; letter < table.size(); ++letter) {
        std::uint8_t at = 0;
        while (at < std::size(tag_names) &&
               static_cast<std::size_t>(tag_names[at].name[0] - 'a') < letter)
            ++at;
        table[letter] = at;
    }
    return table;
}();

}  // namespace

Tag tag_of(const char* name) noexcept {
    const auto letter = static_cast<unsigned>(*name - 'a');
    if (letter >= 26) return Tag::unknown;
    for (std::size_t at = tag_starts[letter]; at < tag_starts[letter + 1]; ++at)
        if (std::strcmp(tag_names[at].name + 1, name + 1) == 0) return tag_names[at].tag;
    return Tag::unknown;
}

}  // namespace openbar::description::svd
