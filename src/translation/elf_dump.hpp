/// The contents of an ELF core dump of a computer's memory.
#pragma once

#include "openbar/result.hpp"

#include "translation/memory_dump.hpp"

#include <string>

namespace openbar {

/// Reads the headers; the pieces point into `bytes`. Errors as of PhysicalMemory::open.
Result<MemoryDump> read_elf_dump(std::span<const std::byte> bytes);

/// "AArch64", or "machine 4711" for one without a name here.
std::string machine_name(std::uint16_t machine);
/// Whether tables of this machine are those of x86; so are those of a dump that does not say.
bool is_x86(std::uint16_t machine) noexcept;

}  // namespace openbar
