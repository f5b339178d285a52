// `vfio-user:SOCKET`: a card in another process.
#include "backends/open_backend.hpp"
#include "backends/vfio_user/vfio_user_backend.hpp"

namespace openbar {

OpenedBackend open_vfio_user(const SocketPath& socket, std::string address, OpenOptions) {
    OPENBAR_TRY(client, vfio_user::Client::Implementation::connect(socket.path));
    return make_vfio_user_backend(std::move(client), std::move(address), nullptr);
}

}  // namespace openbar
