/// Dumps in LiME's format, which AVML writes as well: ranges of memory, each behind a header.
#pragma once

#include "openbar/result.hpp"

#include "translation/memory_dump.hpp"

namespace openbar {

bool is_lime_dump(std::span<const std::byte> bytes) noexcept;

/// Reads the headers; the pieces point into `bytes`. Errors as of PhysicalMemory::open.
Result<MemoryDump> read_lime_dump(std::span<const std::byte> bytes);

}  // namespace openbar
