#include "description/message.hpp"
#include "description/plain_text.hpp"
#include "description/systemrdl/elaborator.hpp"

#include <utility>

namespace openbar::description::systemrdl {
namespace {

constexpr std::pair<std::string_view, Access> rdl_accesses[] = {
    {"rw", Access::read_write}, {"wr", Access::read_write}, {"r", Access::read_only},
    {"w", Access::write_only},  {"na", Access::none},       {"rw1", Access::read_write_once},
    {"w1", Access::write_once},
};
constexpr std::pair<std::string_view, ReadEffect> rdl_read_effects[] = {
    {"rclr", ReadEffect::clear}, {"rset", ReadEffect::set}, {"ruser", ReadEffect::other}};
constexpr std::pair<std::string_view, WriteEffect> rdl_write_effects[] = {
    {"woclr", WriteEffect::one_to_clear}, {"woset", WriteEffect::one_to_set},
    {"wot", WriteEffect::one_to_toggle},  {"wzc", WriteEffect::zero_to_clear},
    {"wzs", WriteEffect::zero_to_set},    {"wzt", WriteEffect::zero_to_toggle},
    {"wclr", WriteEffect::clear},         {"wset", WriteEffect::set},
    {"wuser", WriteEffect::other},
};

}  // namespace

Text Elaborator::text_of(const Frame& frame, std::string_view name) {
    const PropertyValue* property = frame.properties.find(name);
    if (property == nullptr || property->value.kind != Value::Kind::string) return {};
    std::string text;
    const std::string_view raw = property->value.text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\\' && i + 1 < raw.size()) ++i;
        text += raw[i];
    }
    return model_.text.add(with_space_collapsed(trimmed(text)));
}

std::optional<std::uint64_t> Elaborator::number_of(const Frame& frame, std::string_view name) {
    const PropertyValue* property = frame.properties.find(name);
    if (property == nullptr) return std::nullopt;
    if (property->value.is_number()) return property->value.number;
    evaluator_.fail(ErrorCode::protocol, property->place, in_quotes(name) + " is not a number");
    return std::nullopt;
}

Access Elaborator::access_of(const PropertyValue& property) {
    for (const auto& [word, access] : rdl_accesses)
        if (property.value.text == word) return access;
    evaluator_.fail(ErrorCode::protocol, property.place,
                    in_quotes(property.value.text) + " is not an access");
    return Access::none;
}

void Elaborator::take_effects(const Frame& frame, FieldRecord& field) {
    const auto flag = [&](std::string_view name, auto& fact, auto effect, Fact place) {
        if (!frame.properties.truth(name)) return;
        fact = effect;
        field.where[at(place)] = frame.properties.find(name)->place;
    };
    flag("rclr", field.read_effect, ReadEffect::clear, Fact::read_effect);
    flag("rset", field.read_effect, ReadEffect::set, Fact::read_effect);
    flag("woclr", field.write_effect, WriteEffect::one_to_clear, Fact::write_effect);
    flag("woset", field.write_effect, WriteEffect::one_to_set, Fact::write_effect);
    const auto word = [&](std::string_view name, auto& fact, const auto& words, Fact place) {
        const PropertyValue* property = frame.properties.find(name);
        if (property == nullptr) return;
        for (const auto& [spelling, effect] : words)
            if (property->value.text == spelling) {
                fact = effect;
                field.where[at(place)] = property->place;
                return;
            }
        evaluator_.fail(ErrorCode::protocol, property->place,
                        in_quotes(property->value.text) + " is no value of " + std::string(name));
    };
    word("onread", field.read_effect, rdl_read_effects, Fact::read_effect);
    word("onwrite", field.write_effect, rdl_write_effects, Fact::write_effect);
}

/// The hardware may write it: that is the language's default.
bool Elaborator::changes_by_itself(const Frame& frame) {
    for (const std::string_view name : {"counter", "intr", "hwset", "hwclr", "next", "singlepulse"})
        if (frame.properties.truth(name)) return true;
    const PropertyValue* hw = frame.properties.find("hw");
    return hw == nullptr || hw->value.text.find('w') != std::string_view::npos;
}

}  // namespace openbar::description::systemrdl
