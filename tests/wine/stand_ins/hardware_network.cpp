#include "tests/wine/stand_ins/hardware_kernel.hpp"

namespace openbar::stand_in {
const Given given = Given::network;
}
