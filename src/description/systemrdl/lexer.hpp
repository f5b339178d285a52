/// The words of a SystemRDL file, after its preprocessor: `include, `define of names without
/// arguments, `ifdef and its like. Embedded Perl and macros with arguments are refused.
#pragma once

#include "description/read.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description::systemrdl {

struct Token {
    enum class Kind : std::uint8_t { end, name, number, string, mark };

    Kind kind = Kind::end;
    std::string_view text;  ///< of a string what is between the quotes, as it is written
    Place32 place = 0;
    std::uint64_t number = 0;

    [[nodiscard]] bool is(std::string_view mark) const noexcept {
        return (kind == Kind::mark || kind == Kind::name) && text == mark;
    }
};

class Lexer {
public:
    explicit Lexer(const Source& source);

    /// The next word; at the end, and after an error, `end`.
    [[nodiscard]] Token next();

    void fail(ErrorCode code, Place32 place, const std::string& words, std::string hint = {});
    [[nodiscard]] std::optional<Error>& error() noexcept { return error_; }

private:
    /// A file, or the body of a macro in the place where its name stands.
    struct Frame {
        std::string_view text;
        std::size_t at = 0;
        Place32 first = 0;  ///< of a macro where its name stands
        bool is_macro = false;
        std::string name;  ///< the macro's, or the file's path
        std::size_t conditions = 0;
    };
    struct Condition {
        Place32 place = 0;
        bool active = false;
        bool was_active = false;  ///< this branch or one before
        bool around = true;       ///< what is around it is active
    };

    [[nodiscard]] Place32 place() const noexcept;
    [[nodiscard]] std::string_view rest() const noexcept {
        return frames_.back().text.substr(frames_.back().at);
    }
    [[nodiscard]] bool skip_space();
    [[nodiscard]] bool active() const noexcept {
        return conditions_.empty() || conditions_.back().active;
    }
    void pop_frame();
    [[nodiscard]] Token read_token();
    [[nodiscard]] Token read_number();
    [[nodiscard]] Token read_string();
    [[nodiscard]] std::string_view take_name();
    [[nodiscard]] std::string_view take_line();

    // preprocessor.cpp
    void directive();
    void define();
    void include();
    void include_file(const std::filesystem::path& found, Place32 where);
    void push_file(const std::filesystem::path& path, std::size_t file, std::size_t conditions);
    void condition(std::string_view name, Place32 place);
    void expand(std::string_view name, Place32 place);

    const Source& source_;
    std::vector<Frame> frames_;
    std::vector<Condition> conditions_;
    std::map<std::string, std::string_view, std::less<>> macros_;
    std::map<std::filesystem::path, std::size_t> files_;
    std::optional<Error> error_;
    std::size_t tokens_ = 0;
};

}  // namespace openbar::description::systemrdl
