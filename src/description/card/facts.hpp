/// Reads the members of a card file's objects. A card file is ours, so that each mistake is an error.
///
///     Facts facts(reader, json, "a register");
///     facts.take("offset", record.offset, record.where[at(Fact::offset)]);
///     facts.finish();                                   // no member that is unknown
#pragma once

#include "description/json.hpp"
#include "description/model.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description::card {

/// What goes wrong first.
class Failure {
public:
    explicit Failure(const TextStore& store) noexcept : store_(store) {}

    void set(Place32 place, const std::string& words, std::string hint = {});
    void set(Error error);
    [[nodiscard]] explicit operator bool() const noexcept { return error_.has_value(); }
    [[nodiscard]] Error take() { return *std::move(error_); }

private:
    const TextStore& store_;
    std::optional<Error> error_;
};

class Facts {
public:
    /// `what` is what the object is in messages: "a register".
    Facts(Failure& failure, const JsonValue& json, std::string_view what);

    [[nodiscard]] const JsonValue* find(std::string_view name, JsonValue::Kind kind);
    /// Any kind.
    [[nodiscard]] const JsonValue* find(std::string_view name);
    /// Each returns whether the member is there and fits.
    bool take(std::string_view name, std::string& text);
    bool take(std::string_view name, std::uint64_t& number, Place32* place = nullptr);
    bool take(std::string_view name, bool& flag);
    bool take(std::string_view name, Access& access, Place32* place);
    bool take(std::string_view name, ReadEffect& effect, Place32* place);
    bool take(std::string_view name, WriteEffect& effect, Place32* place);
    bool take(std::string_view name, ByteOrder& order);
    void require(std::string_view name, bool there);
    /// An error for members that nobody has asked for.
    void finish();

    [[nodiscard]] Place32 place() const noexcept { return json_.where; }

private:
    template <typename Enum>
    bool take_named(std::string_view name, Enum& value, Place32* place,
                    std::optional<Enum> (*named)(std::string_view), std::string_view kind);

    Failure& failure_;
    const JsonValue& json_;
    std::string what_;
    std::vector<std::string_view> known_;
};

/// A number, or a string such as "0x1f".
[[nodiscard]] std::optional<std::uint64_t> number_of(const JsonValue& json);

}  // namespace openbar::description::card
