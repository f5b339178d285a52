/// Registers at an address that the program has from elsewhere.
///
///     alignas(8) std::array<std::byte, 4096> memory{};        // mapped by other means
///     openbar::PlainRegisters registers(memory.data());
///     auto id = registers.read<edu::Identification>();
///
/// For code that maps memory by itself and wants only registers by name, and for ordinary memory
/// in a test. A `Mapping` does the same and owns its memory as well.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/register_access.hpp"
#include "openbar/volatile_access.hpp"

#include <cstddef>
#include <cstdint>

namespace openbar {

/// Does not own the memory, which must outlive it; copies are cheap. Nothing checks the bounds.
class PlainRegisters : public RegisterOperations<PlainRegisters> {
public:
    /// `base` is aligned to the widest register.
    explicit PlainRegisters(volatile void* base) noexcept
        : base_(static_cast<volatile std::byte*>(base)) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const noexcept {
        return volatile_load<T>(base_ + offset);
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const noexcept {
        volatile_store<T>(base_ + offset, value);
    }

private:
    volatile std::byte* base_;
};

}  // namespace openbar
