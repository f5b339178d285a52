#include "simulator/vfio_user/client_memory.hpp"

#include "base/range.hpp"
#include "simulator/vfio_user/client_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace openbar::simulator::vfio_user {
namespace {

namespace protocol = openbar::vfio_user::protocol;

// libvfio-user's clients may say, in bits 2 and 3, how they would like the server to get at
// their memory. That is the server's own affair here.
constexpr std::uint32_t known_flags = 0xf;

class MemoryOfFile final : public DmaMemory {
public:
    MemoryOfFile(std::shared_ptr<ClientFile> file, std::uint64_t start) noexcept
        : file_(std::move(file)), start_(start) {}
    bool read(std::uint64_t offset, std::span<std::byte> destination) override {
        return file_->read(start_ + offset, destination);
    }
    bool write(std::uint64_t offset, std::span<const std::byte> source) override {
        return file_->write(start_ + offset, source);
    }

private:
    std::shared_ptr<ClientFile> file_;
    std::uint64_t start_;
};

class MemoryByMessage final : public DmaMemory {
public:
    MemoryByMessage(const MemoryMessages& messages, std::uint64_t iova) noexcept
        : messages_(messages), iova_(iova) {}
    bool read(std::uint64_t offset, std::span<std::byte> destination) override {
        return messages_.read(iova_ + offset, destination);
    }
    bool write(std::uint64_t offset, std::span<const std::byte> source) override {
        // In this direction they are only read.
        return messages_.write(iova_ + offset,
                               {const_cast<std::byte*>(source.data()), source.size()});
    }

private:
    const MemoryMessages& messages_;
    std::uint64_t iova_;
};

int errno_of(DmaWindows::Refusal refusal) {
    switch (refusal) {
        case DmaWindows::Refusal::none: return 0;
        case DmaWindows::Refusal::senseless: return EINVAL;
        case DmaWindows::Refusal::taken: return EEXIST;
        case DmaWindows::Refusal::too_many: return ENOSPC;
    }
    return EINVAL;
}

}  // namespace

std::shared_ptr<ClientFile> ClientMemory::file_of(FileDescriptor descriptor, std::uint64_t end) {
    struct stat status {};
    const int flags = ::fcntl(descriptor.get(), F_GETFL);
    if (flags < 0 || ::fstat(descriptor.get(), &status) != 0) return {};
    const FileIdentity identity{status.st_dev, status.st_ino, flags & (O_ACCMODE | O_APPEND)};
    if (const auto known = files_.find(identity); known != files_.end()) {
        auto file = known->second.lock();
        if (file != nullptr && file->reaches(end)) return file;
    }
    auto file = ClientFile::open(std::move(descriptor), end);
    if (file == nullptr) return {};
    forget_files_without_windows();
    files_.insert_or_assign(identity, file);
    return file;
}

// Each costs little; looking at all of them whenever one goes would cost more.
void ClientMemory::forget_files_without_windows() {
    if (files_.size() < files_to_look_again_) return;
    std::erase_if(files_, [](const auto& entry) { return entry.second.expired(); });
    files_to_look_again_ = std::max<std::size_t>(16, 2 * files_.size());
}

int ClientMemory::map(const protocol::DmaMap& request, FileDescriptor descriptor) {
    if (request.argsz < sizeof request || (request.flags & ~known_flags) != 0 ||
        !lies_within({request.offset, request.size}, std::numeric_limits<off_t>::max())) {
        return EINVAL;
    }
    const auto refusal = windows_.check(request.address, request.size);
    if (refusal != DmaWindows::Refusal::none) return errno_of(refusal);
    std::unique_ptr<DmaMemory> memory;
    if (descriptor)
        if (auto file = file_of(std::move(descriptor), request.offset + request.size))
            memory = std::make_unique<MemoryOfFile>(std::move(file), request.offset);
    if (memory == nullptr) memory = std::make_unique<MemoryByMessage>(messages_, request.address);
    windows_.map(request.address, request.size,
                 {.readable = (request.flags & protocol::dma_readable) != 0,
                  .writable = (request.flags & protocol::dma_writable) != 0},
                 std::move(memory));
    return 0;
}

int ClientMemory::unmap(std::uint64_t iova, std::uint64_t size) {
    return windows_.unmap(iova, size) ? 0 : ENOENT;
}

void ClientMemory::clear() {
    windows_.clear();
    files_.clear();
}

}  // namespace openbar::simulator::vfio_user
