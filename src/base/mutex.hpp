/// A mutex that clang follows: what it guards cannot be reached without it.
///
///     Mutex mutex_;
///     std::optional<Error> fault_ OPENBAR_GUARDED_BY(mutex_);
///     void forget() OPENBAR_REQUIRES(mutex_);                  // the caller holds it
///
///     const MutexLock lock(mutex_);                            // for a scope
#pragma once

#include "base/lock_attributes.hpp"

#include <mutex>

#define OPENBAR_GUARDED_BY(mutex) OPENBAR_LOCK_ATTRIBUTE(guarded_by(mutex))
#define OPENBAR_REQUIRES(mutex) OPENBAR_LOCK_ATTRIBUTE(requires_capability(mutex))
/// Of a function that does nothing: its caller knows, by an object that holds the mutex, that this
/// thread has it.
#define OPENBAR_ASSERTS(mutex) OPENBAR_LOCK_ATTRIBUTE(assert_capability(mutex))

namespace openbar {

class OPENBAR_LOCK_ATTRIBUTE(capability("mutex")) Mutex {
public:
    void lock() OPENBAR_LOCK_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
    void unlock() OPENBAR_LOCK_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

class OPENBAR_LOCK_ATTRIBUTE(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) OPENBAR_LOCK_ATTRIBUTE(acquire_capability(mutex))
        : mutex_(mutex) {
        mutex_.lock();
    }
    ~MutexLock() OPENBAR_LOCK_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

}  // namespace openbar
