/// The windows of a card in this program as the IOMMU that they stand for.
#pragma once

#include "dma/iommu.hpp"
#include "simulator/host/live_card.hpp"

namespace openbar {

class LiveIommu final : public dma::Iommu {
public:
    explicit LiveIommu(simulator::LiveCard& card) : card_(card) {}

    Result<void> map(std::uint64_t iova, const dma::Pages& pages, DeviceAccess access) override;
    Result<void> unmap(std::uint64_t iova, std::uint64_t size) override;
    [[nodiscard]] std::vector<dma::IovaRange> usable() const override;
    [[nodiscard]] std::uint64_t granule() const override;

private:
    simulator::LiveCard& card_;
};

}  // namespace openbar
