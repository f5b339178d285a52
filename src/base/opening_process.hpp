/// The process that made an object. A forked child inherits the object and its descriptors, which
/// are still the parent's: what the child's destructors would ask of the kernel through them would
/// happen to the parent.
///
///     OpeningProcess process_;                            // a member, made when the device is
///     opened ~Thing() { if (process_.is_this_one()) give_back(); }
#pragma once

#include <unistd.h>

namespace openbar {

class OpeningProcess {
public:
    OpeningProcess() noexcept : id_(::getpid()) {}
    [[nodiscard]] bool is_this_one() const noexcept { return ::getpid() == id_; }

private:
    ::pid_t id_;
};

}  // namespace openbar
