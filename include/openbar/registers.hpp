/// The registers of a region: mapped if possible, reached by requests otherwise.
///
///     auto registers = device.registers(0).value();          // BAR 0 of a card, or of "sim:edu"
///     registers.write<edu::Liveness>(0x12345678);
///     std::cout << registers.read<edu::Liveness>() << "\n";  // prints 0xedcba987
///
/// Most programs use this class: the same code works on a mapped BAR, a simulated card, port I/O,
/// and a BAR of which only a part can be mapped. Each access costs one branch, which the processor
/// predicts. A program that needs the bare load or store uses `device.map` (`mapping.hpp`).
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/mapping.hpp"
#include "openbar/region.hpp"
#include "openbar/register_access.hpp"
#include "openbar/request_registers.hpp"
#include "openbar/result.hpp"
#include "openbar/volatile_access.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace openbar {

/// An access that lies within the mapping is a load or store of it. Every other one is a request,
/// which checks it: an offset past the end of the region is an error in `status()` and reaches
/// nothing. Move-only, as the mapping. It keeps its device open.
///
/// Thread-safety: that of `RequestRegisters`.
class Registers : public RegisterOperations<Registers> {
public:
    /// All accesses by requests.
    explicit Registers(Region region) noexcept : requests_(std::move(region)) {}
    /// `mapping` is of the same region, or of a part of it.
    Registers(Region region, Mapping mapping) noexcept
        : base_(mapping.data()),
          first_(mapping.region_offset()),
          // So that the start of an aligned access decides about all of it.
          length_(mapping.size() & ~std::uint64_t{7}),
          mapping_(std::move(mapping)),
          requests_(std::move(region)) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const {
        if constexpr (MappedWidth<T>) {
            const std::uint64_t inside = offset - first_;
            if (inside < length_ && offset % sizeof(T) == 0) [[likely]]
                return volatile_load<T>(base_ + inside);
        }
        return requests_.load<T>(offset);
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const {
        if constexpr (MappedWidth<T>) {
            const std::uint64_t inside = offset - first_;
            if (inside < length_ && offset % sizeof(T) == 0) [[likely]]
                return volatile_store<T>(base_ + inside, value);
        }
        requests_.store<T>(offset, value);
    }

    /// The first failure of a request, or else `Mapping::status`.
    [[nodiscard]] Result<void> status() const;
    /// Forgets the failure of a request, and makes requests again.
    void restart() noexcept { requests_.restart(); }

    [[nodiscard]] const Region& region() const noexcept { return requests_.region(); }
    /// The mapping; null if all accesses are requests.
    [[nodiscard]] const Mapping* mapping() const noexcept {
        return mapping_ ? &*mapping_ : nullptr;
    }

private:
    volatile std::byte* base_ = nullptr;  // first: an access needs these three
    std::uint64_t first_ = 0;             // where in the region the mapping starts
    std::uint64_t length_ = 0;            // bytes of it, a multiple of 8; 0: no mapping
    std::optional<Mapping> mapping_;
    RequestRegisters requests_;
};

}  // namespace openbar
