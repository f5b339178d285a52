#include "cli/support/stop_request.hpp"

#include <windows.h>

#include <mutex>

namespace openbar::cli {
namespace {

std::mutex present_mutex;
std::function<void()>* present_callback = nullptr;
std::atomic<bool>* present_flag = nullptr;

// Windows runs this on a separate thread.
BOOL WINAPI handle(DWORD) {
    const std::lock_guard guard(present_mutex);
    if (present_flag == nullptr) return FALSE;
    *present_flag = true;
    (*present_callback)();
    return TRUE;
}

}  // namespace

struct StopRequest::Watcher {
    explicit Watcher(std::function<void()> callback) : when_made(std::move(callback)) {
        {
            const std::lock_guard guard(present_mutex);
            present_callback = &when_made;
            present_flag = &made;
        }
        SetConsoleCtrlHandler(handle, TRUE);
    }
    ~Watcher() {
        SetConsoleCtrlHandler(handle, FALSE);
        const std::lock_guard guard(present_mutex);
        present_callback = nullptr;
        present_flag = nullptr;
    }

    std::function<void()> when_made;
    std::atomic<bool> made = false;
};

StopRequest::StopRequest(std::function<void()> when_made)
    : watcher_(std::make_unique<Watcher>(std::move(when_made))) {}
StopRequest::~StopRequest() = default;

bool StopRequest::made() const noexcept {
    return watcher_->made;
}

}  // namespace openbar::cli
