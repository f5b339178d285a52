#include "vfio_user/connect_socket.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

namespace openbar::vfio_user {
namespace {

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;
constexpr const char* start_a_server = "start a server there: openbar sim MODEL --socket ";

Result<sockaddr_un> address_of(const std::string& path) {
    if (path.empty()) {
        return failure(ErrorCode::invalid_argument, "the socket's path is empty",
                       "write it as vfio-user:/path/of/socket");
    }
    if (path.size() > longest_path || path.find('\0') != std::string::npos) {
        return failure(ErrorCode::invalid_argument,
                       fmt::format("a socket's path has at most {} bytes, this one {}",
                                   longest_path, path.size()),
                       "use a shorter path, or change to its folder and use a relative one");
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return address;
}

/// ECONNREFUSED has several reasons, which the file at the path distinguishes.
Error refused(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
        return failure(ErrorCode::invalid_argument, "it is not a socket",
                       "give the path of the socket that a vfio-user server listens at");
    }
    return failure(ErrorCode::removed,
                   "nobody listens at this socket: its server has ended without removing it",
                   fmt::format("rm '{}', then {}{}", path, start_a_server, path));
}

Error explain(int number, const std::string& path) {
    switch (number) {
        case ENOENT:
        case ENOTDIR: return system_failure(number, "", start_a_server + path);
        case ECONNREFUSED: return refused(path);
        case EACCES:
        case EPERM:
            return system_failure(number, "",
                                  "run as the user who started the server, or have that user "
                                  "allow it: chmod a+rw '" +
                                      path + "'");
        case EPROTOTYPE:
            return failure(ErrorCode::invalid_argument,
                           "it is a socket of another kind (datagram or packet)",
                           "give the path of the socket that a vfio-user server listens at");
        case EAGAIN:
            return failure(ErrorCode::busy,
                           "its server does not accept connections: it is stuck, or serves "
                           "another client");
        default: return system_failure(number);
    }
}

}  // namespace

Result<FileDescriptor> connect_socket(const std::string& path, Deadline deadline) {
    OPENBAR_TRY(address, address_of(path));
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return system_failure(errno, "socket");
    // A queue that is full gives EAGAIN at once, and nothing to poll for: the time is ours.
    while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
           0) {
        const int number = errno;
        if (number == EINTR) continue;
        if (number != EAGAIN || std::chrono::steady_clock::now() >= deadline) {
            return explain(number, path);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return socket;
}

}  // namespace openbar::vfio_user
