/// What `DeviceInfo` says of a card inside this program.
#pragma once

#include "openbar/device.hpp"

#include "simulator/host/card.hpp"

namespace openbar {

[[nodiscard]] DeviceInfo describe_card(simulator::Card& card, std::string address);

}  // namespace openbar
