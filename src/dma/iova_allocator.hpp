/// Which bus addresses are free, and which of them to take.
///
///     IovaAllocator free({{0x0, 0xfedfffff}, {0xfef00000, UINT64_MAX}}, page_size());
///     auto iova = free.take(0x10000, 0x1000, (1u << 28) - 1);      // a card with 28 address bits
///     free.give_back(*iova, 0x10000);
///
/// Low addresses are the ones that every device reaches, and the scarcest. So a request takes the
/// highest free place below the lowest of a few limits that it can have: under 4 GiB, where a
/// device that can only form 32 bits still finds it (whether its driver's author said so or not),
/// from the top, so that what lies lower stays for the devices that need it.
///
/// Not thread-safe: `AddressSpace` has the lock.
#pragma once

#include "dma/iova_range.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace openbar::dma {

class IovaAllocator {
public:
    /// `usable` may be in any order and overlap. Address 0 is never given: many devices take it
    /// for "no address". `granule`: a power of two, of which everything taken is a multiple.
    IovaAllocator(const std::vector<IovaRange>& usable, std::uint64_t granule);

    /// A free place for `size` bytes, rounded up to the granule, at a multiple of `alignment` (a
    /// power of two), whose last byte is at or below `highest`. Empty where there is none.
    [[nodiscard]] std::optional<std::uint64_t> take(std::uint64_t size, std::uint64_t alignment,
                                                    std::uint64_t highest);
    /// What `take` gave.
    void give_back(std::uint64_t iova, std::uint64_t size);

    /// The longest run of free bytes at or below `highest`, for telling why there was no place and
    /// for taking less.
    [[nodiscard]] std::uint64_t longest_free(std::uint64_t highest) const;

private:
    [[nodiscard]] std::optional<std::uint64_t> find(std::uint64_t size, std::uint64_t alignment,
                                                    std::uint64_t highest) const;
    [[nodiscard]] std::uint64_t rounded(std::uint64_t size) const;
    void insert(IovaRange range);

    std::map<std::uint64_t, std::uint64_t> free_;  // first address to last; never touching
    std::uint64_t granule_;
};

}  // namespace openbar::dma
