/// Registers reached by requests: one to the kernel or the simulated card for each access.
///
///     openbar::MediatedRegisters registers(*device.region(0));
///     registers.write<edu::Factorial>(10);
///     auto result = registers.read<edu::Factorial>();
///     if (auto status = registers.status(); !status) return fail(status.error().message());
///
/// Registers of a simulated card and port-I/O regions have no other way in. Register code that is
/// written over `RegisterAccess` need not know.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/region.hpp"
#include "openbar/register_access.hpp"
#include "openbar/result.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace openbar {

/// A request may fail where a load cannot. Then the access reads as all ones, as on a bus, the
/// failure is kept, and no further access is made, so that a sequence that lost its footing does
/// nothing more to the device. `status()` after the sequence tells; `wait_until` returns it.
///
/// Thread-safety: one thread at a time, because of the kept failure. Copies keep their own.
class MediatedRegisters : public RegisterOperations<MediatedRegisters> {
public:
    explicit MediatedRegisters(Region region) noexcept : region_(std::move(region)) {}

    template <AccessWidth T>
    [[nodiscard]] T load(std::uint64_t offset) const {
        return static_cast<T>(load_width(offset, sizeof(T)));
    }
    template <AccessWidth T>
    void store(std::uint64_t offset, T value) const {
        store_width(offset, sizeof(T), value);
    }

    /// The first failure since the start or the last `restart`. Errors: those of `Region::read`.
    [[nodiscard]] Result<void> status() const;
    /// Forgets the failure, and makes accesses again.
    void restart() noexcept { failure_.reset(); }

    [[nodiscard]] const Region& region() const noexcept { return region_; }

private:
    [[nodiscard]] std::uint64_t load_width(std::uint64_t offset, unsigned width) const;
    void store_width(std::uint64_t offset, unsigned width, std::uint64_t value) const;

    Region region_;
    mutable std::optional<Error> failure_;  // of a load, which is const as a handle's are
};

}  // namespace openbar
