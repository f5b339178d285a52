#include "cli/inf/made_files.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <system_error>

namespace openbar::cli {

namespace files = std::filesystem;

MadeFiles::~MadeFiles() {
    std::error_code ignored;  // a folder that somebody else has put a file into stays
    for (const files::path& path : std::views::reverse(made_)) files::remove(path, ignored);
}

Result<void> MadeFiles::folder(const files::path& path) {
    std::error_code error;
    std::vector<files::path> missing;
    for (files::path each = path; !each.empty() && !files::exists(each, error);
         each = each.parent_path())
        missing.push_back(each);
    made_.insert(made_.end(), missing.rbegin(), missing.rend());
    files::create_directories(path, error);
    if (error)
        return failure(ErrorCode::io,
                       fmt::format("the folder {}: {}", path.string(), error.message()));
    return {};
}

void MadeFiles::file(const files::path& path) {
    std::error_code error;
    if (!files::exists(path, error)) made_.push_back(path);
}

}  // namespace openbar::cli
