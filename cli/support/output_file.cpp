#include "cli/support/output_file.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <random>
#include <system_error>
#ifndef _WIN32
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace openbar::cli {
namespace {

namespace fs = std::filesystem;

// The C library of Windows does not know "x", which refuses a file that is there already.
#ifdef _WIN32
constexpr const char* new_file = "wb";
#else
constexpr const char* new_file = "wbx";
#endif

Error cannot_write(int number, const fs::path& path) {
    return system_failure(number, fmt::format("write the file {}", path.string()), "",
                          "choose an existing, writable folder with enough space");
}

/// Whether `temporary` can become what `target` is: the same user's and group's, under one name.
bool takes_place_of(const fs::path& target, [[maybe_unused]] const fs::path& temporary) {
#ifdef _WIN32
    return fs::hard_link_count(target) == 1;
#else
    struct stat before {};
    return ::stat(target.c_str(), &before) == 0 && before.st_nlink == 1 &&
           ::chown(temporary.c_str(), before.st_uid, before.st_gid) == 0;
#endif
}

/// Into the file as it is: less safe when the disk gets full, but it stays whose it is.
Result<void> copy_over(const fs::path& complete, const fs::path& target) {
    errno = 0;
    std::ifstream from(complete, std::ios::binary);
    std::ofstream to(target, std::ios::binary);
    if (fs::file_size(complete) != 0) to << from.rdbuf();
    to.close();
    if (!from || !to) return cannot_write(errno == 0 ? EIO : errno, target);
    return {};
}

fs::path temporary_beside(const fs::path& target) {
    std::random_device random;
    fs::path name = target.filename();
    name += fmt::format(".{:08x}.part", random());
    return target.parent_path() / name;
}

}  // namespace

Result<OutputFile> OutputFile::create(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return cannot_write(EISDIR, path);
    // A pipe or device is written into, by the name given: where /dev/stdout is a pipe, the path
    // that it leads to exists for the kernel only.
    const bool direct = fs::exists(path, error) && !fs::is_regular_file(path, error);
    fs::path target = path;
    if (!direct) target = fs::absolute(path, error);
    if (!direct && !error) target = fs::weakly_canonical(target, error);
    if (error) return cannot_write(error.value(), path);
    const fs::path written = direct ? target : temporary_beside(target);
    std::FILE* file = std::fopen(written.string().c_str(), direct ? "wb" : new_file);
    if (file == nullptr) return cannot_write(errno, direct ? target : target.parent_path());
    return OutputFile(target, direct ? fs::path() : written, file);
}

OutputFile::~OutputFile() {
    file_.reset();
    if (temporary_.empty()) return;
    std::error_code ignored;
    fs::remove(temporary_, ignored);
}

Result<void> OutputFile::write(std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
        return cannot_write(errno, target_);
    return {};
}

Result<void> OutputFile::commit() {
    if (std::fclose(file_.release()) != 0) return cannot_write(errno, target_);
    if (temporary_.empty()) return {};
    std::error_code error;
    if (fs::exists(target_, error)) {
        if (!takes_place_of(target_, temporary_)) return copy_over(temporary_, target_);
        const auto before = fs::status(target_, error);
        if (!error) fs::permissions(temporary_, before.permissions(), error);
    }
    fs::rename(temporary_, target_, error);
    if (error) return cannot_write(error.value(), target_);
    temporary_.clear();
    return {};
}

}  // namespace openbar::cli
