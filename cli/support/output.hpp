/// Where text goes: standard output, standard error, or a test's file.
///
///     out.print("{:#x}\n", value);
///     out.print("{}\n", out.colored(Color::green, "ok"));
///     if (auto flushed = out.flush(); !flushed) …
///
/// A reader that stops early (`openbar list | head -1`) is not an error. Later output is dropped,
/// and `closed()` lets long commands stop.
#pragma once

#include "openbar/result.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace openbar::cli {

enum class Color { red, green, yellow, cyan, bold, dim };

class Output {
public:
    explicit Output(std::FILE* file);

    template <typename... Arguments>
    void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        write(fmt::format(format, std::forward<Arguments>(arguments)...));
    }
    void write(std::string_view bytes);
    /// Error: io, where the output cannot be written (a full disk). Not where the reader went.
    [[nodiscard]] Result<void> flush();

    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] bool is_terminal() const noexcept { return terminal_; }
    /// The text in a color on a terminal that shows colors; elsewhere, and where the environment
    /// has NO_COLOR (https://no-color.org), the text alone.
    [[nodiscard]] std::string colored(Color color, std::string_view text) const;
    /// Line endings stay as written, also on Windows.
    void use_binary_mode();

private:
    void note_failure();

    std::FILE* file_;
    bool terminal_;
    bool colors_;
    bool closed_ = false;
    int error_ = 0;
};

}  // namespace openbar::cli
