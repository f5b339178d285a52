#include "description/message.hpp"
#include "description/plain_text.hpp"
#include "description/source_text.hpp"
#include "description/systemrdl/lexer.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace openbar::description::systemrdl {
namespace {

constexpr std::size_t deepest_include = 64;

/// The text of a macro without its comment, which ends with the line.
std::string_view without_comment(std::string_view line) noexcept {
    bool in_string = false;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        if (line[i] == '"') in_string = !in_string;
        if (!in_string && line[i] == '/' && line[i + 1] == '/') return line.substr(0, i);
    }
    return line;
}

}  // namespace

void Lexer::directive() {
    const Place32 where = place();
    ++frames_.back().at;
    const std::string_view name = take_name();
    for (const std::string_view known : {"ifdef", "ifndef", "elsif", "else", "endif"})
        if (name == known) return condition(name, where);
    if (!active()) return;
    if (name == "define") return define();
    if (name == "include") return include();
    if (name == "line") return (void)take_line();
    if (name == "undef") {
        if (!skip_space()) return;
        if (const auto macro = macros_.find(take_name()); macro != macros_.end())
            macros_.erase(macro);
        return;
    }
    if (name.empty())
        return fail(ErrorCode::unsupported, where,
                    "text between macros (`\" and ``) is not joined");
    expand(name, where);
}

void Lexer::define() {
    while (!rest().empty() && (rest().front() == ' ' || rest().front() == '\t'))
        ++frames_.back().at;
    const Place32 where = place();
    const std::string_view name = take_name();
    if (name.empty()) return fail(ErrorCode::protocol, where, "`define without a name");
    if (rest().starts_with('('))
        return fail(ErrorCode::unsupported, where,
                    "macro " + in_quotes(name) + " has arguments, which openbar does not expand");
    const std::string_view text = rest();
    std::size_t length = 0;
    // A line that ends with a backslash goes on.
    for (;;) {
        length = std::min(text.find('\n', length), text.size());
        const std::string_view line = trimmed(text.substr(0, length));
        if (length == text.size() || !line.ends_with('\\')) break;
        if (trimmed(without_comment(line)).size() < line.size()) break;
        ++length;
    }
    frames_.back().at += length;
    if (text.substr(0, length).find("\\\n") != std::string_view::npos ||
        text.substr(0, length).find("\\\r") != std::string_view::npos) {
        std::string joined(text.substr(0, length));
        for (std::size_t i = 0; i < joined.size(); ++i)
            if (joined[i] == '\\' && i + 1 < joined.size() &&
                (joined[i + 1] == '\n' || joined[i + 1] == '\r'))
                joined[i] = ' ';
        macros_[std::string(name)] = source_.model.text.view(source_.model.text.add(joined));
        return;
    }
    macros_[std::string(name)] = trimmed(without_comment(text.substr(0, length)));
}

void Lexer::include() {
    if (!skip_space()) return;
    const Place32 where = place();
    const std::string_view line = take_line();
    const char close = line.starts_with('<') ? '>' : '"';
    const std::size_t end = line.find(close, 1);
    if ((line.front() != '<' && line.front() != '"') || end == std::string_view::npos)
        return fail(ErrorCode::protocol, where, "`include without a file's name");
    const std::filesystem::path name(line.substr(1, end - 1));
    frames_.back().at -= line.size() - end - 1;

    std::vector<std::filesystem::path> candidates;
    std::size_t around = frames_.size() - 1;
    while (frames_[around].is_macro) --around;
    candidates.push_back(std::filesystem::path(frames_[around].name).parent_path() / name);
    for (const auto& folder : source_.options.include_folders) candidates.push_back(folder / name);
    std::error_code error;
    const auto found = std::ranges::find_if(candidates, [&](const auto& candidate) {
        return std::filesystem::is_regular_file(candidate, error);
    });
    if (found == candidates.end())
        return fail(ErrorCode::not_found, where,
                    "no file " + in_quotes(name.string()) + " to include",
                    "name its folder among the include folders");
    include_file(*found, where);
}

void Lexer::include_file(const std::filesystem::path& found, Place32 where) {
    const std::filesystem::path path = found.lexically_normal();
    for (const Frame& frame : frames_)
        if (!frame.is_macro && std::filesystem::path(frame.name).lexically_normal() == path)
            return fail(ErrorCode::protocol, where, in_quotes(path.string()) + " includes itself");
    if (frames_.size() >= deepest_include)
        return fail(ErrorCode::protocol, where, "files include each other more than 64 deep");
    auto known = files_.find(path);
    if (known == files_.end()) {
        auto text = read_file(path).and_then(
            [&](std::string bytes) { return to_utf8(std::move(bytes), path.string()); });
        auto file = std::move(text).and_then([&](std::string utf8) {
            return source_.model.text.add_file(path.string(), std::move(utf8));
        });
        if (!file) {
            if (!error_) error_ = std::move(file).error();
            return;
        }
        known = files_.emplace(path, *file).first;
    }
    push_file(path, known->second, conditions_.size());
}

void Lexer::condition(std::string_view name, Place32 where) {
    if (name == "ifdef" || name == "ifndef") {
        (void)skip_space();
        const bool defined = macros_.contains(take_name());
        const bool around = active();
        const bool holds = around && defined == (name == "ifdef");
        conditions_.push_back({where, holds, holds, around});
        return;
    }
    if (conditions_.empty())
        return fail(ErrorCode::protocol, where, "`" + std::string(name) + " without an `ifdef");
    Condition& open = conditions_.back();
    if (name == "endif") {
        conditions_.pop_back();
        return;
    }
    bool holds = true;
    if (name == "elsif") {
        (void)skip_space();
        holds = macros_.contains(take_name());
    }
    open.active = open.around && holds && !open.was_active;
    open.was_active = open.was_active || open.active;
}

void Lexer::expand(std::string_view name, Place32 where) {
    const auto macro = macros_.find(name);
    if (macro == macros_.end())
        return fail(ErrorCode::protocol, where, "no macro " + in_quotes(name) + " is defined");
    for (const Frame& frame : frames_)
        if (frame.is_macro && frame.name == name)
            return fail(ErrorCode::protocol, where,
                        "macro " + in_quotes(name) + " is defined by itself");
    Frame frame;
    frame.text = macro->second;
    frame.first = where;
    frame.is_macro = true;
    frame.name = name;
    frame.conditions = conditions_.size();
    frames_.push_back(std::move(frame));
}

}  // namespace openbar::description::systemrdl
