/* The binary interface, as programs that were compiled once rely on it: sizes and places of members on 64-bit
   systems. A change of a number here breaks them; new members go to the end of a structure. It is C99, which
   has no static_assert. */
#include "openbar/openbar.h"

#define IS(name, condition) typedef char name[(condition) ? 1 : -1]
#define SIZE(structure, size) IS(size_of_##structure, sizeof(openbar_##structure) == (size))
#define PLACE(structure, member, place) \
    IS(place_of_##structure##_##member, offsetof(openbar_##structure, member) == (place))

SIZE(error, 48);
PLACE(error, attempted, 8);
PLACE(error, message, 32);
PLACE(error, system_error, 40);
SIZE(open_options, 8);
SIZE(device_info, 80);
PLACE(device_info, kernel_driver, 32);
PLACE(device_info, class_code, 56);
PLACE(device_info, iommu_group, 64);
PLACE(device_info, vector_kind_count, 76);
SIZE(capability, 24);
SIZE(range, 16);
SIZE(region_info, 64);
PLACE(region_info, size, 24);
PLACE(region_info, mappable_count, 60);
SIZE(map_options, 32);
PLACE(map_options, read_only, 24);
SIZE(mapping_info, 32);
PLACE(mapping_info, address, 8);
PLACE(mapping_info, region_offset, 24);
SIZE(vector_info, 16);
SIZE(interrupt_info, 24);
PLACE(interrupt_info, native_handle, 16);
SIZE(ready, 16);
PLACE(ready, count, 8);
SIZE(dma_options, 24);
SIZE(pin_options, 16);
SIZE(memory_info, 32);
PLACE(memory_info, iova, 24);
SIZE(segment, 16);
SIZE(pci_capability, 32);
PLACE(pci_capability, name, 24);
SIZE(function_info, 72);
PLACE(function_info, power_state, 32);
PLACE(function_info, iommu_group, 64);
SIZE(description_info, 32);
SIZE(register_info, 96);
PLACE(register_info, reset_mask, 48);
PLACE(register_info, bar, 56);
PLACE(register_info, field_count, 92);
SIZE(field_info, 48);
PLACE(field_info, name, 32);
SIZE(value_info, 48);
PLACE(value_info, mask, 24);
SIZE(peripheral_info, 32);
SIZE(block_info, 40);

int main(void) {
    return 0;
}
