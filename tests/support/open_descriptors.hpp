/// How many descriptors a process has open: the same before and after, or one has leaked.
#pragma once

#include <fcntl.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <system_error>

namespace openbar {

/// Not what is closed meanwhile, nor a pipe that stays open on exec, which all that openbar opens
/// or receives does not: to see whether memory can be read, UndefinedBehaviorSanitizer writes it
/// into a pipe, which it opens and closes at any moment, in any thread.
[[nodiscard]] inline bool counts(const std::filesystem::path& process,
                                 const std::filesystem::path& descriptor) {
    std::error_code closed;
    const auto file = std::filesystem::read_symlink(descriptor, closed);
    if (closed || !file.native().starts_with("pipe:")) return !closed;
    std::ifstream facts(process / "fdinfo" / descriptor.filename());
    for (std::string word; facts >> word;)
        if (int flags = 0; word == "flags:" && facts >> std::oct >> flags)
            return (flags & O_CLOEXEC) != 0;
    return false;
}

/// Of `process`, a number or "self"; that of looking included.
[[nodiscard]] inline std::size_t open_descriptors(const std::string& process = "self") {
    const auto folder = std::filesystem::path("/proc") / process;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "fd"))
        count += counts(folder, entry.path()) ? 1 : 0;
    return count;
}

}  // namespace openbar
