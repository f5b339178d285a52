/// A simulated card inside the calling program: what `sim:MODEL` opens.
///
///     auto card = InProgram::start(std::move(model));
///     auto client = openbar::vfio_user::Client::adopt(card->take_socket(), "sim:edu");
///
/// The model runs on a separate thread, behind one end of a socket pair; the other end is for
/// the client. There is no other process and nothing in the file system, so nothing can be left
/// behind, however the program ends. All signals are blocked in that thread.
#pragma once

#include "openbar/result.hpp"

#include "base/file_descriptor.hpp"
#include "simulator/vfio_user/server.hpp"

#include <memory>
#include <thread>

namespace openbar::simulator::vfio_user {

class InProgram {
public:
    [[nodiscard]] static Result<InProgram> start(std::unique_ptr<Model> model,
                                                 ServerOptions options = {});
    InProgram(InProgram&&) noexcept;
    InProgram& operator=(InProgram&&) noexcept;
    /// Ends the card, also under a client that still uses it: that one finds it removed.
    ~InProgram();

    /// The client's end, which the caller owns from then on; -1 when it was taken before.
    [[nodiscard]] int take_socket() noexcept { return socket_.release(); }

private:
    InProgram(std::unique_ptr<Server> server, FileDescriptor socket);
    void end() noexcept;

    std::unique_ptr<Server> server_;
    FileDescriptor socket_;
    std::thread thread_;
};

}  // namespace openbar::simulator::vfio_user
