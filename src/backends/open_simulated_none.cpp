// `sim:MODEL` in a library that was built without simulated cards (OPENBAR_SIMULATOR=OFF).
#include "backends/open_backend.hpp"
#include "base/failure.hpp"

namespace openbar {

OpenedBackend open_simulated(const ModelName&, std::string, OpenOptions) {
    return failure(ErrorCode::unsupported, "this library was built without simulated cards",
                   "build openbar with -DOPENBAR_SIMULATOR=ON, or use vfio-user: with a card in "
                   "another process");
}

}  // namespace openbar
