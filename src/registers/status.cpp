#include "openbar/mapping.hpp"

#include "base/failure.hpp"
#include "base/mapping_loss.hpp"

namespace openbar {

namespace {

Result<void> check(const MappingLoss* loss) {
    if (loss == nullptr || !loss->faulted) return {};
    return failure(ErrorCode::removed, loss->notice.data(),
                   "map the region again once the device answers");
}

}  // namespace

Result<void> Mapping::status() const {
    return check(loss_).attempting([] { return "use a mapping"; });
}

}  // namespace openbar
