/// Registers reached by requests: one to the kernel or the simulated card for each access.
///
///     openbar::RequestRegisters registers(device.region(0).value());
///     registers.write<edu::Liveness>(0x12345678);
///     std::cout << registers.read<edu::Liveness>() << "\n";          // prints 0xedcba987
///     registers.status().value();                                    // throws if an access failed
///
/// Port-I/O regions have no other way in. `device.registers(0)` chooses between a mapping and
/// requests by itself.
#pragma once

#include "openbar/access_width.hpp"
#include "openbar/region.hpp"
#include "openbar/register_access.hpp"
#include "openbar/result.hpp"

#include <atomic>
#include <cstdint>
#include <utility>

namespace openbar {

/// A request may fail where a load cannot. Then the access reads as all ones, as on a bus, the
/// first failure is kept, and no further access is made, so that a sequence that cannot be
/// completed does nothing more to the device. `status()` returns the failure; `wait_until` does,
/// too.
///
/// Thread-safety: any number of threads may access and ask for the status at once; `restart`,
/// assignment and destruction must not run beside them. A copy keeps a separate failure.
class RequestRegisters : public RegisterOperations<RequestRegisters> {
public:
    explicit RequestRegisters(Region region) noexcept : region_(std::move(region)) {}
    RequestRegisters(const RequestRegisters& other);
    RequestRegisters(RequestRegisters&& other) noexcept;
    RequestRegisters& operator=(RequestRegisters other) noexcept;
    ~RequestRegisters();

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
    void restart() noexcept;

    [[nodiscard]] const Region& region() const noexcept { return region_; }

private:
    [[nodiscard]] std::uint64_t load_width(std::uint64_t offset, unsigned width) const;
    void store_width(std::uint64_t offset, unsigned width, std::uint64_t value) const;
    void keep(Error error) const;

    Region region_;
    mutable std::atomic<const Error*> failure_{nullptr};  // owned; the first failing access sets it
};

}  // namespace openbar
