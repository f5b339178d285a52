#include "cli/support/output.hpp"

#include "base/failure.hpp"

#include <cerrno>
#include <cstdlib>
#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#else
#include <unistd.h>
#endif

namespace openbar::cli {
namespace {

bool is_a_terminal(std::FILE* file) {
#ifdef _WIN32
    return _isatty(_fileno(file)) != 0;
#else
    return ::isatty(::fileno(file)) != 0;
#endif
}

bool colors_wanted() {
    const char* no_color = std::getenv("NO_COLOR");
    if (no_color != nullptr && *no_color != '\0') return false;
#ifdef _WIN32
    return false;  // consoles before Windows 10 show the sequences as they are
#else
    const char* terminal = std::getenv("TERM");
    return terminal != nullptr && std::string_view(terminal) != "dumb";
#endif
}

std::string_view sequence(Color color) {
    switch (color) {
        case Color::red: return "\x1b[31m";
        case Color::green: return "\x1b[32m";
        case Color::yellow: return "\x1b[33m";
        case Color::cyan: return "\x1b[36m";
        case Color::bold: return "\x1b[1m";
        case Color::dim: return "\x1b[2m";
    }
    return "";
}

}  // namespace

Output::Output(std::FILE* file)
    : file_(file), terminal_(is_a_terminal(file)), colors_(terminal_ && colors_wanted()) {}

void Output::write(std::string_view bytes) {
    if (closed_ || error_ != 0) return;
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) note_failure();
}

Result<void> Output::flush() {
    if (!closed_ && error_ == 0 && std::fflush(file_) != 0) note_failure();
    if (error_ != 0)
        return system_failure(
            error_, "write the output", "standard output",
            error_ == EBADF ? "leave standard output open" : "check whether the disk is full");
    return {};
}

void Output::note_failure() {
    // Windows reports a pipe without a reader as EINVAL.
#ifdef _WIN32
    closed_ = errno == EPIPE || errno == EINVAL;
#else
    closed_ = errno == EPIPE;
#endif
    if (!closed_) error_ = errno == 0 ? EIO : errno;
}

std::string Output::colored(Color color, std::string_view text) const {
    if (!colors_) return std::string(text);
    return fmt::format("{}{}\x1b[0m", sequence(color), text);
}

void Output::use_binary_mode() {
#ifdef _WIN32
    static_cast<void>(std::fflush(file_));
    _setmode(_fileno(file_), _O_BINARY);
#endif
}

}  // namespace openbar::cli
