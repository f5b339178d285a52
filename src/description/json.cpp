#include "description/json.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"

#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

namespace openbar::description {
namespace {

constexpr std::size_t deepest_json = 64;
constexpr std::size_t most_json_values = 1'000'000;

/// Characters for the parser, which notes how far it has read.
class Reading {
public:
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;
    using iterator_category = std::input_iterator_tag;

    Reading(const char* at, const char** furthest) noexcept : at_(at), furthest_(furthest) {}
    const char& operator*() const noexcept { return *at_; }
    Reading& operator++() noexcept {
        *furthest_ = ++at_;
        return *this;
    }
    Reading operator++(int) noexcept {
        const Reading before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Reading& other) const noexcept { return at_ == other.at_; }

private:
    const char* at_;
    const char** furthest_;
};

/// Builds the tree from the parser's events.
class JsonBuilder {
public:
    using json = nlohmann::json;

    JsonBuilder(TextStore& store, std::size_t file, const char** read) noexcept
        : store_(store), file_(file), read_(read) {}

    bool null() { return add({.kind = JsonValue::Kind::null}); }
    bool boolean(bool value) { return add({.kind = JsonValue::Kind::boolean, .boolean = value}); }
    bool number_integer(json::number_integer_t) { return add({.kind = JsonValue::Kind::real}); }
    bool number_unsigned(json::number_unsigned_t value) {
        return add({.kind = JsonValue::Kind::number, .number = value});
    }
    bool number_float(json::number_float_t, const std::string&) {
        return add({.kind = JsonValue::Kind::real});
    }
    bool string(std::string& value) {
        return add({.kind = JsonValue::Kind::string, .string = std::move(value)});
    }
    bool binary(json::binary_t&) { return false; }
    bool start_object(std::size_t) { return open(JsonValue::Kind::object); }
    bool start_array(std::size_t) { return open(JsonValue::Kind::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        auto& members = open_.back()->members;
        for (const auto& [known, value] : members)
            if (known == name)
                return stop(ErrorCode::protocol, in_quotes(name) + " is there twice");
        members.push_back({std::move(name), {}});
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception& exception) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …"
        std::string_view words = exception.what();
        if (const std::size_t colon = words.find(": "); colon != std::string_view::npos)
            words.remove_prefix(colon + 2);
        const std::string quoted = in_quotes(words);
        return stop(ErrorCode::protocol, quoted.substr(1, quoted.size() - 2));
    }

    Result<JsonValue> take() {
        if (error_) return *std::move(error_);
        return std::move(root_);
    }

private:
    Place32 place() const noexcept {
        const std::string_view text = store_.file_text(file_);
        const auto read = static_cast<std::size_t>(*read_ - text.data());
        return store_.place(file_, read == 0 ? 0 : read - 1);
    }
    bool stop(ErrorCode code, std::string cause) {
        if (!error_) error_ = failure(code, store_.words(place()) + ": " + std::move(cause));
        return false;
    }
    JsonValue& slot() {
        if (open_.empty()) return root_;
        JsonValue& around = *open_.back();
        if (around.kind == JsonValue::Kind::object) return around.members.back().value;
        return around.items.emplace_back();
    }
    bool add(JsonValue value) {
        if (++values_ > most_json_values)
            return stop(ErrorCode::resource_exhausted, "more than a million values");
        value.where = place();
        slot() = std::move(value);
        return true;
    }
    bool open(JsonValue::Kind kind) {
        if (open_.size() >= deepest_json)
            return stop(ErrorCode::resource_exhausted, "values lie more than 64 deep");
        if (++values_ > most_json_values)
            return stop(ErrorCode::resource_exhausted, "more than a million values");
        JsonValue& value = slot();
        value.kind = kind;
        value.where = place();
        open_.push_back(&value);
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    TextStore& store_;
    std::size_t file_;
    const char** read_;
    JsonValue root_;
    std::vector<JsonValue*> open_;  // none of them moves before it is closed
    std::size_t values_ = 0;
    std::optional<Error> error_;
};

}  // namespace

const JsonValue* JsonValue::member(std::string_view name) const noexcept {
    for (const auto& [known, value] : members)
        if (known == name) return &value;
    return nullptr;
}

std::string_view to_string(JsonValue::Kind kind) noexcept {
    switch (kind) {
        case JsonValue::Kind::null: return "null";
        case JsonValue::Kind::boolean: return "true or false";
        case JsonValue::Kind::number: return "a number";
        case JsonValue::Kind::real: return "a number with a sign or a fraction";
        case JsonValue::Kind::string: return "a string";
        case JsonValue::Kind::array: return "a list";
        case JsonValue::Kind::object: return "an object";
    }
    return "unknown";
}

Result<JsonValue> read_json(TextStore& store, std::size_t file) {
    const std::string_view text = store.file_text(file);
    const char* read = text.data();
    JsonBuilder builder(store, file, &read);
    (void)nlohmann::json::sax_parse(Reading(text.data(), &read),
                                    Reading(text.data() + text.size(), &read), &builder);
    return builder.take();
}

}  // namespace openbar::description
