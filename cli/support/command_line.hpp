/// The arguments of one command, as it declares them; CLI11 behind it reads them.
///
///     line.required("DRIVER", "the kernel driver", [=](const std::string& word) { … });
///     line.option("--width", "BITS", "how wide", [=](const std::string& word) { … });
///     line.flag("--dry-run", arguments->dry_run, "change nothing");
///
/// A reader that cannot understand its word throws WrongUsage. An empty word never reaches it: in
/// a script that is a variable without a value.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace openbar::cli {

/// Ends in ExitCode::wrong_usage: of one argument, or of several that do not go together.
class WrongUsage : public std::runtime_error {
public:
    explicit WrongUsage(const std::string& message) : std::runtime_error(message) {}
    WrongUsage(std::string_view argument, std::string_view message)
        : std::runtime_error(std::string(argument) + ": " + std::string(message)) {}
};

class CommandLine {
public:
    using Reader = std::function<void(const std::string& word)>;
    using WordsReader = std::function<void(const std::vector<std::string>& words)>;

    /// `json` is whether --json is given, once the arguments were read.
    CommandLine(CLI::App& app, const bool& json) : app_(app), json_(json) {}

    /// Arguments by their place.
    void required(std::string name, std::string description, Reader reader);
    void optional(std::string name, std::string description, Reader reader);
    /// All words behind the others, none to any number.
    void words(std::string name, std::string description, WordsReader reader);
    /// Arguments by their name ("--width"), with a word behind; `type` is what help calls it.
    void option(std::string name, std::string type, std::string description, Reader reader);
    /// The same with `least` to `most` words behind.
    void option(std::string name, int least, int most, std::string type, std::string description,
                WordsReader reader);
    void flag(std::string name, bool& set, std::string description);
    /// Runs once all arguments have been read; may throw WrongUsage as well. At most one.
    void check(std::function<void()> checker);
    /// Whether --json is given: for `check`, because it is known only then.
    [[nodiscard]] const bool& json() const noexcept { return json_; }

private:
    CLI::App& app_;
    const bool& json_;
};

}  // namespace openbar::cli
