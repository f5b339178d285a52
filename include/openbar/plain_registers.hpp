/// Registers at an address that the program has mapped itself.
///
///     alignas(8) std::array<std::byte, 4096> memory{};        // mapped by other means
///     openbar::PlainRegisters registers(memory.data());
///     auto id = registers.read<edu::Identification>();
///
/// For code that maps memory itself and needs only registers by name, and for ordinary memory in a
/// test. A `Mapping` has the same operations and owns its memory.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/register_access.hpp"
#include "openbar/volatile_access.hpp"

#include <cstddef>
#include <cstdint>

namespace openbar {

/// Does not own the memory, which must outlive it. Copies are cheap. The bounds are not checked.
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
