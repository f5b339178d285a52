/// The file of a bound UNIX socket, which is removed at the end: unless another program has put its own
/// socket in that place meanwhile.
///
///     if (::bind(socket, …) == 0) bound_ = BoundPath(path);
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace openbar {

class BoundPath {
public:
    BoundPath() = default;
    /// Right after the bind.
    explicit BoundPath(std::string path) : path_(std::move(path)) {
        if (::lstat(path_.c_str(), &file_) != 0) path_.clear();
    }
    BoundPath(BoundPath&& other) noexcept
        : path_(std::exchange(other.path_, {})), file_(other.file_) {}
    BoundPath& operator=(BoundPath&& other) noexcept {
        std::swap(path_, other.path_);
        std::swap(file_, other.file_);
        return *this;
    }
    ~BoundPath() {
        struct stat now {};
        if (!path_.empty() && ::lstat(path_.c_str(), &now) == 0 && now.st_ino == file_.st_ino &&
            now.st_dev == file_.st_dev)
            ::unlink(path_.c_str());
    }

private:
    std::string path_;
    struct stat file_ {};
};

}  // namespace openbar
