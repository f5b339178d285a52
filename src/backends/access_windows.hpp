/// Mappings of a back end's own, through which it makes mediated accesses that the kernel has no
/// request for: made on first use, kept until the device is closed.
///
///     auto base = windows_.at({region.index, 0}, [&] { return map_all_of(region); });
///     if (base) value = load_width(*base + offset, width);
///
/// Thread-safe.
#pragma once

#include "base/mapping_loss.hpp"
#include "device/backend.hpp"

#include <concepts>
#include <map>
#include <mutex>
#include <utility>

namespace openbar {

class AccessWindows {
public:
    using Place = std::pair<RegionIndex, std::uint64_t>;  ///< where in the region it starts

    /// The window's start. `map` gives a Result<MappedMemory>, which must not keep the back end.
    template <std::invocable Map>
    [[nodiscard]] Result<std::byte*> at(Place place, Map&& map) {
        const std::lock_guard guard(mutex_);
        const auto present = windows_.find(place);
        if (present != windows_.end() && !lost(present->second)) return present->second.base;
        auto made = std::forward<Map>(map)();
        if (!made) return std::unexpected(std::move(made).error());
        return windows_.insert_or_assign(place, *std::move(made)).first->second.base;
    }
    /// Whether an access met that the device does not answer. The next `at` maps anew.
    [[nodiscard]] bool lost(Place place) {
        const std::lock_guard guard(mutex_);
        const auto present = windows_.find(place);
        return present != windows_.end() && lost(present->second);
    }
    void clear() {
        const std::lock_guard guard(mutex_);
        windows_.clear();
    }

private:
    [[nodiscard]] static bool lost(const MappedMemory& window) {
        return window.loss != nullptr && window.loss->faulted;
    }

    std::mutex mutex_;
    std::map<Place, MappedMemory> windows_;
};

}  // namespace openbar
