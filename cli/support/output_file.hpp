/// A file that appears when it is complete, or not at all.
#pragma once

#include "openbar/result.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace openbar::cli {

/// Writes to a temporary file beside the wanted one, which `commit` puts in its place in one step.
/// Without `commit` the destructor removes it. A target that is not a regular file (a device, a
/// pipe) is written to directly; a link is followed. A file keeps its permissions, owner and other
/// names: if no new file can have these, `commit` copies the bytes into the old one.
class OutputFile {
public:
    [[nodiscard]] static Result<OutputFile> create(const std::string& path);
    OutputFile(OutputFile&&) noexcept = default;
    OutputFile& operator=(OutputFile&&) noexcept = delete;
    ~OutputFile();

    [[nodiscard]] Result<void> write(std::string_view bytes);
    [[nodiscard]] Result<void> commit();

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    OutputFile(std::filesystem::path target, std::filesystem::path temporary, std::FILE* file)
        : target_(std::move(target)), temporary_(std::move(temporary)), file_(file) {}

    std::filesystem::path target_;
    std::filesystem::path temporary_;  // empty: written directly
    std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace openbar::cli
