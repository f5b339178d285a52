#include "cli/support/own_name.hpp"

namespace openbar::cli {
namespace {

std::string& own_name() {
    static std::string name = "openbar";
    return name;
}

bool is_lower(char letter) {
    return letter >= 'a' && letter <= 'z';
}

}  // namespace

void note_own_name(std::string_view called_as) {
    own_name() = called_as.find('/') == std::string_view::npos ? "openbar" : called_as;
}

std::string typeable(std::string_view text) {
    constexpr std::string_view name = "openbar ";
    std::string result;
    while (!text.empty()) {
        const std::size_t at = text.find(name);
        const std::size_t end = at == std::string_view::npos ? text.size() : at;
        result += text.substr(0, end);
        text.remove_prefix(end);
        if (text.empty()) break;
        // A command, not the word in a sentence: at a beginning, and with a command behind it.
        const bool begins = result.empty() || result.back() == ' ' || result.back() == '(';
        const bool commands = text.size() > name.size() && is_lower(text[name.size()]);
        result += begins && commands ? own_name() + " " : std::string(name);
        text.remove_prefix(name.size());
    }
    return result;
}

}  // namespace openbar::cli
