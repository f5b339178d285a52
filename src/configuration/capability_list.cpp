#include "configuration/capability_list.hpp"

#include "openbar/pci_registers.hpp"

#include "base/failure.hpp"
#include "configuration/capability_names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace openbar::configuration {
namespace {

Error broken(std::string cause) {
    return failure(ErrorCode::protocol, std::move(cause),
                   "the device, or what simulates it, is at fault; a device that is powered down "
                   "reads as all ones");
}

/// A read of the walk's that keeps the error of one that failed.
class KeepingRead {
public:
    explicit KeepingRead(const Read& read) : read_(read) {}

    bool operator()(std::uint32_t offset, unsigned width, std::uint32_t& value) {
        auto given = read_(offset, width);
        if (!given) {
            failure_ = std::move(given).error();
            return false;
        }
        value = static_cast<std::uint32_t>(*given);
        return true;
    }
    [[nodiscard]] Result<void> outcome(pci::ListWalk walk) {
        switch (walk.end) {
            case pci::ListEnd::complete:
            case pci::ListEnd::stopped: return {};
            case pci::ListEnd::unreadable: return std::move(failure_);
            case pci::ListEnd::into_header:
                return broken(fmt::format("it points into the header, at {:#x}", walk.offset));
            case pci::ListEnd::outside:
                return broken(fmt::format("it points outside, to {:#x}", walk.offset));
            case pci::ListEnd::circle:
                return broken(fmt::format("it runs in a circle at {:#x}", walk.offset));
        }
        return {};
    }

private:
    const Read& read_;
    Error failure_;
};

}  // namespace

Result<std::vector<PciCapability>> walk_capabilities(const Read& read, std::uint64_t size) {
    std::vector<PciCapability> found;
    const auto keep = [&](const pci::CapabilityPlace& place) {
        found.push_back({place.id, place.offset, place.extended, place.version,
                         capability_name(place.id, place.extended)});
        return true;
    };
    KeepingRead keeping(read);
    OPENBAR_TRY(conventional, keeping.outcome(pci::walk_capabilities(keeping, keep)));
    const auto bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(size, pci::express_size));
    OPENBAR_TRY(extended, keeping.outcome(pci::walk_extended_capabilities(bytes, keeping, keep)));
    return found;
}

Result<std::optional<MsixTable>> find_msix_table(const Read& read) {
    OPENBAR_TRY(capabilities, walk_capabilities(read, pci::conventional_size));
    const auto found = std::ranges::find(capabilities, pci::capability::msix, &PciCapability::id);
    if (found == capabilities.end()) return std::nullopt;
    OPENBAR_TRY(control, read(found->offset + pci::msix_control, 2));
    OPENBAR_TRY(place, read(found->offset + pci::msix_table, 4));
    const std::uint64_t vectors = (control & pci::msix_table_size) + 1;
    return MsixTable{static_cast<RegionIndex>(place & pci::msix_bar),
                     {place & ~std::uint64_t{pci::msix_bar}, pci::msix_entry_size * vectors}};
}

}  // namespace openbar::configuration
