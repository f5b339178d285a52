// `sim:MODEL`: a simulated card in this process.
#include "backends/open_backend.hpp"
#include "backends/vfio_user/vfio_user_backend.hpp"
#include "simulator/registry.hpp"
#include "simulator/vfio_user/in_program.hpp"

namespace openbar {

OpenedBackend open_simulated(const ModelName& model, std::string address, OpenOptions) {
    OPENBAR_TRY(created, simulator::Registry::of_this_program().create(model.name));
    OPENBAR_TRY(card, simulator::vfio_user::InProgram::start(std::move(created)));
    const int socket = card.take_socket();
    auto keeps = std::make_shared<simulator::vfio_user::InProgram>(std::move(card));
    OPENBAR_TRY(client, vfio_user::Client::Implementation::adopt(socket, address));
    return make_vfio_user_backend(std::move(client), std::move(address), std::move(keeps));
}

}  // namespace openbar
