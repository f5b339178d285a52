/// The error of an access that a simulated card does not decode.
#pragma once

#include "base/failure.hpp"

namespace openbar {

[[nodiscard]] inline Error decoding_switched_off() {
    return failure(ErrorCode::disabled,
                   "the card's command register has decoding switched off, or the card sleeps",
                   "switch it on (Device::configuration, command register, 0x3), and see that the "
                   "function is in D0");
}

}  // namespace openbar
