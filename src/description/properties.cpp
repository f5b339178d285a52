#include "openbar/description_properties.hpp"

#include <array>
#include <utility>

namespace openbar::description {
namespace {

constexpr std::array<std::string_view, 6> access_names{
    "none", "read-only", "write-only", "read-write", "write-once", "read-write-once"};
constexpr std::array<std::string_view, 4> read_effect_names{"none", "clear", "set", "other"};
constexpr std::array<std::string_view, 10> write_effect_names{
    "none",        "one-to-clear",   "one-to-set", "one-to-toggle", "zero-to-clear",
    "zero-to-set", "zero-to-toggle", "clear",      "set",           "other"};
constexpr std::array<std::string_view, 2> byte_order_names{"little", "big"};

template <typename Enum, std::size_t count>
std::optional<Enum> named(const std::array<std::string_view, count>& names,
                          std::string_view name) noexcept {
    for (std::size_t i = 0; i < count; ++i)
        if (names[i] == name) return static_cast<Enum>(i);
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Access access) noexcept {
    return access_names[std::to_underlying(access)];
}
std::string_view to_string(ReadEffect effect) noexcept {
    return read_effect_names[std::to_underlying(effect)];
}
std::string_view to_string(WriteEffect effect) noexcept {
    return write_effect_names[std::to_underlying(effect)];
}
std::string_view to_string(ByteOrder order) noexcept {
    return byte_order_names[std::to_underlying(order)];
}

std::optional<Access> access_named(std::string_view name) noexcept {
    return named<Access>(access_names, name);
}
std::optional<ReadEffect> read_effect_named(std::string_view name) noexcept {
    return named<ReadEffect>(read_effect_names, name);
}
std::optional<WriteEffect> write_effect_named(std::string_view name) noexcept {
    return named<WriteEffect>(write_effect_names, name);
}
std::optional<ByteOrder> byte_order_named(std::string_view name) noexcept {
    return named<ByteOrder>(byte_order_names, name);
}

}  // namespace openbar::description
