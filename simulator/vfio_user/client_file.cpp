#include "simulator/vfio_user/client_file.hpp"

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

/// All of a file that nobody can cut short.
class MappedFile final : public ClientFile {
public:
    MappedFile(std::span<std::byte> memory, bool writable) noexcept
        : memory_(memory), writable_(writable) {}
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile() override { ::munmap(memory_.data(), memory_.size()); }

    bool reaches(std::uint64_t end) const noexcept override { return end <= memory_.size(); }
    bool read(std::uint64_t offset, std::span<std::byte> destination) override {
        std::memcpy(destination.data(), memory_.data() + offset, destination.size());
        return true;
    }
    bool write(std::uint64_t offset, std::span<const std::byte> source) override {
        if (!writable_) return false;
        std::memcpy(memory_.data() + offset, source.data(), source.size());
        return true;
    }

private:
    std::span<std::byte> memory_;
    bool writable_;
};

class LocalFile final : public ClientFile {
public:
    explicit LocalFile(FileDescriptor file) noexcept : file_(std::move(file)) {}

    bool reaches(std::uint64_t) const noexcept override { return true; }
    bool read(std::uint64_t offset, std::span<std::byte> destination) override {
        return for_each_part(destination, offset, [&](auto bytes, off_t at) {
            return ::pread(file_.get(), bytes.data(), bytes.size(), at);
        });
    }
    bool write(std::uint64_t offset, std::span<const std::byte> source) override {
        return for_each_part(source, offset, [&](auto bytes, off_t at) {
            return ::pwrite(file_.get(), bytes.data(), bytes.size(), at);
        });
    }

private:
    template <typename Bytes, typename Call>
    static bool for_each_part(Bytes bytes, std::uint64_t offset, Call call) {
        while (!bytes.empty()) {
            const ssize_t count = call(bytes, static_cast<off_t>(offset));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(count));
            offset += static_cast<std::uint64_t>(count);
        }
        return true;
    }

    FileDescriptor file_;
};

std::shared_ptr<ClientFile> map_sealed(int descriptor, std::uint64_t end) {
    const int seals = ::fcntl(descriptor, F_GET_SEALS);
    struct stat status {};
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || ::fstat(descriptor, &status) != 0) return {};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size < end || size > std::numeric_limits<std::size_t>::max()) return {};
    for (const bool writable : {true, false}) {
        void* memory = ::mmap(nullptr, static_cast<std::size_t>(size),
                              PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, descriptor, 0);
        if (memory != MAP_FAILED)
            return std::make_shared<MappedFile>(
                std::span(static_cast<std::byte*>(memory), static_cast<std::size_t>(size)),
                writable);
    }
    return {};
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

}  // namespace

std::shared_ptr<ClientFile> ClientFile::open(FileDescriptor descriptor, std::uint64_t end) {
    if (auto mapped = map_sealed(descriptor.get(), end)) return mapped;
    if (!is_local_file(descriptor.get())) return {};
    return std::make_shared<LocalFile>(std::move(descriptor));
}

}  // namespace openbar::simulator::vfio_user
