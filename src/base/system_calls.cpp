#include "base/system_calls.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace openbar::system_calls {
namespace {

Hook& hook() {
    static Hook value;
    return value;
}

IoctlHook& ioctl_hook() {
    static IoctlHook value;
    return value;
}

bool injected_failure(std::string_view call) {
    if (!hook()) return false;
    const int error = hook()(call);
    if (error != 0) errno = error;
    return error != 0;
}

template <typename Call>
auto retried(Call call) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    return result;
}

}  // namespace

FileDescriptor open(const std::string& path, int flags) {
    if (injected_failure("open")) return {};
    return FileDescriptor(retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC); }));
}

ssize_t pread(int descriptor, void* buffer, std::size_t size, off_t offset) {
    if (injected_failure("pread")) return -1;
    return retried([&] { return ::pread(descriptor, buffer, size, offset); });
}

ssize_t pwrite(int descriptor, const void* buffer, std::size_t size, off_t offset) {
    if (injected_failure("pwrite")) return -1;
    return retried([&] { return ::pwrite(descriptor, buffer, size, offset); });
}

ssize_t read(int descriptor, void* buffer, std::size_t size) {
    if (injected_failure("read")) return -1;
    return retried([&] { return ::read(descriptor, buffer, size); });
}

ssize_t write(int descriptor, const void* buffer, std::size_t size) {
    if (injected_failure("write")) return -1;
    return retried([&] { return ::write(descriptor, buffer, size); });
}

void* mmap(std::size_t size, int protection, int flags, int descriptor, off_t offset) {
    if (injected_failure("mmap")) return MAP_FAILED;
    return ::mmap(nullptr, size, protection, flags, descriptor, offset);
}

int madvise(void* start, std::size_t size, int advice) {
    if (injected_failure("madvise")) return -1;
    return retried([&] { return ::madvise(start, size, advice); });
}

int memfd_create(const char* name, unsigned flags) {
    if (injected_failure("memfd_create")) return -1;
    return ::memfd_create(name, flags);
}

int ftruncate(int descriptor, off_t size) {
    if (injected_failure("ftruncate")) return -1;
    return retried([&] { return ::ftruncate(descriptor, size); });
}

int ioctl(int descriptor, unsigned long request, void* argument) {
    if (injected_failure("ioctl")) return -1;
    if (ioctl_hook())
        if (const auto answer = ioctl_hook()(descriptor, request, argument)) return *answer;
    return retried([&] { return ::ioctl(descriptor, request, argument); });
}

int ioctl(int descriptor, unsigned long request, int argument) {
    if (injected_failure("ioctl")) return -1;
    return retried([&] { return ::ioctl(descriptor, request, argument); });
}

int eventfd() {
    if (injected_failure("eventfd")) return -1;
    return ::eventfd(0, EFD_CLOEXEC);
}

int non_blocking_eventfd() {
    if (injected_failure("eventfd")) return -1;
    return ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

int epoll() {
    if (injected_failure("epoll_create1")) return -1;
    return ::epoll_create1(EPOLL_CLOEXEC);
}

int epoll_add(int epoll, int descriptor, std::uint32_t events) {
    if (injected_failure("epoll_ctl")) return -1;
    epoll_event event{};
    event.events = events;
    return ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void epoll_remove(int epoll, int descriptor) noexcept {
    ::epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nullptr);
}

int poll(pollfd* descriptors, nfds_t count, std::chrono::nanoseconds timeout) {
    using Clock = std::chrono::steady_clock;
    if (injected_failure("poll")) return -1;
    const auto now = Clock::now();
    const bool forever = timeout >= Clock::time_point::max() - now;
    const auto deadline = forever ? Clock::time_point::max() : now + timeout;
    for (auto left = std::max(timeout, std::chrono::nanoseconds(0));;) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
        const timespec limit{seconds.count(), (left - seconds).count()};
        const int ready = ::ppoll(descriptors, count, forever ? nullptr : &limit, nullptr);
        if (ready != -1 || errno != EINTR) return ready;
        left = std::max<std::chrono::nanoseconds>(deadline - Clock::now(),
                                                  std::chrono::nanoseconds(0));
    }
}

void set_hook_for_tests(Hook value) {
    hook() = std::move(value);
}

void set_ioctl_hook_for_tests(IoctlHook value) {
    ioctl_hook() = std::move(value);
}

}  // namespace openbar::system_calls
