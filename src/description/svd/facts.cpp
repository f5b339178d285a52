// Numbers and words of single elements.
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/svd/reader.hpp"

#include <utility>

namespace openbar::description::svd {
namespace {

template <typename Enum>
using Spelling = std::pair<std::string_view, Enum>;

/// The last two are not in the standard, but in files.
constexpr Spelling<Access> accesses[] = {
    {"read-write", Access::read_write},
    {"read-only", Access::read_only},
    {"write-only", Access::write_only},
    {"writeOnce", Access::write_once},
    {"read-writeOnce", Access::read_write_once},
    {"read", Access::read_only},
    {"write", Access::write_only},
    {"read-writeonce", Access::read_write_once},
    {"write-once", Access::write_once},
};
constexpr Spelling<ReadEffect> read_effects[] = {
    {"clear", ReadEffect::clear},
    {"set", ReadEffect::set},
    {"modify", ReadEffect::other},
    {"modifyExternal", ReadEffect::other},
};
/// "modify" is the default: the bits take what is written.
constexpr Spelling<WriteEffect> write_effects[] = {
    {"oneToClear", WriteEffect::one_to_clear},
    {"oneToSet", WriteEffect::one_to_set},
    {"oneToToggle", WriteEffect::one_to_toggle},
    {"zeroToClear", WriteEffect::zero_to_clear},
    {"zeroToSet", WriteEffect::zero_to_set},
    {"zeroToToggle", WriteEffect::zero_to_toggle},
    {"clear", WriteEffect::clear},
    {"set", WriteEffect::set},
    {"modify", WriteEffect::none},
};

template <typename Enum>
std::optional<Enum> look_up(std::span<const Spelling<Enum>> spellings, std::string_view name) {
    for (const auto& [spelling, value] : spellings)
        if (spelling == name) return value;
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> Reader::number(pugi::xml_node node) {
    const auto value = parse_number(xml_.words(node));
    if (!value) not_a("a number", node);
    return value;
}

std::optional<unsigned> Reader::width(pugi::xml_node node) {
    const auto value = number(node);
    if (!value) return std::nullopt;
    if (*value >= 1 && *value <= widest_register) return static_cast<unsigned>(*value);
    not_a("a width", node);
    return std::nullopt;
}

std::optional<Access> Reader::access(pugi::xml_node node) {
    const auto value = look_up<Access>(accesses, xml_.words(node));
    if (!value) not_a("an access", node);
    return value;
}

std::optional<ReadEffect> Reader::read_effect(pugi::xml_node node) {
    const auto value = look_up<ReadEffect>(read_effects, xml_.words(node));
    if (!value) not_a("a read action", node);
    return value;
}

std::optional<WriteEffect> Reader::write_effect(pugi::xml_node node) {
    const auto value = look_up<WriteEffect>(write_effects, xml_.words(node));
    if (!value) not_a("a way to modify written values", node);
    return value;
}

void Reader::not_a(std::string_view kind, pugi::xml_node node) {
    leave_out(node, std::string(node.name()) + " " + in_quotes(xml_.words(node)) + " is not " +
                        std::string(kind));
}

void Reader::leave_out(pugi::xml_node node, std::string words, std::string hint) {
    model_.add_problem(Problem::Kind::malformed, xml_.place(node), std::move(words),
                       std::move(hint));
}

void Reader::fail(Error error) {
    if (!error_) error_ = std::move(error);
}

bool Reader::stopped() {
    if (levels_.error()) fail(*levels_.error());
    if (error_) return true;
    if (model_.elements() < largest_description) return false;
    fail({ErrorCode::resource_exhausted,
          {},
          model_.text.words(xml_.place(xml_.root())) + ": more than " +
              std::to_string(largest_description) + " registers, fields and values",
          {},
          0});
    return true;
}

}  // namespace openbar::description::svd
