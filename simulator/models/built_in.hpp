/// The registry's entries of the project's own models, each defined beside its model.
#pragma once

#include "simulator/registry.hpp"

namespace openbar::simulator {

[[nodiscard]] ModelEntry described_entry();
[[nodiscard]] ModelEntry edu_entry();
[[nodiscard]] ModelEntry intel_82540em_entry();

}  // namespace openbar::simulator
