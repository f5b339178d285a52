/// Threads and locks of Windows itself, in the shape of the standard library's.
///
/// The compiler's own (winpthreads) keep books of every thread in the process; Wine's driver host
/// has many that they have not made, and its books and theirs do not agree.
#pragma once

#include <windows.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace openbar::hardware {

/// For std::lock_guard and std::unique_lock.
class Mutex {
public:
    void lock() { AcquireSRWLockExclusive(&lock_); }
    void unlock() { ReleaseSRWLockExclusive(&lock_); }

private:
    friend class Condition;
    SRWLOCK lock_ = SRWLOCK_INIT;
};

class Condition {
public:
    void notify_all() { WakeAllConditionVariable(&condition_); }

    void wait_for(std::unique_lock<Mutex>& held, std::chrono::nanoseconds time) {
        const auto milliseconds =
            std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
        SleepConditionVariableSRW(&condition_, &held.mutex()->lock_,
                                  static_cast<DWORD>(milliseconds), 0);
    }

    template <typename Predicate>
    void wait(std::unique_lock<Mutex>& held, Predicate&& predicate) {
        while (!predicate())
            SleepConditionVariableSRW(&condition_, &held.mutex()->lock_, INFINITE, 0);
    }

private:
    CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

/// Starts a thread; its handle, to be closed by the caller.
inline HANDLE start_thread(std::function<void()> work) {
    auto* own = new std::function<void()>(std::move(work));
    return CreateThread(
        nullptr, 0,
        [](void* context) -> DWORD {
            const std::unique_ptr<std::function<void()>> body(
                static_cast<std::function<void()>*>(context));
            (*body)();
            return 0;
        },
        own, 0, nullptr);
}

inline void start_detached_thread(std::function<void()> work) {
    CloseHandle(start_thread(std::move(work)));
}

}  // namespace openbar::hardware
