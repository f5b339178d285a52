#include "openbar/registers.hpp"

namespace openbar {

Result<void> Registers::status() const {
    if (auto requested = requests_.status(); !requested) return requested;
    return mapping_ ? mapping_->status() : Result<void>();
}

}  // namespace openbar
