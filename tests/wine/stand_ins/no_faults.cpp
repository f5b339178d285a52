// A driver without deliberate faults.
#include "tests/wine/stand_ins/faults.hpp"

namespace openbar::stand_in {

bool commit_fault(DEVICE_OBJECT*, uint32_t) {
    return false;
}
void commit_fault_in_interrupt() {}

}  // namespace openbar::stand_in
