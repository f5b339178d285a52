/// Registers that behave as memory does, and keep a record.
#pragma once

#include "trap/registers.hpp"

#include <cstddef>
#include <cstring>
#include <vector>

namespace openbar::trap::testing {

struct Access {
    bool store = false;
    std::uint64_t offset = 0;
    unsigned width = 0;
    std::uint64_t value = 0;
    friend bool operator==(const Access&, const Access&) = default;
};

class PlainRegisters final : public Registers {
public:
    explicit PlainRegisters(std::size_t size) : bytes(size) { accesses.reserve(1 << 16); }

    std::uint64_t load(std::uint64_t offset, unsigned width) noexcept override {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data() + offset, width);
        accesses.push_back({false, offset, width, value});
        return value;
    }
    void store(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept override {
        std::memcpy(bytes.data() + offset, &value, width);
        if (width < 8) value &= (std::uint64_t{1} << 8 * width) - 1;
        accesses.push_back({true, offset, width, value});
    }

    std::vector<std::byte> bytes;
    std::vector<Access> accesses;
};

}  // namespace openbar::trap::testing
