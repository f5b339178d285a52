/// Registers of a card that is not there, which remember every access made to them.
#pragma once

#include "openbar/register_access.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace openbar::test {

class RecordingRegisters : public RegisterOperations<RecordingRegisters> {
public:
    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const {
        accesses.push_back(fmt::format("load{} {:#x}", 8 * sizeof(T), offset));
        return static_cast<T>(content[offset]);
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const {
        accesses.push_back(fmt::format("store{} {:#x} {:#x}", 8 * sizeof(T), offset, value));
        content[offset] = value;
    }

    mutable std::map<std::uint64_t, std::uint64_t> content;  ///< what is at an offset; else 0
    mutable std::vector<std::string> accesses;               ///< "load32 0x20", "store32 0x20 0x80"
};

using Accesses = std::vector<std::string>;

}  // namespace openbar::test
