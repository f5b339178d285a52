/// The seam between the library and the kernel: each system call whose failure the library must
/// survive passes through here, so that a test can make each of them fail in turn.
///
///     system_calls::set_hook_for_tests(                                   // in a test
///         [](std::string_view call) { return call == "mmap" ? ENOMEM : 0; });
///     EXPECT_EQ(device->map(0).error().code, ErrorCode::resource_exhausted);
#pragma once

#include "base/file_descriptor.hpp"

#include <poll.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace openbar::system_calls {

/// All return what the system call returns, with errno set on failure; EINTR is retried.
[[nodiscard]] FileDescriptor open(const std::string& path, int flags);
[[nodiscard]] ssize_t pread(int descriptor, void* buffer, std::size_t size, off_t offset);
[[nodiscard]] ssize_t pwrite(int descriptor, const void* buffer, std::size_t size, off_t offset);
[[nodiscard]] ssize_t read(int descriptor, void* buffer, std::size_t size);
[[nodiscard]] ssize_t write(int descriptor, const void* buffer, std::size_t size);
[[nodiscard]] void* mmap(std::size_t size, int protection, int flags, int descriptor, off_t offset);
[[nodiscard]] int madvise(void* start, std::size_t size, int advice);
[[nodiscard]] int memfd_create(const char* name, unsigned flags);
[[nodiscard]] int ftruncate(int descriptor, off_t size);
[[nodiscard]] int ioctl(int descriptor, unsigned long request, void* argument);
[[nodiscard]] int ioctl(int descriptor, unsigned long request, int argument);
[[nodiscard]] int eventfd();
/// Whose reads fail with EAGAIN where there is nothing.
[[nodiscard]] int non_blocking_eventfd();
[[nodiscard]] int epoll();
[[nodiscard]] int epoll_add(int epoll, int descriptor, std::uint32_t events);
/// Cannot fail for a descriptor that is in it.
void epoll_remove(int epoll, int descriptor) noexcept;
/// Never interrupted by a signal: it waits on until `timeout` is over.
[[nodiscard]] int poll(pollfd* descriptors, nfds_t count, std::chrono::nanoseconds timeout);

/// Asked before each call with its name; what it returns other than 0 is the errno to fail with.
using Hook = std::function<int(std::string_view call)>;
/// For tests only, while no other thread is in a call. An empty hook removes it.
void set_hook_for_tests(Hook hook);

/// Answers an ioctl in place of the kernel, with errno set on failure; empty: asks the kernel.
using IoctlHook =
    std::function<std::optional<int>(int descriptor, unsigned long request, void* argument)>;
/// As above.
void set_ioctl_hook_for_tests(IoctlHook hook);

}  // namespace openbar::system_calls
