/// The registers of a region as an emulated mapping of it sees them: each access is a request.
#pragma once

#include "base/mapping_loss.hpp"
#include "device/backend.hpp"
#include "trap/registers.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace openbar {

/// A mapped register of a card that does not answer reads as all ones, and loses what is stored. As
/// with VFIO, whose kernel takes the pages of a device away that does not decode them, it does so
/// from then on, until the region is mapped again.
class RegionRegisters final : public trap::Registers {
public:
    /// `backend` and its `region` must outlive this. `start`: where in the region the mapping
    /// begins.
    RegionRegisters(Backend& backend, const RegionInfo& region, std::uint64_t start);

    std::uint64_t load(std::uint64_t offset, unsigned width) noexcept override;
    void store(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept override;
    void begin_update() noexcept override;
    void end_update() noexcept override;

    [[nodiscard]] const MappingLoss& loss() const noexcept { return loss_; }

private:
    /// Whether there is a register; a page may reach beyond the end of its region.
    [[nodiscard]] bool is_there(std::uint64_t offset, unsigned width) const noexcept;
    void note(const Error& error) noexcept;

    Backend& backend_;
    const RegionInfo& region_;
    std::uint64_t start_;
    MappingLoss loss_;
};

}  // namespace openbar
