// `sim:MODEL`: a simulated card in this process.
#include "backends/open_backend.hpp"
#include "backends/vfio_user/vfio_user_backend.hpp"
#include "simulator/registry.hpp"
#include "simulator/vfio_user/in_program.hpp"

namespace openbar {

OpenedBackend open_simulated(const ModelName& model, std::string address, OpenOptions) {
    auto created = simulator::Registry::of_this_program().create(model.name);
    if (!created) return std::move(created).error();
    auto card = simulator::vfio_user::InProgram::start(std::move(*created));
    if (!card) return std::move(card).error();
    const int socket = card->take_socket();
    auto keeps = std::make_shared<simulator::vfio_user::InProgram>(std::move(*card));
    auto client = vfio_user::Client::adopt(socket, address);
    if (!client) return std::move(client).error();
    return make_vfio_user_backend(std::move(*client), std::move(address), std::move(keeps));
}

}  // namespace openbar
