// How a server takes its place in the file system.
#include "base/failure.hpp"
#include "simulator/vfio_user/server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace openbar::simulator::vfio_user {
namespace {

/// Whether somebody accepts connections there.
bool somebody_listens(const sockaddr_un& address) {
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
               0 ||
           errno == EAGAIN;
}

Error path_is_taken(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
        return failure(ErrorCode::invalid_argument, "a file is there that is not a socket",
                       "choose another path");
    }
    return failure(ErrorCode::busy, "another server listens there",
                   "stop it, or choose another path");
}

}  // namespace

Result<void> Server::bind(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return failure(
            ErrorCode::invalid_argument,
            path.empty() ? "the socket's path is empty" : "a socket's path has at most 107 bytes",
            "use a shorter path, or change to its folder and use a relative one");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    listener_ = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!listener_) return system_failure(errno, "socket");
    // On Linux the socket in the file system gets the mode that the socket has now.
    ::fchmod(listener_.get(), S_IRUSR | S_IWUSR);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    int result = ::bind(listener_.get(), generic, sizeof address);
    if (result != 0 && errno == EADDRINUSE) {
        struct stat status {};
        const bool is_socket = ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
        if (!is_socket || somebody_listens(address)) return path_is_taken(path);
        ::unlink(path.c_str());
        result = ::bind(listener_.get(), generic, sizeof address);
    }
    if (result != 0) return system_failure(errno, "bind");
    bound_ = BoundPath(path);
    constexpr int backlog = 64;
    if (::listen(listener_.get(), backlog) != 0) {
        return system_failure(errno, "listen");
    }
    return {};
}

}  // namespace openbar::simulator::vfio_user
