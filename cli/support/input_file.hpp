/// A file that a command reads, or standard input as "-".
///
///     OPENBAR_TRY(file, InputFile::open(path));
///     while (true) {
///         OPENBAR_TRY(line, file.line());
///         if (!line) break;
///         …
///     }
///
/// A read that fails is an error and never looks like the end of the file.
#pragma once

#include "openbar/result.hpp"

#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace openbar::cli {

class InputFile {
public:
    [[nodiscard]] static Result<InputFile> open(const std::string& path);

    /// The next line without its end; nothing behind the last one.
    [[nodiscard]] Result<std::optional<std::string>> line();
    /// The rest of the file, but at most `most` bytes.
    [[nodiscard]] Result<std::string> rest(std::size_t most);

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept;
    };
    InputFile(std::string name, std::FILE* file) : name_(std::move(name)), file_(file) {}
    [[nodiscard]] Error cannot_read() const;

    std::string name_;
    std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace openbar::cli
