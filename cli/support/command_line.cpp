#include "cli/support/command_line.hpp"

#include <CLI/CLI.hpp>

namespace openbar::cli {

void CommandLine::required(std::string name, std::string description, Reader reader) {
    app_.add_option_function<std::string>(std::move(name), std::move(reader),
                                          std::move(description))
        ->required();
}

void CommandLine::optional(std::string name, std::string description, Reader reader) {
    app_.add_option_function<std::string>(std::move(name), std::move(reader),
                                          std::move(description));
}

void CommandLine::option(std::string name, std::string type, std::string description,
                         Reader reader) {
    app_.add_option_function<std::string>(std::move(name), std::move(reader),
                                          std::move(description))
        ->option_text(std::move(type));
}

void CommandLine::option(std::string name, int count, std::string type, std::string description,
                         WordsReader reader) {
    app_.add_option_function<std::vector<std::string>>(std::move(name), std::move(reader),
                                                       std::move(description))
        ->expected(count)
        ->option_text(std::move(type));
}

void CommandLine::flag(std::string name, bool& set, std::string description) {
    app_.add_flag(std::move(name), set, std::move(description));
}

void CommandLine::check(std::function<void()> checker) {
    app_.callback(std::move(checker));
}

}  // namespace openbar::cli
