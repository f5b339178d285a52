/// A device with the description of its registers, for commands that take their names.
///
///     OPENBAR_TRY(device, DescribedDevice::open(arguments));
///     OPENBAR_TRY(named, device.find("STATUS"));
///     OPENBAR_TRY(bus, device.bus(named.places.front(), Direction::read));
///     OPENBAR_TRY(value, description::read(named.places.front(), bus));
///
/// Opening it accesses no register.
#pragma once

#include "openbar/described_registers.hpp"
#include "openbar/device.hpp"

#include "cli/support/command_line.hpp"
#include "cli/support/region_access.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::cli {

/// What commands that take names have in common.
struct NameArguments {
    DeviceAddress device;
    std::optional<RegionIndex> region{};  ///< where the command line names it
    std::string card{};                   ///< --card: a file; empty: found by the PCI ids
    bool with_effects = false;
    bool requests = false;
    OpenOptions open{};

    [[nodiscard]] description::Effects effects() const noexcept {
        return with_effects ? description::Effects::accept : description::Effects::refuse;
    }
};

/// --card and --with-effects.
void add_name_options(CommandLine& line, NameArguments& arguments);
/// Throws WrongUsage if one of them is given, where no names are.
void refuse_name_options(const NameArguments& arguments);

/// The accesses of one register, which were checked against its region.
class PlaceBus final : public description::RegisterBus {
public:
    explicit PlaceBus(RegionAccess access) : access_(std::move(access)) {}
    [[nodiscard]] Result<std::uint64_t> load(std::uint64_t offset, unsigned width) override;
    [[nodiscard]] Result<void> store(std::uint64_t offset, unsigned width,
                                     std::uint64_t value) override;

private:
    RegionAccess access_;
};

class DescribedDevice {
public:
    [[nodiscard]] static Result<DescribedDevice> open(const NameArguments& arguments);
    /// `region` is the one that the command line names.
    DescribedDevice(Device device, Description card, std::optional<RegionIndex> region,
                    bool requests = false)
        : device_(std::move(device)),
          card_(std::move(card)),
          region_(region),
          requests_(requests) {}

    [[nodiscard]] const Device& device() const noexcept { return device_; }
    [[nodiscard]] const Description& card() const noexcept { return card_; }

    /// `name` as the description has it: with the region in front if the command line names one.
    [[nodiscard]] std::string scoped(std::string_view name) const;
    [[nodiscard]] Result<description::Named> find(std::string_view name) const;
    /// The writes that these assignments ask for; `description::parse_writes` documents them.
    [[nodiscard]] Result<std::vector<description::Write>> plan(
        const std::vector<std::string>& assignments, description::Effects effects) const;
    /// The region of the device that a described region stands for. Files that do not name regions
    /// describe the one of the command line, or the only memory BAR.
    [[nodiscard]] Result<RegionIndex> region_of(description::Region region) const;
    /// Checks that the register lies within its region, before anything is accessed.
    [[nodiscard]] Result<PlaceBus> bus(const description::Place& place, Direction direction) const;

private:
    Device device_;
    Description card_;
    std::optional<RegionIndex> region_;
    bool requests_;
};

/// The description for a device: from `file` if one is given, else by its PCI ids.
[[nodiscard]] Result<Description> card_of(const DeviceInfo& device, const std::string& file);

}  // namespace openbar::cli
