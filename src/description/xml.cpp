#include "description/xml.hpp"

#include "base/failure.hpp"
#include "description/numbers.hpp"

#include <cstring>
#include <utility>

namespace openbar::description {
namespace {

/// Text stays as it is in pugixml's copy of the file, so that it lies where it lies in ours. An element
/// keeps its text itself, which saves a node for each.
constexpr unsigned options = pugi::parse_cdata | pugi::parse_embed_pcdata;

constexpr bool is_space(char letter) noexcept {
    return letter == ' ' || letter == '\n' || letter == '\t' || letter == '\r';
}

/// The character that `&name;` stands for, as UTF-8; empty if it is unknown.
std::string resolve(std::string_view name) {
    if (name == "lt") return "<";
    if (name == "gt") return ">";
    if (name == "amp") return "&";
    if (name == "quot") return "\"";
    if (name == "apos") return "'";
    if (!name.starts_with('#')) return {};
    const bool hex = name.substr(1).starts_with('x');
    const auto number = parse_digits(name.substr(hex ? 2 : 1), hex ? 16 : 10);
    if (!number || *number == 0 || *number > 0x10ffff) return {};
    if (*number >= 0xd800 && *number < 0xe000) return {};
    const auto code = static_cast<std::uint32_t>(*number);
    std::string text;
    if (code < 0x80) return {static_cast<char>(code)};
    const unsigned length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    constexpr unsigned marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    text += static_cast<char>(marks[length] | code >> 6 * (length - 1));
    for (unsigned left = length - 1; left > 0; --left)
        text += static_cast<char>(0x80 | (code >> 6 * (left - 1) & 0x3f));
    return text;
}

std::string with_references_resolved(std::string_view raw) {
    constexpr std::size_t longest_reference = 10;
    std::string text;
    while (!raw.empty()) {
        const std::size_t ampersand = raw.find('&');
        text += raw.substr(0, ampersand);
        if (ampersand == std::string_view::npos) break;
        raw.remove_prefix(ampersand);
        const std::size_t end = raw.substr(0, longest_reference).find(';');
        const std::string character =
            end == std::string_view::npos ? std::string() : resolve(raw.substr(1, end - 1));
        // An unknown entity stays as it is written: none is ever expanded.
        const std::size_t length = character.empty() ? 1 : end + 1;
        text += character.empty() ? std::string("&") : character;
        raw.remove_prefix(length);
    }
    return text;
}

std::string with_space_collapsed(std::string_view raw) {
    std::string text;
    for (std::size_t at = 0; at < raw.size();) {
        if (!is_space(raw[at])) {
            text += raw[at++];
            continue;
        }
        std::size_t newlines = 0;
        for (; at < raw.size() && is_space(raw[at]); ++at) newlines += raw[at] == '\n' ? 1 : 0;
        if (!text.empty() && at < raw.size()) text += newlines > 1 ? '\n' : ' ';
    }
    return text;
}

bool is_text(pugi::xml_node node) noexcept {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

}  // namespace

std::string plain_text(std::string_view raw) {
    return with_space_collapsed(with_references_resolved(raw));
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

Result<XmlFile> XmlFile::parse(TextStore& store, std::size_t file) {
    const std::string_view text = store.file_text(file);
    auto document = std::make_unique<pugi::xml_document>();
    const auto parsed =
        document->load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
    if (!parsed) {
        const auto offset = std::min(static_cast<std::size_t>(parsed.offset), text.size());
        return failure(ErrorCode::protocol,
                       store.words(store.place(file, offset)) + ": " + parsed.description(),
                       parsed.status == pugi::status_out_of_memory
                           ? std::string()
                           : "check whether the file is complete: xmllint --noout FILE");
    }
    XmlFile xml(store, std::move(document), store.place(file, 0));
    const pugi::xml_node root = xml.root();
    if (!root)
        return failure(ErrorCode::protocol,
                       store.words(store.place(file, 0)) + ": no XML element in it");
    xml.base_ = root.name() - root.offset_debug();
    return xml;
}

Text XmlFile::slice(const char* string) {
    const std::string_view raw = trimmed(string);
    if (raw.empty()) return {};
    // All without a branch: there are millions of them.
    unsigned special = 0;
    for (const char letter : raw)
        special |= static_cast<unsigned>(letter == '&') |
                   static_cast<unsigned>(static_cast<unsigned char>(letter) < ' ');
    if (special == 0) return {place(raw.data()), static_cast<std::uint32_t>(raw.size())};
    return store_->add(plain_text(raw));
}

Text XmlFile::text(pugi::xml_node node) {
    const pugi::xml_node child = node.first_child();
    const char* own = node.value();  // embedded by pugixml
    if (!child) return slice(own);
    if (*own == '\0' && is_text(child) && !child.next_sibling()) {
        // As in CDATA, where a reference is none.
        const std::string_view raw = trimmed(child.value());
        if (child.type() == pugi::node_pcdata) return slice(child.value());
        return raw.empty() ? Text()
                           : Text{place(raw.data()), static_cast<std::uint32_t>(raw.size())};
    }
    // In pieces, with comments or elements between them.
    std::string pieces = with_references_resolved(own);
    for (const pugi::xml_node piece : node.children())
        if (piece.type() == pugi::node_pcdata)
            pieces += with_references_resolved(piece.value());
        else if (piece.type() == pugi::node_cdata)
            pieces += piece.value();
    return store_->add(with_space_collapsed(trimmed(pieces)));
}

Text XmlFile::text(pugi::xml_attribute attribute) {
    return attribute ? slice(attribute.value()) : Text();
}

std::string_view XmlFile::words(pugi::xml_node node) const noexcept {
    return trimmed(node.child_value());
}

}  // namespace openbar::description
