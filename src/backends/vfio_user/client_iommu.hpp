/// The server's table of this client's memory as the IOMMU that it stands for.
#pragma once

#include "base/page.hpp"
#include "dma/iommu.hpp"
#include "vfio_user/client_implementation.hpp"

#include <algorithm>

namespace openbar {

class ClientIommu final : public dma::Iommu {
public:
    explicit ClientIommu(vfio_user::Client::Implementation& client) : client_(client) {}

    Result<void> map(std::uint64_t iova, const dma::Pages& pages, DeviceAccess access) override {
        return client_.dma_map(iova, pages.bytes, static_cast<vfio_user::DmaAccess>(access),
                               pages.descriptor, pages.offset);
    }
    Result<void> unmap(std::uint64_t iova, std::uint64_t size) override {
        return client_.dma_unmap(iova, size);
    }
    /// The protocol reserves none, and no simulated card sends its interrupts to an address.
    [[nodiscard]] std::vector<dma::IovaRange> usable() const override { return {{0, UINT64_MAX}}; }
    [[nodiscard]] std::uint64_t granule() const override {
        const std::uint64_t sizes = client_.negotiated.page_sizes;
        return std::max(page_size(), sizes & (~sizes + 1));
    }

private:
    vfio_user::Client::Implementation& client_;
};

static_assert(static_cast<unsigned>(DeviceAccess::read_write) ==
              static_cast<unsigned>(vfio_user::DmaAccess::read_write));
static_assert(static_cast<unsigned>(DeviceAccess::read) ==
              static_cast<unsigned>(vfio_user::DmaAccess::read));

}  // namespace openbar
