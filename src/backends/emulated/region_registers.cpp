#include "backends/emulated/region_registers.hpp"

#include "base/range.hpp"
#include "device/request_check.hpp"

#include <array>
#include <mutex>

namespace openbar {
namespace {

/// Locked instructions on one region exclude each other, whatever mapping they use.
std::mutex& update_lock_of(const RegionInfo& region) noexcept {
    static std::array<std::mutex, 64> locks;
    return locks[reinterpret_cast<std::uintptr_t>(&region) / alignof(RegionInfo) % locks.size()];
}

}  // namespace

RegionRegisters::RegionRegisters(Backend& backend, const RegionInfo& region, std::uint64_t start)
    : backend_(backend),
      region_(region),
      start_(start),
      loss_(describe_region(region, backend.info()) +
            ": the card has gone, or no longer decodes this region") {}

bool RegionRegisters::is_there(std::uint64_t offset, unsigned width) const noexcept {
    return !loss_.faulted.load(std::memory_order_relaxed) &&
           lies_within({start_ + offset, width}, region_.size);
}

// An access that the card refuses for another reason, such as the MSI-X table's, says nothing about
// it.
void RegionRegisters::note(const Error& error) noexcept {
    if (error.code != ErrorCode::unsupported) loss_.tell();
}

std::uint64_t RegionRegisters::load(std::uint64_t offset, unsigned width) noexcept {
    constexpr std::uint64_t nobody_answers = ~std::uint64_t{0};
    if (!is_there(offset, width)) return nobody_answers;
    const auto value = backend_.read(region_, start_ + offset, width);
    if (value) return *value;
    note(value.error());
    return nobody_answers;
}

void RegionRegisters::store(std::uint64_t offset, unsigned width, std::uint64_t value) noexcept {
    if (!is_there(offset, width)) return;
    if (const auto written = backend_.write(region_, start_ + offset, width, value); !written)
        note(written.error());
}

void RegionRegisters::begin_update() noexcept {
    update_lock_of(region_).lock();
}

void RegionRegisters::end_update() noexcept {
    update_lock_of(region_).unlock();
}

}  // namespace openbar
