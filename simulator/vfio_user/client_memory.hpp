/// Memory that the client gave the card, and how the server reaches it.
///
///     ClientMemory memory;
///     if (int error = memory.map(request, std::move(descriptor))) return error;
///     memory.read(iova, destination, by_message);
///
/// A client may cut short the file behind a descriptor, or send one whose reads never return. So
/// memory is touched directly only where the file is sealed against shrinking; other regular files
/// of local file systems are read and written by system calls, which fail instead of faulting;
/// for everything else the client is asked by message, as if it had sent no descriptor.
#pragma once

#include "base/file_descriptor.hpp"
#include "vfio_user/protocol.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>

namespace openbar::simulator::vfio_user {

class ClientMemory {
public:
    /// Descriptors, address space and kernel memory are finite; no driver needs more.
    static constexpr std::size_t most = 512;

    /// Moves bytes of the client by messages: true once all have been moved.
    using ByMessage = std::function<bool(std::uint64_t iova, std::span<std::byte>)>;

    /// Both return an errno, 0 where done.
    [[nodiscard]] int map(const openbar::vfio_user::protocol::DmaMap& request,
                          FileDescriptor descriptor);
    [[nodiscard]] int unmap(std::uint64_t iova, std::uint64_t size);
    void clear() { windows_.clear(); }

    [[nodiscard]] bool read(std::uint64_t iova, std::span<std::byte> destination,
                            const ByMessage& by_message) const;
    [[nodiscard]] bool write(std::uint64_t iova, std::span<const std::byte> source,
                             const ByMessage& by_message) const;

private:
    /// A sealed file's memory in this process.
    class View {
    public:
        View() = default;
        explicit View(std::span<std::byte> memory) noexcept : memory_(memory) {}
        View(View&& other) noexcept : memory_(std::exchange(other.memory_, {})) {}
        View& operator=(View&& other) noexcept {
            std::swap(memory_, other.memory_);
            return *this;
        }
        ~View();
        [[nodiscard]] std::span<std::byte> memory() const noexcept { return memory_; }

    private:
        std::span<std::byte> memory_;
    };
    struct Window {
        std::uint64_t size = 0;
        bool readable = false;
        bool writable = false;
        View view;                  // or else
        FileDescriptor descriptor;  // or else by message
        std::uint64_t offset = 0;
    };

    enum class Direction : std::uint8_t { to_card, from_card };
    [[nodiscard]] bool overlaps(std::uint64_t iova, std::uint64_t size) const;
    [[nodiscard]] bool transfer(std::uint64_t iova, std::span<std::byte> bytes, Direction direction,
                                const ByMessage& by_message) const;
    [[nodiscard]] static bool move(const Window& window, std::uint64_t iova, std::uint64_t inside,
                                   std::span<std::byte> bytes, Direction direction,
                                   const ByMessage& by_message);
    static void choose_access(Window& window, FileDescriptor descriptor);

    std::map<std::uint64_t, Window> windows_;
};

}  // namespace openbar::simulator::vfio_user
