/// A lock of the kernel, held for a scope.
///
///     Hold tables(kernel, Lock::tables);
#pragma once

#include "driver/core/kernel.hpp"

namespace openbar::driver {

class Hold {
public:
    Hold(Kernel& kernel, Lock lock) : kernel_(kernel), lock_(lock) { kernel_.acquire(lock_); }
    ~Hold() { kernel_.release(lock_); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

private:
    Kernel& kernel_;
    Lock lock_;
};

}  // namespace openbar::driver
