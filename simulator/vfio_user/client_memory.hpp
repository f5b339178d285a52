/// The memory behind a client's windows, and how the server reaches it.
///
///     ClientMemory memory(card.dma());
///     if (int error = memory.map(request, std::move(descriptor), by_message)) return error;
///
/// A client may cut short the file behind a descriptor, or send one whose reads never return. So
/// memory is touched directly only where the file is sealed against shrinking; other regular files
/// of local file systems are read and written by system calls, which fail instead of faulting;
/// for everything else the client is asked by message, as if it had sent no descriptor.
///
/// A guest gives all of its memory in thousands of windows, each with a descriptor of the same
/// file: it is mapped, or kept open, once.
#pragma once

#include "base/file_descriptor.hpp"
#include "simulator/host/dma_windows.hpp"
#include "vfio_user/protocol.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>

namespace openbar::simulator::vfio_user {

/// Moves bytes of the client by messages: true once all have been moved.
struct MemoryMessages {
    using Move = std::function<bool(std::uint64_t iova, std::span<std::byte>)>;
    Move read;
    Move write;
};

/// A file that a client has sent; how it is reached has been decided.
class ClientFile;

class ClientMemory {
public:
    /// `messages` must stay as long as the windows.
    ClientMemory(DmaWindows& windows, const MemoryMessages& messages)
        : windows_(windows), messages_(messages) {}
    ~ClientMemory() { windows_.clear(); }
    ClientMemory(const ClientMemory&) = delete;
    ClientMemory& operator=(const ClientMemory&) = delete;

    /// All return an errno, 0 where done.
    [[nodiscard]] int map(const openbar::vfio_user::protocol::DmaMap& request,
                          FileDescriptor descriptor);
    [[nodiscard]] int unmap(std::uint64_t iova, std::uint64_t size);
    void clear();

private:
    struct FileIdentity {
        std::uint64_t device = 0;
        std::uint64_t number = 0;
        int mode = 0;
        friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
    };

    /// Null where the client has to be asked by message.
    [[nodiscard]] std::shared_ptr<ClientFile> file_of(FileDescriptor descriptor, std::uint64_t end);
    void forget_files_without_windows();

    DmaWindows& windows_;
    const MemoryMessages& messages_;
    std::map<FileIdentity, std::weak_ptr<ClientFile>> files_;
    std::size_t files_to_look_again_ = 16;
};

}  // namespace openbar::simulator::vfio_user
