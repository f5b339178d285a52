/// A file that a client has sent with a window: mapped, or read and written by system calls.
#pragma once

#include "base/file_descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace openbar::simulator::vfio_user {

class ClientFile {
public:
    /// Null where neither is safe: the client could have the server fault, or wait for ever. `end`:
    /// as much of the file as is needed.
    [[nodiscard]] static std::shared_ptr<ClientFile> open(FileDescriptor descriptor,
                                                          std::uint64_t end);
    virtual ~ClientFile() = default;

    /// Whether bytes up to there can be reached: a file may have grown since it was opened.
    [[nodiscard]] virtual bool reaches(std::uint64_t end) const noexcept = 0;
    [[nodiscard]] virtual bool read(std::uint64_t offset, std::span<std::byte> destination) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t offset, std::span<const std::byte> source) = 0;
};

}  // namespace openbar::simulator::vfio_user
