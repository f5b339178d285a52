#include "dma/iova_allocator.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace openbar::dma {
namespace {

constexpr std::uint64_t all_addresses = std::numeric_limits<std::uint64_t>::max();

/// Address widths that devices and IOMMUs come with.
constexpr std::array<std::uint64_t, 5> limits = {(1ull << 32) - 1, (1ull << 39) - 1,
                                                 (1ull << 48) - 1, (1ull << 57) - 1, all_addresses};

}  // namespace

IovaAllocator::IovaAllocator(const std::vector<IovaRange>& usable, std::uint64_t granule)
    : granule_(granule) {
    const std::uint64_t mask = granule - 1;
    for (IovaRange range : usable) {
        range.first = std::max(range.first, granule);
        if (range.first > all_addresses - mask) continue;
        range.first = (range.first + mask) & ~mask;
        if ((range.last & mask) != mask) {
            if (range.last < mask) continue;
            range.last = ((range.last + 1) & ~mask) - 1;
        }
        if (range.first < range.last) insert(range);
    }
}

// All sums below stay within a range that exists, and so cannot wrap.
std::optional<std::uint64_t> IovaAllocator::find(std::uint64_t size, std::uint64_t alignment,
                                                 std::uint64_t highest) const {
    for (auto range = free_.rbegin(); range != free_.rend(); ++range) {
        const std::uint64_t first = range->first;
        const std::uint64_t last = std::min(range->second, highest);
        if (last < first || last - first < size - 1) continue;
        const std::uint64_t start = (last - (size - 1)) & ~(alignment - 1);
        if (start >= first) return start;
    }
    return std::nullopt;
}

std::uint64_t IovaAllocator::rounded(std::uint64_t size) const {
    const std::uint64_t mask = granule_ - 1;
    return size > all_addresses - mask ? 0 : (size + mask) & ~mask;
}

std::optional<std::uint64_t> IovaAllocator::take(std::uint64_t size, std::uint64_t alignment,
                                                 std::uint64_t highest) {
    size = rounded(size);
    if (size == 0) return std::nullopt;
    alignment = std::max(alignment, granule_);
    std::optional<std::uint64_t> iova;
    for (const std::uint64_t limit : limits) {
        iova = find(size, alignment, std::min(limit, highest));
        if (iova || limit >= highest) break;
    }
    if (!iova) return std::nullopt;
    const auto range = std::prev(free_.upper_bound(*iova));
    const std::uint64_t behind = *iova + (size - 1);
    const std::uint64_t last = range->second;
    if (range->first == *iova)
        free_.erase(range);
    else
        range->second = *iova - 1;
    if (behind < last) free_.emplace(behind + 1, last);
    return iova;
}

void IovaAllocator::give_back(std::uint64_t iova, std::uint64_t size) {
    insert({iova, iova + (rounded(size) - 1)});
}

void IovaAllocator::insert(IovaRange range) {
    auto after = free_.upper_bound(range.first);
    if (after != free_.begin()) {
        const auto before = std::prev(after);
        if (before->second >= range.first - 1) {
            range = {before->first, std::max(before->second, range.last)};
            after = free_.erase(before);
        }
    }
    while (after != free_.end() && after->first - 1 <= range.last) {
        range.last = std::max(range.last, after->second);
        after = free_.erase(after);
    }
    free_.emplace(range.first, range.last);
}

std::uint64_t IovaAllocator::longest_free(std::uint64_t highest) const {
    std::uint64_t longest = 0;
    for (const auto& [first, end] : free_) {
        if (first > highest) break;
        const std::uint64_t length = std::min(end, highest) - first;
        longest = std::max(longest, length == all_addresses ? length : length + 1);
    }
    return longest & ~(granule_ - 1);
}

}  // namespace openbar::dma
