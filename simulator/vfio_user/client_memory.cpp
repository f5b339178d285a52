#include "simulator/vfio_user/client_memory.hpp"

#include "base/range.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;

// libvfio-user's clients may say, in bits 2 and 3, how they would like the server to get at
// their memory. That is the server's own affair here.
constexpr std::uint32_t known_flags = 0xf;

bool is_sealed(int descriptor, std::uint64_t end) {
    const int seals = ::fcntl(descriptor, F_GET_SEALS);
    struct stat status {};
    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0 && ::fstat(descriptor, &status) == 0 &&
           static_cast<std::uint64_t>(status.st_size) >= end;
}

/// Whether read and write calls on it return soon, whatever the client does.
bool is_local_file(int descriptor) {
    struct stat status {};
    struct statfs system {};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    if (::fstatfs(descriptor, &system) != 0) return false;
    // An appending file would put the card's data elsewhere.
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || (flags & O_APPEND) != 0) return false;
    // Network file systems and FUSE answer when they like. Files of huge pages cannot be written
    // by write().
    constexpr std::array<std::int64_t, 5> unsuitable{NFS_SUPER_MAGIC, V9FS_MAGIC, 0xff534d42,
                                                     0x65735546, HUGETLBFS_MAGIC};
    return std::ranges::find(unsuitable, static_cast<std::int64_t>(system.f_type)) ==
           unsuitable.end();
}

bool read_file(int descriptor, std::uint64_t offset, std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pread(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}

bool write_file(int descriptor, std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return true;
}

}  // namespace

ClientMemory::View::~View() {
    if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

bool ClientMemory::overlaps(std::uint64_t iova, std::uint64_t size) const {
    const auto after = windows_.upper_bound(iova);
    if (after != windows_.end() && after->first - iova < size) return true;
    if (after == windows_.begin()) return false;
    const auto& before = *std::prev(after);
    return iova - before.first < before.second.size;
}

void ClientMemory::choose_access(Window& window, FileDescriptor descriptor) {
    if (!descriptor) return;
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (window.offset % page == 0 && is_sealed(descriptor.get(), window.offset + window.size)) {
        const int protection = PROT_READ | (window.writable ? PROT_WRITE : 0);
        const auto size = static_cast<std::size_t>(window.size);
        void* memory = ::mmap(nullptr, size, protection, MAP_SHARED, descriptor.get(),
                              static_cast<off_t>(window.offset));
        if (memory != MAP_FAILED) {
            window.view = View({static_cast<std::byte*>(memory), size});
            return;
        }
    }
    if (is_local_file(descriptor.get())) window.descriptor = std::move(descriptor);
}

int ClientMemory::map(const protocol::DmaMap& request, FileDescriptor descriptor) {
    if (request.argsz < sizeof request || (request.flags & ~known_flags) != 0 ||
        request.size == 0 || wraps({request.address, request.size}) ||
        !lies_within({request.offset, request.size}, std::numeric_limits<off_t>::max())) {
        return EINVAL;
    }
    if (overlaps(request.address, request.size)) return EEXIST;
    if (windows_.size() >= most) return ENOSPC;
    Window window{.size = request.size,
                  .readable = (request.flags & protocol::dma_readable) != 0,
                  .writable = (request.flags & protocol::dma_writable) != 0,
                  .view = {},
                  .descriptor = {},
                  .offset = request.offset};
    choose_access(window, std::move(descriptor));
    windows_.emplace(request.address, std::move(window));
    return 0;
}

int ClientMemory::unmap(std::uint64_t iova, std::uint64_t size) {
    const auto found = windows_.find(iova);
    if (found == windows_.end() || found->second.size != size) return ENOENT;
    windows_.erase(found);
    return 0;
}

bool ClientMemory::move(const Window& window, std::uint64_t iova, std::uint64_t inside,
                        std::span<std::byte> bytes, Direction direction,
                        const ByMessage& by_message) {
    const bool to_card = direction == Direction::to_card;
    if (!window.view.memory().empty()) {
        const auto memory = window.view.memory().subspan(inside, bytes.size());
        if (to_card)
            std::memcpy(bytes.data(), memory.data(), bytes.size());
        else
            std::memcpy(memory.data(), bytes.data(), bytes.size());
        return true;
    }
    if (window.descriptor) {
        const int file = window.descriptor.get();
        const auto offset = window.offset + inside;
        return to_card ? read_file(file, offset, bytes) : write_file(file, offset, bytes);
    }
    return by_message(iova, bytes);
}

bool ClientMemory::transfer(std::uint64_t iova, std::span<std::byte> bytes, Direction direction,
                            const ByMessage& by_message) const {
    while (!bytes.empty()) {
        const auto after = windows_.upper_bound(iova);
        if (after == windows_.begin()) return false;
        const auto& [start, window] = *std::prev(after);
        const std::uint64_t inside = iova - start;
        if (inside >= window.size) return false;
        if (direction == Direction::to_card ? !window.readable : !window.writable) return false;
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), window.size - inside));
        if (!move(window, iova, inside, bytes.first(count), direction, by_message)) return false;
        bytes = bytes.subspan(count);
        iova += count;
        if (iova == 0 && !bytes.empty()) return false;
    }
    return true;
}

bool ClientMemory::read(std::uint64_t iova, std::span<std::byte> destination,
                        const ByMessage& by_message) const {
    return transfer(iova, destination, Direction::to_card, by_message);
}

bool ClientMemory::write(std::uint64_t iova, std::span<const std::byte> source,
                         const ByMessage& by_message) const {
    // In this direction they are only read.
    const std::span bytes(const_cast<std::byte*>(source.data()), source.size());
    return transfer(iova, bytes, Direction::from_card, by_message);
}

}  // namespace openbar::simulator::vfio_user
