#include "simulator/parameters.hpp"

#include "base/failure.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace openbar::simulator {
namespace {

using namespace std::chrono_literals;

// Splits at single commas; two in a row are one comma of the text.
std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != ',') {
            parts.back() += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == ',') {
            parts.back() += ',';
            ++i;
        } else {
            parts.emplace_back();
        }
    }
    return parts;
}

std::string names_of(std::span<const ParameterDescription> declared) {
    if (declared.empty()) return "this model has no parameters";
    std::string text = "it has";
    for (const ParameterDescription& parameter : declared)
        text +=
            " " + parameter.name + "=" + parameter.default_value + " (" + parameter.meaning + ");";
    text.pop_back();
    return text;
}

bool parse_number(std::string_view text, std::uint64_t& value) {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

std::string Parameters::model_name(std::string_view address) {
    return std::string(address.substr(0, address.find_first_of(",=")));
}

/// "edu,,,," has commas and nothing between them.
Error no_parameter(const std::string& part, std::span<const ParameterDescription> declared) {
    if (part.find_first_not_of(',') == std::string::npos)
        return failure(ErrorCode::invalid_argument, "a comma is followed by no parameter",
                       "omit the comma; " + names_of(declared));
    return failure(ErrorCode::invalid_argument, "\"" + part + "\" is not of the form name=value",
                   names_of(declared));
}

Result<Parameters> Parameters::parse(std::string_view address,
                                     std::span<const ParameterDescription> declared) {
    Parameters parameters;
    parameters.model_ = model_name(address);
    std::map<std::string, std::string, std::less<>> given;
    // Of "card=FILE" the first parameter has the model's own name.
    const std::string_view behind = address.substr(parameters.model_.size());
    const std::string_view given_text =
        behind.starts_with('=') ? address : behind.substr(std::min<std::size_t>(1, behind.size()));
    for (const std::string& part :
         behind.empty() ? std::vector<std::string>() : split(given_text)) {
        const std::size_t equals = part.find('=');
        const std::string name = part.substr(0, equals);
        const bool known = std::ranges::any_of(
            declared,
            [&](const ParameterDescription& parameter) { return parameter.name == name; });
        if (equals == std::string::npos) return no_parameter(part, declared);
        if (!known)
            return failure(ErrorCode::invalid_argument, "it has no parameter \"" + name + "\"",
                           names_of(declared));
        if (!given.emplace(name, part.substr(equals + 1)).second)
            return failure(ErrorCode::invalid_argument, "parameter \"" + name + "\" is given twice",
                           "leave one of them out");
    }
    for (const ParameterDescription& parameter : declared) {
        const auto found = given.find(parameter.name);
        parameters.values_[parameter.name] =
            found != given.end() ? found->second : parameter.default_value;
    }
    return parameters;
}

std::string Parameters::text(std::string_view name) const {
    const auto found = values_.find(name);
    return found != values_.end() ? found->second : std::string();
}

Result<std::uint64_t> Parameters::number(std::string_view name) const {
    std::uint64_t value = 0;
    if (!parse_number(text(name), value))
        return wrong_value(name, "a number such as 4096 or 0x1000");
    return value;
}

Result<std::chrono::nanoseconds> Parameters::duration(std::string_view name) const {
    constexpr std::pair<std::string_view, std::chrono::nanoseconds> units[] = {
        {"ns", 1ns}, {"us", 1us}, {"ms", 1ms}, {"s", 1s}};
    const std::string value = text(name);
    for (const auto& [unit, length] : units) {
        std::uint64_t count = 0;
        if (!value.ends_with(unit)) continue;
        if (!parse_number(std::string_view(value).substr(0, value.size() - unit.size()), count))
            continue;
        if (count > static_cast<std::uint64_t>(1h / length)) break;
        return length * static_cast<std::int64_t>(count);
    }
    return wrong_value(name, "a time of at most an hour such as 20us, 100ms or 1s");
}

Error Parameters::wrong_value(std::string_view name, std::string expected) const {
    return failure(ErrorCode::invalid_argument,
                   std::string(name) + "=" + text(name) + " is not " + std::move(expected));
}

}  // namespace openbar::simulator
