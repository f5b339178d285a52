#include "openbar/generate.hpp"

#include "base/failure.hpp"
#include "description/generate/generators.hpp"
#include "description/generate/identifiers.hpp"
#include "description/numbers.hpp"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace openbar {
namespace {

using namespace description;

constexpr std::array<std::pair<Generated, std::string_view>, 5> generated_names{{
    {Generated::cpp, "c++"},
    {Generated::c, "c"},
    {Generated::svd, "svd"},
    {Generated::markdown, "markdown"},
    {Generated::html, "html"},
}};

/// The mistakes of the description that matter.
Result<void> require_correct(const Description& card, const std::vector<Problem::Kind>& ignore) {
    constexpr std::size_t listed = 5;
    std::ostringstream words;
    std::size_t count = 0;
    for (const Problem& problem : card.check()) {
        if (!problem.error || std::ranges::find(ignore, problem.kind) != ignore.end()) continue;
        if (++count <= listed) words << "\n  " << problem;
    }
    if (count == 0) return {};
    if (count > listed) words << "\n  and " << count - listed << " more";
    return failure(ErrorCode::protocol, "the description has mistakes:" + words.str(),
                   "correct them in a card file, or name the kinds to ignore");
}

std::string text_of(const Description& card, Generated what, const std::string& name) {
    switch (what) {
        case Generated::cpp: return generate_cpp(card, identifier(name));
        case Generated::c: return generate_c(card, identifier(name));
        case Generated::svd: return generate_svd(card, name);
        case Generated::markdown: return generate_markdown(card, name);
        case Generated::html: break;
    }
    return generate_html(card, name);
}

}  // namespace

std::string_view to_string(Generated what) noexcept {
    return std::ranges::find(generated_names, what, &std::pair<Generated, std::string_view>::first)
        ->second;
}

std::optional<Generated> generated_named(std::string_view name) noexcept {
    for (const auto& [what, known] : generated_names)
        if (known == name) return what;
    return std::nullopt;
}

Result<std::string> generate(const Description& card, Generated what,
                             const GenerateOptions& options) {
    OPENBAR_TRY(correct, require_correct(card, options.ignore).attempting([&] {
        return "generate " + std::string(to_string(what)) + " from " + std::string(card.name());
    }));
    std::string name = options.name.empty() ? std::string(card.name()) : options.name;
    return text_of(card, what, name.empty() ? "card" : name);
}

namespace description {

void Lines::add(std::string_view line) {
    if (!line.empty()) text_.append(depth_, ' ');
    text_ += line;
    text_ += '\n';
}

void Lines::add_wrapped(std::string_view start, std::string_view text) {
    constexpr std::size_t width = 100;
    std::istringstream words{std::string(text)};
    std::string line(start);
    bool empty = true;
    for (std::string word; words >> word;) {
        // A backslash at the end of a line would join the next one.
        if (word.ends_with('\\')) word += '.';
        if (!empty && depth_ + line.size() + 1 + word.size() > width) {
            add(line);
            line = start;
        }
        line += ' ' + word;
        empty = false;
    }
    if (!empty) add(line);
}

std::string hex_text(std::uint64_t value) {
    std::ostringstream text;
    text << "0x" << std::hex << value;
    return text.str();
}

std::string bits_of(Field field) {
    const std::string low = std::to_string(field.low());
    return field.width() == 1 ? low : std::to_string(field.high()) + ":" + low;
}

std::string plain_name(std::string_view name) {
    std::string plain(name);
    for (const std::string_view index : {"[%s]", "%s"})
        for (std::size_t at = 0; (at = plain.find(index)) != std::string::npos;)
            plain.erase(at, index.size());
    return plain;
}

std::string array_name(std::string_view name, const std::vector<Dimension>& array) {
    std::string text(name);
    for (const Dimension& dimension : array) {
        const std::size_t at = text.find("%s");
        if (at == std::string::npos) break;
        text.replace(at, 2, "0…" + std::to_string(dimension.count - 1));
    }
    return text;
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        switch (letter) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            default: result += letter;
        }
    }
    return result;
}

std::string one_line(std::string_view text) {
    std::istringstream words{std::string(text)};
    std::string line;
    for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
    return line;
}

std::string properties_text(Access access, ReadEffect read, WriteEffect write) {
    std::string text(to_string(access));
    if (read != ReadEffect::none) text += ", reading: " + std::string(to_string(read));
    if (write != WriteEffect::none) text += ", writing: " + std::string(to_string(write));
    return text;
}

EffectMasks effect_masks(Register described) {
    EffectMasks masks;
    const auto note = [&](WriteEffect effect, Access access, std::uint64_t bits) {
        for (std::uint64_t* mask :
             {&masks.one_to_clear, &masks.zero_to_clear, &masks.one_to_set, &masks.write_only})
            *mask &= ~bits;
        switch (effect) {
            case WriteEffect::one_to_clear: masks.one_to_clear |= bits; return;
            case WriteEffect::zero_to_clear: masks.zero_to_clear |= bits; return;
            case WriteEffect::one_to_set:
            case WriteEffect::one_to_toggle: masks.one_to_set |= bits; return;
            case WriteEffect::zero_to_set:
            case WriteEffect::zero_to_toggle:
            case WriteEffect::clear:
            case WriteEffect::set:
            case WriteEffect::other: masks.cannot_be_written_back = true; return;
            case WriteEffect::none: break;
        }
        if (access == Access::write_once || access == Access::read_write_once)
            masks.cannot_be_written_back = true;
        if (!readable(access) && readable(described.access())) masks.write_only |= bits;
    };
    note(described.write_effect(), described.access(), low_bits(described.width()));
    for (const Field field : described.fields()) {
        const std::uint64_t low = low_bits(field.width());
        if (field.high() < 64 && writable(field.access()))
            note(field.write_effect(), field.access(), low << field.low());
    }
    return masks;
}

std::vector<NamedValue> named_values(Field field) {
    std::vector<NamedValue> values;
    const std::uint64_t bits = low_bits(field.width());
    for (const Enumeration enumeration : field.enumerations())
        for (const Value value : enumeration.values()) {
            if (value.is_default() || (value.mask() & bits) != bits || value.value() > bits)
                continue;
            const auto same = [&](const NamedValue& known) {
                return known.name == value.name() && known.value == value.value();
            };
            if (std::ranges::none_of(values, same))
                values.push_back({std::string(value.name()), value.value(), value.documentation()});
        }
    return values;
}

}  // namespace description
}  // namespace openbar
