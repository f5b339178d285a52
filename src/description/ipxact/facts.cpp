#include "base/failure.hpp"
#include "description/ipxact/reader.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::ipxact {
namespace {

/// A number of IP-XACT: as in CMSIS-SVD, or as in SystemVerilog: 'h1F, 32'hFF_FF, 8'b01.
std::optional<std::uint64_t> parse_ipxact_number(std::string_view text) {
    std::string digits(text);
    std::erase(digits, '_');
    if (digits.starts_with('"') && digits.ends_with('"') && digits.size() > 1)
        digits = digits.substr(1, digits.size() - 2);
    const std::size_t tick = digits.find('\'');
    if (tick == std::string::npos) return parse_number(digits);
    if (digits.find_first_not_of("0123456789") < tick) return std::nullopt;
    std::string_view rest = std::string_view(digits).substr(tick + 1);
    if (rest.starts_with('s') || rest.starts_with('S')) rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    switch (rest.front() | 0x20) {
        case 'h': return parse_digits(rest.substr(1), 16);
        case 'd': return parse_digits(rest.substr(1), 10);
        case 'o': return parse_digits(rest.substr(1), 8);
        case 'b': return parse_digits(rest.substr(1), 2);
        default: return std::nullopt;
    }
}

constexpr std::pair<std::string_view, Access> ipxact_accesses[] = {
    {"read-write", Access::read_write},          {"read-only", Access::read_only},
    {"write-only", Access::write_only},          {"writeOnce", Access::write_once},
    {"read-writeOnce", Access::read_write_once}, {"no-access", Access::none},
};

/// Elements that stand for something in another place.
constexpr std::string_view references[] = {
    "addressBlockDefinitionRef", "bankDefinitionRef",        "memoryMapDefinitionRef",
    "registerDefinitionRef",     "fieldDefinitionRef",       "registerFileDefinitionRef",
    "memoryRemapDefinitionRef",  "enumerationDefinitionRef", "fieldAccessPolicyDefinitionRef",
};

}  // namespace

std::string_view local_name(pugi::xml_node node) noexcept {
    const std::string_view name = node.name();
    const std::size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node child_of(pugi::xml_node node, std::string_view name) noexcept {
    for (const pugi::xml_node child : node)
        if (local_name(child) == name) return child;
    return {};
}

std::optional<std::uint64_t> Reader::number(pugi::xml_node node) {
    const std::string_view words = xml_.words(node);
    const auto value = parse_ipxact_number(words);
    if (!value)
        leave_out(node, std::string(local_name(node)) + " " + in_quotes(words) + " is not a number",
                  "expressions with parameters are not computed: write the value");
    return value;
}

std::optional<std::uint64_t> Reader::number_in(pugi::xml_node node, std::string_view name) {
    const pugi::xml_node child = child_of(node, name);
    return child ? number(child) : std::nullopt;
}

std::optional<Access> Reader::access(pugi::xml_node node) {
    const std::string_view words = xml_.words(node);
    for (const auto& [name, value] : ipxact_accesses)
        if (name == words) return value;
    leave_out(node, "access " + in_quotes(words) + " is unknown");
    return std::nullopt;
}

std::uint64_t Reader::bytes(std::uint64_t units, const Around& around, pugi::xml_node node) {
    const auto bits = multiply(units, around.unit_bits);
    if (bits) return *bits / 8;
    leave_out(node, "an address beyond 64 bits");
    return 0;
}

std::uint32_t Reader::dimensions(pugi::xml_node node, std::uint64_t size, Text& name,
                                 const Around& around) {
    // 2009 and 2014 have <dim>s in the element, 2022 in an <array> beside a <stride>.
    const pugi::xml_node array = child_of(node, "array");
    std::vector<std::uint64_t> counts;
    for (const pugi::xml_node child : array ? array : node) {
        if (local_name(child) != "dim") continue;
        const auto count = number(child);
        if (!count) continue;
        if (*count == 0) leave_out(child, "an array without elements");
        counts.push_back(std::max<std::uint64_t>(*count, 1));
    }
    if (counts.empty()) return no_dimension;
    if (const auto stride = number_in(array, "stride")) size = bytes(*stride, around, array);
    std::uint32_t outer = no_dimension;
    std::string marks;
    for (std::size_t i = counts.size(); i-- > 0;) {
        DimensionRecord record;
        record.count = counts[i];
        record.stride = size;
        record.inner = outer;
        outer = static_cast<std::uint32_t>(model_.dimensions.size());
        model_.dimensions.push_back(record);
        const auto whole = multiply(size, counts[i]);
        if (!whole) leave_out(node, "an array reaches beyond 64-bit addresses");
        size = whole.value_or(size);
        marks += "[%s]";
    }
    name = model_.text.add(std::string(xml_.view(name)) + marks);
    return outer;
}

bool Reader::refused(pugi::xml_node node) {
    for (const std::string_view reference : references)
        if (const pugi::xml_node child = child_of(node, reference)) {
            leave_out(child, std::string(local_name(node)) + " with a " + std::string(reference) +
                                 ", which openbar does not follow");
            return true;
        }
    const std::string_view present = xml_.words(child_of(node, "isPresent"));
    return present == "0" || present == "false";
}

void Reader::leave_out(pugi::xml_node node, std::string words, std::string hint) {
    model_.add_problem(Problem::Kind::malformed, xml_.place(node), std::move(words),
                       std::move(hint));
}

bool Reader::stopped() {
    if (error_) return true;
    if (model_.elements() < largest_description) return false;
    error_ = failure(ErrorCode::resource_exhausted,
                     model_.text.words(xml_.place(xml_.root())) +
                         ": more registers, fields and values than any card has");
    return true;
}

}  // namespace openbar::description::ipxact
