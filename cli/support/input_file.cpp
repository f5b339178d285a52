#include "cli/support/input_file.hpp"

#include "base/failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>

namespace openbar::cli {

void InputFile::Close::operator()(std::FILE* file) const noexcept {
    if (file != stdin) std::fclose(file);
}

Error InputFile::cannot_read() const {
    return system_failure(errno, fmt::format("read {}", name_), "it cannot be read", "");
}

Result<InputFile> InputFile::open(const std::string& path) {
    if (path == "-") return InputFile("standard input", stdin);
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return failure(ErrorCode::invalid_argument, fmt::format("read {}", path),
                       "it is a directory", "name a file, or - for standard input");
    InputFile file(path, std::fopen(path.c_str(), "rb"));
    if (!file.file_)
        return system_failure(errno, fmt::format("read {}", path), "it cannot be opened", "");
    return file;
}

Result<std::optional<std::string>> InputFile::line() {
    std::string text;
    errno = 0;
    for (int byte = std::getc(file_.get()); byte != '\n'; byte = std::getc(file_.get())) {
        if (byte != EOF) {
            text.push_back(static_cast<char>(byte));
            continue;
        }
        if (std::ferror(file_.get()) != 0) return cannot_read();
        if (text.empty()) return std::optional<std::string>();
        break;
    }
    return std::optional(std::move(text));
}

Result<std::string> InputFile::rest(std::size_t most) {
    std::string bytes(most, '\0');
    errno = 0;
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file_.get()));
    if (std::ferror(file_.get()) != 0) return cannot_read();
    return bytes;
}

}  // namespace openbar::cli
