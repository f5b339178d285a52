/// Which memory type the kernel really gave a mapping of device memory.
#pragma once

#include "openbar/address.hpp"
#include "openbar/region.hpp"

namespace openbar {

/// On x86 the first mapping of a physical page decides its type, and a later one that asks for
/// another gets the first one's, with success. What holds shows only in debugfs
/// (x86/pat_memtype_list, root's); `unknown` where that cannot be read. Elsewhere each mapping has
/// the type it asked for.
[[nodiscard]] MemoryType granted_memory_type(PhysicalRange range, MemoryType asked);

}  // namespace openbar
