/// Serves a model over a vfio-user socket, so that other programs drive it as a real card.
///
///     auto model = Registry::with_built_in().create("edu");
///     auto server = Server::listen(std::move(*model), "/tmp/edu.sock");
///     if (!server) return fail(server.error().message());
///     (*server)->run();                                     // until stop(), from a signal handler
///
/// Tried with this project's client and with libvfio-user's sample client. Clients are served one
/// after another; the card keeps its state in between, and loses what it was lent: memory,
/// interrupts and the right to master the bus. A second client at the same time is kept waiting
/// for a moment and then told EBUSY. Several cards are several servers, each on a thread or in a
/// separate process.
///
/// One poll loop, on the thread that calls `run`; the model runs on that thread only. Clients are
/// not trusted: memory and time that one of them can take are bounded (`Limits`), a malformed
/// message ends its session and nobody else's, and none can raise SIGBUS or SIGPIPE here.
#pragma once

#include "openbar/result.hpp"

#include "base/bound_path.hpp"
#include "base/file_descriptor.hpp"
#include "simulator/host/card.hpp"
#include "simulator/vfio_user/session.hpp"

#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace openbar::simulator::vfio_user {

struct ServerOptions {
    Limits limits{};
    /// How long a second client waits for the first to go before it is told EBUSY.
    std::chrono::milliseconds handover{500};
    Trace trace{};
};

class Server {
public:
    /// Listens at `path`, for the user who calls this alone (mode 0600). A socket there that
    /// nobody listens at any more is replaced. Errors: busy (another server listens there);
    /// invalid_argument (no socket but a file; path too long; a model that cannot be a card).
    [[nodiscard]] static Result<std::unique_ptr<Server>> listen(std::unique_ptr<Model> model,
                                                                const std::string& path,
                                                                ServerOptions options = {});
    /// Serves the client at the other end of a connected socket; `run` returns when it goes.
    [[nodiscard]] static Result<std::unique_ptr<Server>> adopt(std::unique_ptr<Model> model,
                                                               int socket,
                                                               ServerOptions options = {});
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    /// Removes the socket from the file system, if it is still this one. `run` must have returned.
    ~Server();

    /// Serves until `stop`. Errors: io (polling itself failed).
    [[nodiscard]] Result<void> run();
    /// Makes `run` return soon, or at once if it is not running yet. From any thread, and from
    /// signal handlers.
    void stop() noexcept;
    /// Ends the connection of the client that is being served, after `run` has returned.
    void hang_up() noexcept { session_.reset(); }

private:
    struct Waiting {
        FileDescriptor socket;
        Deadline refuse_at;
    };

    Server(std::unique_ptr<Card> card, ServerOptions options);
    [[nodiscard]] Result<void> check_stoppable() const;
    [[nodiscard]] Result<void> bind(const std::string& path);
    void prepare_poll();
    [[nodiscard]] Result<bool> poll_everything();
    void serve_hot_session();
    [[nodiscard]] bool only_session_matters() const;
    [[nodiscard]] std::optional<Deadline> next_deadline() const;
    void serve_session();
    void serve_sources();
    void accept_clients();
    void begin_session(FileDescriptor socket);
    void end_session();
    void refuse_those_who_waited_long();
    void refuse(FileDescriptor socket);
    void tell(const char* what, const std::string& detail) const;

    std::unique_ptr<Card> card_;
    ServerOptions options_;
    FileDescriptor stop_;
    FileDescriptor listener_;
    BoundPath bound_;  // of a server that listens
    std::optional<Session> session_;
    std::vector<Waiting> waiting_;
    std::vector<pollfd> polled_;
    bool hot_ = false;                      // the last poll found the client asking for something
    std::optional<Deadline> accept_again_;  // after descriptors had run out
};

}  // namespace openbar::simulator::vfio_user
