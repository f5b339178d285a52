/// Names of CMSIS-SVD elements as numbers, to switch on: a large file has millions of them.
#pragma once

#include <cstdint>

namespace openbar::description::svd {

enum class Tag : std::uint8_t {
    unknown,
    access,
    address_block,
    address_offset,
    address_unit_bits,
    alternate_cluster,
    alternate_group,
    alternate_peripheral,
    alternate_register,
    base_address,
    bit_offset,
    bit_range,
    bit_width,
    cluster,
    cpu,
    description,
    dim,
    dim_array_index,
    dim_increment,
    dim_index,
    display_name,
    endian,
    enumerated_value,
    enumerated_values,
    field,
    fields,
    group_name,
    is_default,
    lsb,
    modified_write_values,
    msb,
    name,
    offset,
    peripheral,
    peripherals,
    read_action,
    register_,
    registers,
    reset_mask,
    reset_value,
    size,
    usage,
    value,
    vendor,
};

/// The tag of a name that `XmlFile` keeps: with readable characters behind it.
[[nodiscard]] Tag tag_of(const char* name) noexcept;

}  // namespace openbar::description::svd
