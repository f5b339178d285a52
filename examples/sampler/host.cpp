// Serves the sampler to other programs: ./sampler-card /tmp/sampler.sock
#include "sampler.hpp"
#include "simulator/vfio_user/server.hpp"

#include <csignal>
#include <iostream>
#include <memory>

namespace {

openbar::simulator::vfio_user::Server* serving = nullptr;

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: sampler-card SOCKET\n";
        return 2;
    }
    auto server =
        openbar::simulator::vfio_user::Server::listen(std::make_unique<Sampler>(), arguments[1]);
    if (!server) {
        std::cerr << server.error().message() << "\n";
        return 1;
    }
    serving = server->get();
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { serving->stop(); });
    const auto ended = serving->run();
    if (!ended) std::cerr << ended.error().message() << "\n";
    return ended ? 0 : 1;
}
