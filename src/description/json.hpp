/// JSON by nlohmann/json, as a tree that knows where each value is written.
///
///     OPENBAR_TRY(json, read_json(model.text, file));
///     if (const JsonValue* name = json.member("name")) …
#pragma once

#include "description/text_store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description {

struct JsonMember;

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, real, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    Place32 where = 0;
    std::uint64_t number = 0;  ///< a whole number that is not negative; others are `real`
    std::string string;
    std::vector<JsonMember> members;  ///< in the file's order
    std::vector<JsonValue> items;

    /// The member of an object; nothing if it has none of that name.
    [[nodiscard]] const JsonValue* member(std::string_view name) const noexcept;
};

struct JsonMember {
    std::string name;
    JsonValue value;
};

std::string_view to_string(JsonValue::Kind kind) noexcept;  ///< "a string", …

/// Error: protocol, with file and line, for what is no JSON, and for objects that have a name twice;
/// resource_exhausted for values that lie more than 64 deep, and for more than a million of them.
[[nodiscard]] Result<JsonValue> read_json(TextStore& store, std::size_t file);

}  // namespace openbar::description
