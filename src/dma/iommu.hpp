/// What stands between a device and memory: an IOMMU behind VFIO, or the table of a simulated
/// card's server. The seam under which `AddressSpace` is tested.
#pragma once

#include "openbar/dma.hpp"
#include "openbar/result.hpp"

#include "dma/iova_range.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace openbar::dma {

/// Whole pages of this process, with the file behind them where another process can map that.
struct Pages {
    std::span<std::byte> bytes;
    int descriptor = -1;
    std::uint64_t offset = 0;  ///< of `bytes` in that file
    /// The program may unmap them, or take away the right to write, at any time: they are its own.
    bool programs = false;
};

class Iommu {
public:
    virtual ~Iommu() = default;

    /// Lets the device reach `pages` at `iova`; all multiples of the granule.
    [[nodiscard]] virtual Result<void> map(std::uint64_t iova, const Pages& pages,
                                           DeviceAccess access) = 0;
    /// Takes back exactly what one `map` gave. After an error the device may still reach it.
    [[nodiscard]] virtual Result<void> unmap(std::uint64_t iova, std::uint64_t size) = 0;
    /// The IOVAs that may be used: all but what the platform reserves.
    [[nodiscard]] virtual std::vector<IovaRange> usable() const = 0;
    /// The unit in which memory is mapped: a power of two, at least a page.
    [[nodiscard]] virtual std::uint64_t granule() const = 0;
};

}  // namespace openbar::dma
