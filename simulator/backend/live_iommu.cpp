#include "simulator/backend/live_iommu.hpp"

#include "base/failure.hpp"
#include "base/guarded_copy.hpp"
#include "base/page.hpp"

#include <cstring>
#include <memory>

namespace openbar {
namespace {

/// Memory of this program's, where it lies.
class ProgramMemory final : public simulator::DmaMemory {
public:
    explicit ProgramMemory(const dma::Pages& pages) noexcept
        : bytes_(pages.bytes), guarded_(pages.programs) {}

    bool read(std::uint64_t offset, std::span<std::byte> destination) override {
        const auto part = bytes_.subspan(static_cast<std::size_t>(offset), destination.size());
        if (guarded_) return guarded_read(destination, part) == 0;
        std::memcpy(destination.data(), part.data(), part.size());
        return true;
    }
    bool write(std::uint64_t offset, std::span<const std::byte> source) override {
        const auto part = bytes_.subspan(static_cast<std::size_t>(offset), source.size());
        // It is only read.
        const std::span ours(const_cast<std::byte*>(source.data()), source.size());
        if (guarded_) return guarded_write(part, ours) == 0;
        std::memcpy(part.data(), source.data(), source.size());
        return true;
    }

private:
    std::span<std::byte> bytes_;
    bool guarded_;
};

Error refused(simulator::DmaWindows::Refusal refusal) {
    using Refusal = simulator::DmaWindows::Refusal;
    if (refusal == Refusal::too_many)
        return failure(ErrorCode::resource_exhausted,
                       "the card keeps no more pieces of memory at one time",
                       "drop buffers that are not needed any more");
    return failure(ErrorCode::busy, "its bus addresses are taken");
}

}  // namespace

Result<void> LiveIommu::map(std::uint64_t iova, const dma::Pages& pages, DeviceAccess access) {
    OPENBAR_TRY(card, card_.use());
    const auto refusal = card->dma().check(iova, pages.bytes.size());
    if (refusal != simulator::DmaWindows::Refusal::none) return refused(refusal);
    const auto bits = static_cast<unsigned>(access);
    card->dma().map(iova, pages.bytes.size(),
                    {.readable = (bits & static_cast<unsigned>(DeviceAccess::read)) != 0,
                     .writable = (bits & static_cast<unsigned>(DeviceAccess::write)) != 0},
                    std::make_unique<ProgramMemory>(pages));
    return {};
}

Result<void> LiveIommu::unmap(std::uint64_t iova, std::uint64_t size) {
    OPENBAR_TRY(card, card_.use());
    if (card->dma().unmap(iova, size)) return {};
    return failure(ErrorCode::not_found, "the card was never given exactly this");
}

// What every x86 platform reserves, where messages go: Intel VT-d specification, section 3.14.
std::vector<dma::IovaRange> LiveIommu::usable() const {
    return {{0, 0xfedf'ffff}, {0xfef0'0000, UINT64_MAX}};
}

std::uint64_t LiveIommu::granule() const {
    return page_size();
}

}  // namespace openbar
