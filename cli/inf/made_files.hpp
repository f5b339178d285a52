/// The files and folders that a command makes together, or not at all.
///
///     MadeFiles made;
///     if (auto folder = made.folder("my_card/x64"); !folder) return folder;
///     made.file("my_card/x64/openbar.sys");           // before it is written
///     …
///     made.keep();
///
/// Without `keep` they are removed again. What was there before stays.
#pragma once

#include "openbar/result.hpp"

#include <filesystem>
#include <vector>

namespace openbar::cli {

class MadeFiles {
public:
    MadeFiles() = default;
    ~MadeFiles();
    MadeFiles(const MadeFiles&) = delete;
    MadeFiles& operator=(const MadeFiles&) = delete;

    /// Makes the folder and those above it that are missing.
    [[nodiscard]] Result<void> folder(const std::filesystem::path& path);
    /// Notes a file that is about to be made.
    void file(const std::filesystem::path& path);
    void keep() noexcept { made_.clear(); }

private:
    std::vector<std::filesystem::path> made_;
};

}  // namespace openbar::cli
