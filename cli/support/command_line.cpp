#include "cli/support/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace openbar::cli {
namespace {

void refuse_empty(const std::string& name, const std::string& word) {
    if (word.empty()) throw WrongUsage(name, "an empty word is given");
}

CommandLine::Reader of_a_word(const std::string& name, CommandLine::Reader reader) {
    return [name, reader = std::move(reader)](const std::string& word) {
        refuse_empty(name, word);
        reader(word);
    };
}

CommandLine::WordsReader of_words(const std::string& name, CommandLine::WordsReader reader) {
    return [name, reader = std::move(reader)](const std::vector<std::string>& words) {
        for (const std::string& word : words) refuse_empty(name, word);
        reader(words);
    };
}

constexpr int most_words = 1 << 20;

}  // namespace

void CommandLine::required(std::string name, std::string description, Reader reader) {
    app_.add_option_function<std::string>(name, of_a_word(name, std::move(reader)),
                                          std::move(description))
        ->required();
}

void CommandLine::optional(std::string name, std::string description, Reader reader) {
    app_.add_option_function<std::string>(name, of_a_word(name, std::move(reader)),
                                          std::move(description));
}

void CommandLine::words(std::string name, std::string description, WordsReader reader) {
    app_.add_option_function<std::vector<std::string>>(name, of_words(name, std::move(reader)),
                                                       std::move(description))
        ->expected(0, most_words);
}

void CommandLine::option(std::string name, std::string type, std::string description,
                         Reader reader) {
    app_.add_option_function<std::string>(name, of_a_word(name, std::move(reader)),
                                          std::move(description))
        ->option_text(std::move(type));
}

void CommandLine::option(std::string name, int least, int most, std::string type,
                         std::string description, WordsReader reader) {
    app_.add_option_function<std::vector<std::string>>(name, of_words(name, std::move(reader)),
                                                       std::move(description))
        ->expected(least, most)
        ->option_text(std::move(type));
}

void CommandLine::flag(std::string name, bool& set, std::string description) {
    app_.add_flag(std::move(name), set, std::move(description));
}

void CommandLine::check(std::function<void()> checker) {
    app_.callback(std::move(checker));
}

}  // namespace openbar::cli
