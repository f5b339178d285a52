/// Part of a file or device node in this process's address space: the one place that maps and
/// unmaps.
#pragma once

#include "openbar/region.hpp"
#include "openbar/result.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace openbar {

struct MappingLoss;

struct FileMapping {
    std::byte* base = nullptr;          ///< of the part asked for, not of its page
    std::shared_ptr<const void> owner;  ///< unmaps, then lets go of what it was told to keep
    const MappingLoss* loss = nullptr;  ///< lives as long as the owner; null: nobody looks after it
};

/// Maps `part` of `descriptor`, any offset and length, shared. `name` says what it is, "bar0 of
/// 0000:00:04.0", on standard error when the device goes (`mapping_guard.hpp`).
[[nodiscard]] Result<FileMapping> map_file(int descriptor, Range part, bool writable,
                                           const std::string& name,
                                           std::shared_ptr<const void> keeps);

}  // namespace openbar
