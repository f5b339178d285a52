#include "simulator/vfio_user/in_program.hpp"

#include "base/failure.hpp"
#include "base/quiet_thread.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace openbar::simulator::vfio_user {

namespace {

struct Ends {
    FileDescriptor server;
    FileDescriptor client;
};

Result<Ends> connected_sockets() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return system_failure(errno, "socketpair");
    return Ends{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

Result<InProgram> InProgram::start(std::unique_ptr<Model> model, ServerOptions options) {
    const Description& description = model->description();  // stays with the model, in the server
    const auto describe = [&] { return "start the card \"" + description.name + "\""; };
    OPENBAR_TRY(ends, connected_sockets().attempting(describe));
    OPENBAR_TRY(server, Server::adopt(std::move(model), ends.server.release(), std::move(options)));
    InProgram card(std::move(server), std::move(ends.client));
    OPENBAR_TRY(thread, start_quiet_thread([running = card.server_.get()] {
                            // Its only error is that polling fails, which the client finds as a
                            // card that is gone.
                            [[maybe_unused]] const auto result = running->run();
                            running->hang_up();
                        }).attempting(describe));
    card.thread_ = std::move(thread);
    return card;
}

InProgram::InProgram(std::unique_ptr<Server> server, FileDescriptor socket)
    : server_(std::move(server)), socket_(std::move(socket)) {}

InProgram::InProgram(InProgram&& other) noexcept = default;

InProgram& InProgram::operator=(InProgram&& other) noexcept {
    std::swap(server_, other.server_);
    std::swap(socket_, other.socket_);
    std::swap(thread_, other.thread_);
    return *this;
}

void InProgram::end() noexcept {
    if (server_) server_->stop();
    if (thread_.joinable()) thread_.join();
}

InProgram::~InProgram() {
    end();
}

}  // namespace openbar::simulator::vfio_user
