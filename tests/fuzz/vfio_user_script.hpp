/// How a fuzzer's input becomes what one end of a vfio-user socket does.
///
/// An input is a list of actions. Most messages are nearly right, because a server or client that
/// only ever sees garbage is never reached beyond its first check: the input chooses which
/// command, and overwrites fields of a valid message with values that like to break things.
#pragma once

#include "base/file_descriptor.hpp"
#include "vfio_user/protocol.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

namespace openbar::fuzz {

/// Takes the input apart, from the front; zeros once it is used up.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
    template <typename T>
    T take() {
        T value{};
        const std::size_t count = std::min(sizeof value, rest_.size());
        std::memcpy(&value, rest_.data(), count);
        rest_ = rest_.subspan(count);
        return value;
    }
    std::uint8_t byte() { return take<std::uint8_t>(); }
    bool chance(std::uint8_t of_256) { return byte() < of_256; }
    std::vector<std::byte> bytes(std::size_t most) {
        const std::size_t count = std::min(most, rest_.size());
        const auto* start = reinterpret_cast<const std::byte*>(rest_.data());
        std::vector<std::byte> result(start, start + count);
        rest_ = rest_.subspan(count);
        return result;
    }
    /// A number of the kind that lengths and offsets go wrong with.
    std::uint64_t number() {
        constexpr std::array<std::uint64_t, 16> usual{0,
                                                      1,
                                                      4,
                                                      8,
                                                      16,
                                                      24,
                                                      32,
                                                      0x1000,
                                                      0x2000,
                                                      0x4000,
                                                      0x10000,
                                                      0x7fffffff,
                                                      0xffffffff,
                                                      0x7fffffffffffffff,
                                                      0xfffffffffffff000,
                                                      ~std::uint64_t{0}};
        const std::uint8_t choice = byte();
        if (choice < 200) return usual[choice % usual.size()];
        return choice < 230 ? take<std::uint16_t>() : take<std::uint64_t>();
    }

private:
    std::span<const std::uint8_t> rest_;
};

/// Descriptors of the kinds that a peer may send, right or wrong.
class Files {
public:
    Files() {
        const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        const int plain = ::memfd_create("plain", MFD_CLOEXEC);
        const int sealed = ::memfd_create("sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        const int empty = ::memfd_create("empty", MFD_CLOEXEC);
        if (::ftruncate(plain, 0x4000) != 0 || ::ftruncate(sealed, 0x4000) != 0) std::abort();
        ::fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK);
        std::array<int, 2> pipe{};
        std::array<int, 2> pair{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0) std::abort();
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) std::abort();
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (const int file :
             {event, plain, sealed, empty, pipe[0], pipe[1], pair[0], pair[1], null}) {
            files_.emplace_back(file);
        }
    }
    [[nodiscard]] std::vector<int> choose(Input& input) const {
        std::vector<int> chosen(input.chance(200) ? input.byte() % 3 : input.byte() % 20);
        for (int& file : chosen) file = files_[input.byte() % files_.size()].get();
        return chosen;
    }
    /// Cuts short what may be mapped by now.
    void truncate() const { (void)!::ftruncate(files_[1].get(), 0); }
    void restore() const { (void)!::ftruncate(files_[1].get(), 0x4000); }

private:
    std::vector<FileDescriptor> files_;
};

/// Overwrites up to three places of a message with numbers of the input's choice.
inline void damage(Input& input, std::vector<std::byte>& message) {
    for (int times = input.byte() % 4; times > 0 && !message.empty(); --times) {
        const std::uint64_t value = input.number();
        const std::size_t place = input.byte() % message.size();
        const std::size_t width =
            std::min<std::size_t>(std::size_t{1} << (input.byte() % 4), message.size() - place);
        std::memcpy(message.data() + place, &value, width);
    }
}

template <typename T>
void append(std::vector<std::byte>& message, const T& structure) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&structure);
    message.insert(message.end(), bytes, bytes + sizeof structure);
}

/// Sends without waiting: what does not fit is lost, as with a peer that stops in the middle.
inline void send(int socket, std::span<const std::byte> bytes, std::span<const int> files) {
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(20 * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!files.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(files.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(files.size_bytes());
        std::memcpy(CMSG_DATA(header), files.data(), files.size_bytes());
    }
    (void)!::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace openbar::fuzz
