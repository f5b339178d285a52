/// Whether a description can be the description of a PCI card.
///
///     if (auto mistake = mistake_in(model.description()); !mistake.empty())
///         std::cerr << mistake << "\n";      // "region 2: its size 0x1800 is not a power of two"
///
/// Hosts ask before they serve a model, so that its author reads what is wrong rather than
/// wonders about a card that behaves strangely.
#pragma once

#include "simulator/model.hpp"

#include <string>

namespace openbar::simulator {

/// The first mistake, in words; empty where there is none.
[[nodiscard]] std::string mistake_in(const Description& description);

}  // namespace openbar::simulator
