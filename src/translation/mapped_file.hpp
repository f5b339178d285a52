/// A file as read-only memory.
///
///     auto file = MappedFile::open("guest.dump");
///     parse(file->bytes());
///     auto keep = file->share();     // the bytes stay as long as this
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace openbar {

class MappedFile {
public:
    /// not_found, permission_denied, io; invalid_argument for an empty file or a directory.
    [[nodiscard]] static Result<MappedFile> open(const std::filesystem::path& path);

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::shared_ptr<const void> share() const noexcept { return mapping_; }

private:
    MappedFile(std::shared_ptr<const void> mapping, std::span<const std::byte> bytes) noexcept
        : mapping_(std::move(mapping)), bytes_(bytes) {}

    std::shared_ptr<const void> mapping_;
    std::span<const std::byte> bytes_;
};

}  // namespace openbar
