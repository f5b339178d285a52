/// Mappings of a back end's own, through which it makes requests that the kernel has no
/// request for: made on first use, kept until the device is closed.
///
///     auto window = windows_.at({region.index, 0}, [&] { return map_all_of(region); });
///     if (window) value = load_width(window->base + offset, width);
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

    /// The window, which stays mapped as long as the copy that is returned here lives, also where
    /// another thread meanwhile finds that it is lost and has it mapped again. `map` gives a
    /// Result<MappedMemory>, which must not keep the back end.
    template <std::invocable Map>
    [[nodiscard]] Result<MappedMemory> at(Place place, Map&& map) {
        const std::lock_guard guard(mutex_);
        const auto present = windows_.find(place);
        if (present != windows_.end() && !is_lost(present->second)) return present->second;
        auto made = std::forward<Map>(map)();
        if (made) windows_.insert_or_assign(place, *made);
        return made;
    }
    /// Whether an access met that the device does not answer.
    [[nodiscard]] static bool is_lost(const MappedMemory& window) {
        return window.loss != nullptr && window.loss->faulted;
    }
    void clear() {
        const std::lock_guard guard(mutex_);
        windows_.clear();
    }

private:
    std::mutex mutex_;
    std::map<Place, MappedMemory> windows_;
};

}  // namespace openbar
