#include "description/systemrdl/lexer.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::systemrdl {
namespace {

/// Words after the preprocessor: a file of 256 MiB has no more, and macros cannot make more of them.
constexpr std::size_t most_tokens = 20'000'000;

constexpr std::string_view long_marks[] = {"&&", "||", "<=", ">=", "==", "!=", ">>", "<<", "**",
                                           "~&", "~|", "~^", "^~", "->", "::", "+=", "%=", "'{"};

bool is_name_start(char letter) noexcept {
    return ((letter | 0x20) >= 'a' && (letter | 0x20) <= 'z') || letter == '_' || letter == '\\';
}
bool is_digit(char letter) noexcept {
    return letter >= '0' && letter <= '9';
}
bool is_name(char letter) noexcept {
    return is_name_start(letter) || is_digit(letter);
}

}  // namespace

Lexer::Lexer(const Source& source) : source_(source) {
    push_file(source.path, source.file, 0);
    files_.emplace(source.path, source.file);
    for (std::size_t i = source.options.before.size(); i-- > 0 && !error_;)
        include_file(source.options.before[i], source.model.text.place(source.file, 0));
}

void Lexer::push_file(const std::filesystem::path& path, std::size_t file, std::size_t conditions) {
    Frame frame;
    frame.text = source_.model.text.file_text(file);
    frame.first = source_.model.text.place(file, 0);
    frame.name = path.string();
    frame.conditions = conditions;
    frames_.push_back(std::move(frame));
}

void Lexer::fail(ErrorCode code, Place32 where, const std::string& words, std::string hint) {
    if (!error_)
        error_ = failure(code, source_.model.text.words(where) + ": " + words, std::move(hint));
}

Place32 Lexer::place() const noexcept {
    const Frame& frame = frames_.back();
    return frame.is_macro ? frame.first : frame.first + static_cast<Place32>(frame.at);
}

void Lexer::pop_frame() {
    if (!frames_.back().is_macro && conditions_.size() > frames_.back().conditions)
        fail(ErrorCode::protocol, conditions_.back().place, "no `endif for this");
    frames_.pop_back();
}

Token Lexer::next() {
    while (!error_ && !frames_.empty()) {
        if (!skip_space()) {
            pop_frame();
            continue;
        }
        if (rest().front() == '`') {
            directive();
            continue;
        }
        const Token token = read_token();
        if (++tokens_ > most_tokens)
            fail(ErrorCode::resource_exhausted, token.place,
                 "too many words: is a macro defined by itself?");
        if (active() && !error_) return token;
    }
    return {};
}

/// Goes to what is no space and no comment; false at the end.
bool Lexer::skip_space() {
    Frame& frame = frames_.back();
    while (frame.at < frame.text.size()) {
        const std::string_view text = rest();
        if (text.front() == ' ' || text.front() == '\n' || text.front() == '\t' ||
            text.front() == '\r') {
            ++frame.at;
        } else if (text.starts_with("//")) {
            frame.at += std::min(text.find('\n'), text.size());
        } else if (text.starts_with("/*")) {
            const std::size_t end = text.find("*/", 2);
            if (end == std::string_view::npos) {
                fail(ErrorCode::protocol, place(), "the comment has no end");
                frame.at = frame.text.size();
            } else {
                frame.at += end + 2;
            }
        } else {
            return true;
        }
    }
    return false;
}

std::string_view Lexer::take_name() {
    const std::string_view text = rest();
    std::size_t length = 0;
    while (length < text.size() && is_name(text[length])) ++length;
    frames_.back().at += length;
    return text.substr(0, length);
}

std::string_view Lexer::take_line() {
    const std::string_view text = rest();
    const std::size_t length = std::min(text.find('\n'), text.size());
    frames_.back().at += length;
    return text.substr(0, length);
}

Token Lexer::read_token() {
    const std::string_view text = rest();
    const Place32 where = place();
    if (is_name_start(text.front())) {
        std::string_view name = take_name();
        if (name.starts_with('\\')) name.remove_prefix(1);  // an escaped keyword
        return {Token::Kind::name, name, where};
    }
    if (is_digit(text.front())) return read_number();
    if (text.front() == '"') return read_string();
    if (text.starts_with("<%")) {
        fail(ErrorCode::unsupported, where, "embedded Perl (<% … %>) is not run",
             "run the file through its preprocessor first");
        return {};
    }
    std::size_t length = 1;
    for (const std::string_view mark : long_marks)
        if (text.starts_with(mark)) length = mark.size();
    frames_.back().at += length;
    return {Token::Kind::mark, text.substr(0, length), where};
}

/// 12, 0x1F, 8'hFF, 4'b01_01.
Token Lexer::read_number() {
    const Place32 where = place();
    const std::string_view text = rest();
    std::size_t length = 0;
    while (length < text.size() && (is_name(text[length]) && text[length] != '\\')) ++length;
    std::string digits(text.substr(0, length));
    std::erase(digits, '_');
    std::optional<std::uint64_t> width = 64;
    std::string_view figures = digits;
    int base = 10;
    std::string after_mark;
    if (length + 1 < text.size() && text[length] == '\'' && is_name_start(text[length + 1])) {
        width = parse_digits(digits, 10);
        const char letter = static_cast<char>(text[length + 1] | 0x20);
        base = letter == 'h' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : letter == 'd' ? 10 : 0;
        std::size_t end = length + 2;
        while (end < text.size() && is_name(text[end])) ++end;
        after_mark = text.substr(length + 2, end - length - 2);
        std::erase(after_mark, '_');
        figures = after_mark;
        length = end;
    } else if (figures.starts_with("0x") || figures.starts_with("0X")) {
        figures.remove_prefix(2);
        base = 16;
    }
    frames_.back().at += length;
    const std::string_view written = text.substr(0, length);
    const auto value = base == 0 ? std::nullopt : parse_digits(figures, base);
    if (value && width && (*width >= 64 || *value <= low_bits(*width)))
        return {Token::Kind::number, written, where, *value};
    fail(ErrorCode::protocol, where, in_quotes(written) + " is not a number of up to 64 bits");
    return {Token::Kind::number, written, where, 0};
}

Token Lexer::read_string() {
    const Place32 where = place();
    const std::string_view text = rest();
    std::size_t end = 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size()) {
        fail(ErrorCode::protocol, where, "the string has no end");
        end = text.size();
        frames_.back().at = frames_.back().text.size();
        return {};
    }
    frames_.back().at += end + 1;
    return {Token::Kind::string, text.substr(1, end - 1), where};
}

}  // namespace openbar::description::systemrdl
