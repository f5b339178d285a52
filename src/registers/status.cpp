#include "openbar/mapping.hpp"

#include "base/failure.hpp"
#include "base/mapping_loss.hpp"

namespace openbar {

Result<void> Mapping::status() const {
    if (loss_ == nullptr || !loss_->faulted) return {};
    return failure(ErrorCode::removed, "use a mapping", loss_->notice.data(),
                   "map the region anew once the device answers again");
}

}  // namespace openbar
