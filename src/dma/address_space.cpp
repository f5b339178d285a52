#include "dma/address_space.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace openbar::dma {

/// What one `give` has given so far; its end takes that back.
class AddressSpace::Grant {
public:
    Grant(AddressSpace& space, std::shared_ptr<const void> keeps)
        : keeps_(std::move(keeps)), space_(space) {}
    Grant(const Grant&) = delete;
    Grant& operator=(const Grant&) = delete;
    ~Grant() {
        if (!space_.process_.is_this_one()) return;
        for (const DmaSegment& segment : segments_)
            // Addresses that may still lead to memory are not used again.
            if (space_.iommu_.unmap(segment.iova, segment.size)) space_.release(segment);
    }

    void add(const DmaSegment& segment) { segments_.push_back(segment); }

    /// With runs that follow one another made one.
    [[nodiscard]] std::vector<DmaSegment> merged() const {
        std::vector<DmaSegment> runs;
        for (const DmaSegment& segment : segments_) {
            if (!runs.empty() && runs.back().iova + runs.back().size == segment.iova)
                runs.back().size += segment.size;
            else
                runs.push_back(segment);
        }
        return runs;
    }

private:
    std::shared_ptr<const void> keeps_;
    AddressSpace& space_;
    std::vector<DmaSegment> segments_;
};

Result<DmaSegment> AddressSpace::place(std::uint64_t size, const Placement& placement) {
    const std::lock_guard guard(mutex_);
    if (const auto iova = free_.take(size, placement.alignment, placement.highest))
        return DmaSegment{*iova, size};
    const std::uint64_t longest = free_.longest_free(placement.highest);
    if (!placement.contiguous && longest != 0)
        if (const auto iova =
                free_.take(std::min(longest, size), placement.alignment, placement.highest))
            return DmaSegment{*iova, std::min(longest, size)};
    return failure(
        ErrorCode::resource_exhausted,
        fmt::format("no {:#x} bus addresses (IOVA) in a row are free up to {:#x}; the longest run "
                    "has {:#x}",
                    size, placement.highest, longest),
        longest == 0 ? "drop buffers that are not needed any more, or allow higher addresses if "
                       "the device can form them"
                     : "ask for less, for a smaller alignment, or drop buffers");
}

void AddressSpace::release(const DmaSegment& segment) {
    const std::lock_guard guard(mutex_);
    free_.give_back(segment.iova, segment.size);
}

Result<Granted> AddressSpace::give(const Pages& pages, const Placement& placement,
                                   std::shared_ptr<const void> keeps) {
    auto grant = std::make_shared<Grant>(*this, std::move(keeps));
    for (std::uint64_t done = 0; done < pages.bytes.size();) {
        OPENBAR_TRY(segment, place(pages.bytes.size() - done, placement));
        const Pages part{.bytes = pages.bytes.subspan(done, segment.size),
                         .descriptor = pages.descriptor,
                         .offset = pages.offset + done,
                         .programs = pages.programs};
        if (auto mapped = iommu_.map(segment.iova, part, placement.access); !mapped) {
            release(segment);
            return std::move(mapped).error();
        }
        grant->add(segment);
        done += segment.size;
    }
    return Granted{grant->merged(), grant};
}

}  // namespace openbar::dma
