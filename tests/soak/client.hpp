/// One client of the soak: opens the device, gives it memory in every way there is, lets it copy
/// between all of that, and looks at every byte.
#pragma once

#include "tests/soak/arena.hpp"

#include <cstdint>
#include <string>

namespace openbar::soak {

/// Works until it is killed or has made `transfers`; then gives everything back, and looks whether
/// the process is as it was before. Complains in the arena's record. True: nothing was wrong.
bool run_client(const std::string& address, const Arena& arena, std::uint64_t seed,
                std::uint64_t transfers);

}  // namespace openbar::soak
