// Processors whose instructions openbar does not decode.
#include "base/failure.hpp"
#include "trap/emulated_mapping.hpp"

namespace openbar::trap {

bool EmulatedMapping::supported() noexcept {
    return false;
}

Result<std::unique_ptr<EmulatedMapping>> EmulatedMapping::create(std::uint64_t, bool, Registers&) {
    return failure(ErrorCode::unsupported,
                   "the registers of a simulated card are mapped on x86-64 only",
                   "use request access: Device::region");
}

}  // namespace openbar::trap
