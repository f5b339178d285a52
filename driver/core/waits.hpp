/// Requests that wait for an interrupt, and those that have stopped waiting.
///
/// A request has exactly one of three places: in the list of its vector, where whoever unlinks it
/// under Lock::waits *and* has claimed it completes it; with its cancel routine, once `claim` has
/// failed; or in a Finished list, about to be completed.
#pragma once

#include "driver/core/device.hpp"

#include <cstdint>

namespace openbar::driver {

struct Session;

struct Wait : PendedRequest {
    Wait* next = nullptr;
    Wait* previous = nullptr;
    bool in_list = false;
    std::uint32_t index = 0;  ///< of its vector
    Session* session = nullptr;
    std::uint64_t seen = 0;
    void* output = nullptr;
};

/// A list of waits; under Lock::waits.
struct WaitList {
    Wait* first = nullptr;

    void add(Wait& wait) {
        wait.next = first;
        wait.previous = nullptr;
        if (first != nullptr) first->previous = &wait;
        first = &wait;
    }
    void remove(Wait& wait) {
        if (wait.next != nullptr) wait.next->previous = wait.previous;
        if (wait.previous != nullptr)
            wait.previous->next = wait.next;
        else
            first = wait.next;
        wait.next = wait.previous = nullptr;
    }
};

/// Collects what is to be completed and completes it at the end of its scope. Declared before the
/// locks of that scope, so that none is held then: IoCompleteRequest runs other drivers' code.
class Finished {
public:
    explicit Finished(Kernel& kernel) : kernel_(kernel) {}
    Finished(const Finished&) = delete;
    Finished& operator=(const Finished&) = delete;
    ~Finished();

    /// It has been claimed and unlinked.
    void add(Wait& wait, Status status) {
        wait.status = status;
        wait.next = first_;
        first_ = &wait;
    }

private:
    Kernel& kernel_;
    Wait* first_ = nullptr;
};

}  // namespace openbar::driver
