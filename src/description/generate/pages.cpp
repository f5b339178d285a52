// Reference pages: Markdown, and HTML to be read and printed.
#include "description/generate/generators.hpp"

#include <algorithm>

namespace openbar::description {
namespace {

/// A register with the path of the blocks around it.
struct Entry {
    Register described;
    std::string name;
    std::uint64_t offset = 0;
    bool in_array = false;
};

void gather(Block block, const std::string& path, std::uint64_t offset, bool in_array,
            std::vector<Entry>& entries) {
    for (const Register described : block.registers())
        entries.push_back({described, path + array_name(described.name(), described.dimensions()),
                           offset + described.offset(),
                           in_array || !described.dimensions().empty()});
    for (const Block inner : block.blocks())
        gather(inner, path + array_name(inner.name(), inner.dimensions()) + ".",
               offset + inner.offset(), in_array || !inner.dimensions().empty(), entries);
}

std::vector<Entry> entries_of(Region region) {
    std::vector<Entry> entries;
    gather(region.block(), {}, 0, false, entries);
    return entries;
}

std::string facts_of(const Entry& entry) {
    const Register described = entry.described;
    std::string text =
        std::to_string(described.width()) + " bits, " +
        properties_text(described.access(), described.read_effect(), described.write_effect());
    if (described.reset()) text += ", reset " + hex_text(*described.reset());
    if (!described.target().empty()) text += ", changes " + std::string(described.target());
    return text;
}

std::string values_of(Field field) {
    std::string text;
    for (const NamedValue& value : named_values(field)) {
        text += (text.empty() ? "" : "; ") + hex_text(value.value) + " " + value.name;
        if (!value.documentation.empty()) text += ": " + one_line(value.documentation);
    }
    return text;
}

/// Fields from the highest bit down, as a data sheet lists them.
std::vector<Field> fields_of(Register described) {
    std::vector<Field> fields;
    for (const Field field : described.fields()) fields.push_back(field);
    std::ranges::sort(fields, [](Field one, Field other) {
        return one.high() != other.high() ? one.high() > other.high() : one.index() < other.index();
    });
    return fields;
}

/// Characters that Markdown would take as its own.
std::string plain_markdown(std::string_view text) {
    std::string result;
    for (const char letter : one_line(text)) {
        if (std::string_view("|*_<>`[]\\#").find(letter) != std::string_view::npos) result += '\\';
        result += letter;
    }
    return result;
}

class MarkdownPage {
public:
    std::string run(const Description& card, const std::string& name) {
        lines_.add("# " + plain_markdown(name));
        lines_.add();
        paragraph(card.documentation());
        for (const Region region : card.regions()) add_region(region);
        return lines_.take();
    }

private:
    void paragraph(std::string_view text) {
        if (one_line(text).empty()) return;
        lines_.add(plain_markdown(text));
        lines_.add();
    }

    void add_region(Region region) {
        if (!region.name().empty()) {
            lines_.add("## " + plain_markdown(region.name()));
            lines_.add();
        }
        const auto entries = entries_of(region);
        lines_.add("| offset | register | bits | access | description |");
        lines_.add("| --- | --- | --- | --- | --- |");
        for (const Entry& entry : entries)
            lines_.add("| `" + hex_text(entry.offset) + (entry.in_array ? "`… | " : "` | ") +
                       plain_markdown(entry.name) + " | " +
                       std::to_string(entry.described.width()) + " | " +
                       std::string(to_string(entry.described.access())) + " | " +
                       plain_markdown(entry.described.documentation()) + " |");
        lines_.add();
        for (const Entry& entry : entries) add_register(entry);
    }

    void add_register(const Entry& entry) {
        lines_.add("### " + plain_markdown(entry.name));
        lines_.add();
        lines_.add("`" + hex_text(entry.offset) + "`, " + plain_markdown(facts_of(entry)));
        lines_.add();
        paragraph(entry.described.documentation());
        if (entry.described.fields().empty()) return;
        lines_.add("| bits | field | access | description | values |");
        lines_.add("| --- | --- | --- | --- | --- |");
        for (const Field field : fields_of(entry.described))
            lines_.add("| " + bits_of(field) + " | " + plain_markdown(field.name()) + " | " +
                       properties_text(field.access(), field.read_effect(), field.write_effect()) +
                       " | " + plain_markdown(field.documentation()) + " | " +
                       plain_markdown(values_of(field)) + " |");
        lines_.add();
    }

    Lines lines_;
};

constexpr std::string_view style =
    R"(body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;width:100%;margin:.5em 0}td,th{border:1px solid #bbb;padding:.2em .5em;text-align:left;vertical-align:top}
th{background:#eee}code{font:13px monospace}.bits td{text-align:center;font:12px monospace}.bits .none{background:#f4f4f4}
h3{margin-top:2em;break-after:avoid}section{break-inside:avoid}@media print{body{max-width:none;margin:0}nav{break-after:page}})";

class HtmlPage {
public:
    std::string run(const Description& card, const std::string& name) {
        lines_.add("<!doctype html>");
        lines_.add("<html lang=\"en\"><head><meta charset=\"utf-8\">");
        lines_.add("<title>" + escaped(one_line(name)) + "</title><style>");
        lines_.add(style);
        lines_.add("</style></head><body>");
        lines_.add("<h1>" + escaped(one_line(name)) + "</h1>");
        paragraph(card.documentation());
        for (const Region region : card.regions()) add_region(region);
        lines_.add("</body></html>");
        return lines_.take();
    }

private:
    void paragraph(std::string_view text) {
        if (!one_line(text).empty()) lines_.add("<p>" + escaped(one_line(text)) + "</p>");
    }

    static std::string anchor(std::size_t number) { return "r" + std::to_string(number); }

    void row(const char* cell, const std::vector<std::string>& cells) {
        std::string line = "<tr>";
        for (const std::string& text : cells)
            line += std::string("<") + cell + ">" + text + "</" + cell + ">";
        lines_.add(line + "</tr>");
    }

    void add_region(Region region) {
        const auto entries = entries_of(region);
        const std::size_t first = next_;
        lines_.add("<nav>");
        if (!region.name().empty()) lines_.add("<h2>" + escaped(region.name()) + "</h2>");
        lines_.add("<table>");
        row("th", {"offset", "register", "bits", "access", "description"});
        for (std::size_t i = 0; i < entries.size(); ++i) {
            const Entry& entry = entries[i];
            row("td", {"<code>" + hex_text(entry.offset) + "</code>" + (entry.in_array ? "…" : ""),
                       "<a href=\"#" + anchor(first + i) + "\">" + escaped(entry.name) + "</a>",
                       std::to_string(entry.described.width()),
                       std::string(to_string(entry.described.access())),
                       escaped(one_line(entry.described.documentation()))});
        }
        lines_.add("</table></nav>");
        for (const Entry& entry : entries) add_register(entry);
    }

    void add_register(const Entry& entry) {
        lines_.add("<section><h3 id=\"" + anchor(next_++) + "\">" + escaped(entry.name) + "</h3>");
        lines_.add("<p><code>" + hex_text(entry.offset) + "</code>, " + escaped(facts_of(entry)) +
                   "</p>");
        paragraph(entry.described.documentation());
        const auto fields = fields_of(entry.described);
        if (!fields.empty()) {
            add_picture(entry.described, fields);
            lines_.add("<table>");
            row("th", {"bits", "field", "access", "description", "values"});
            for (const Field field : fields)
                row("td",
                    {bits_of(field), escaped(field.name()),
                     properties_text(field.access(), field.read_effect(), field.write_effect()),
                     escaped(one_line(field.documentation())), escaped(values_of(field))});
            lines_.add("</table>");
        }
        lines_.add("</section>");
    }

    /// A row of bounds and one of names; fields that overlap one before are only in the table.
    void add_picture(Register described, const std::vector<Field>& fields) {
        std::string bits = "<tr>";
        std::string names = "<tr>";
        unsigned next = described.width();
        const auto gap = [&](unsigned low) {
            if (next == low) return;
            const std::string range = next - 1 == low
                                          ? std::to_string(low)
                                          : std::to_string(next - 1) + ":" + std::to_string(low);
            bits += "<td class=\"none\">" + range + "</td>";
            names += "<td class=\"none\"></td>";
        };
        for (const Field field : fields) {
            if (field.high() >= next) continue;
            gap(field.high() + 1);
            bits += "<td>" + bits_of(field) + "</td>";
            names += "<td>" + escaped(field.name()) + "</td>";
            next = field.low();
        }
        gap(0);
        lines_.add("<table class=\"bits\">" + bits + "</tr>" + names + "</tr></table>");
    }

    Lines lines_;
    std::size_t next_ = 1;
};

}  // namespace

std::string generate_markdown(const Description& card, const std::string& name) {
    return MarkdownPage().run(card, name);
}

std::string generate_html(const Description& card, const std::string& name) {
    return HtmlPage().run(card, name);
}

}  // namespace openbar::description
