/// The locks of the core as types: what a lock guards cannot be reached without it, where the
/// compiler is clang (-Wthread-safety, an error in the tested tree).
///
///     struct Tables { ... };
///     Tables tables OPENBAR_GUARDED(tables);                   // a member of Device::State
///     void adopt(Object& object) OPENBAR_NEEDS(tables);        // the caller holds it
///     Hold<Lock::tables> held(kernel);                         // for a scope
///
/// There is one set of locks for each device, and the core works on one device at a time. The
/// compiler therefore follows the role of a lock, not its address.
#pragma once

#include "driver/core/kernel.hpp"
#include "src/base/lock_attributes.hpp"

/// Of a member: it is read and written by whoever holds the lock (reads: shared is enough).
#define OPENBAR_GUARDED(lock) OPENBAR_LOCK_ATTRIBUTE(guarded_by(openbar::driver::role<Lock::lock>))
/// Of a function: its caller holds the lock.
#define OPENBAR_NEEDS(lock) \
    OPENBAR_LOCK_ATTRIBUTE(requires_capability(openbar::driver::role<Lock::lock>))
#define OPENBAR_NEEDS_SHARED(lock) \
    OPENBAR_LOCK_ATTRIBUTE(requires_shared_capability(openbar::driver::role<Lock::lock>))
/// Of a function: its caller does not hold the lock, because the function takes it or waits.
#define OPENBAR_WITHOUT(lock) \
    OPENBAR_LOCK_ATTRIBUTE(locks_excluded(openbar::driver::role<Lock::lock>))

namespace openbar::driver {

class OPENBAR_LOCK_ATTRIBUTE(capability("lock")) Role {};

template <Lock lock>
inline Role role;

/// A lock of the kernel, held for a scope.
template <Lock lock>
class OPENBAR_LOCK_ATTRIBUTE(scoped_lockable) Hold {
public:
    explicit Hold(Kernel& kernel) OPENBAR_LOCK_ATTRIBUTE(acquire_capability(role<lock>))
        : kernel_(kernel) {
        kernel_.acquire(lock);
    }
    ~Hold() OPENBAR_LOCK_ATTRIBUTE(release_capability()) { kernel_.release(lock); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

private:
    Kernel& kernel_;
};

template <>
class OPENBAR_LOCK_ATTRIBUTE(scoped_lockable) Hold<Lock::hardware_shared> {
public:
    explicit Hold(Kernel& kernel)
        OPENBAR_LOCK_ATTRIBUTE(acquire_shared_capability(role<Lock::hardware>))
        : kernel_(kernel) {
        kernel_.acquire(Lock::hardware_shared);
    }
    ~Hold() OPENBAR_LOCK_ATTRIBUTE(release_generic_capability()) {
        kernel_.release(Lock::hardware_shared);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

private:
    Kernel& kernel_;
};

/// The caller is known to hold it, by the contract of whoever calls the core: Windows holds an
/// interrupt's lock around its routine.
template <Lock lock>
void assume_held() OPENBAR_LOCK_ATTRIBUTE(assert_capability(role<lock>)) {}

}  // namespace openbar::driver
