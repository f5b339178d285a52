#include "description/xml.hpp"

#include "base/failure.hpp"
#include "description/plain_text.hpp"

#include <cstring>
#include <utility>

namespace openbar::description {
namespace {

/// Text stays as it is in pugixml's copy of the file, so that it lies where it lies in ours. An element
/// keeps its text itself, which saves a node for each.
constexpr std::size_t readable_behind = 32;
constexpr unsigned options = pugi::parse_cdata | pugi::parse_embed_pcdata;

}  // namespace

Result<XmlFile> XmlFile::parse(TextStore& store, std::size_t file) {
    const std::string_view text = store.file_text(file);
    auto document = std::make_unique<pugi::xml_document>();
    auto copy = std::make_unique_for_overwrite<char[]>(text.size() + readable_behind);
    std::memcpy(copy.get(), text.data(), text.size());
    std::memset(copy.get() + text.size(), 0, readable_behind);
    const auto parsed =
        document->load_buffer_inplace(copy.get(), text.size(), options, pugi::encoding_utf8);
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
    xml.base_ = copy.get();
    xml.copy_ = std::move(copy);
    return xml;
}

Text XmlFile::slice(std::string_view raw) const noexcept {
    return raw.empty() ? Text() : Text{place(raw.data()), static_cast<std::uint32_t>(raw.size())};
}

Text XmlFile::plain_slice(const char* string) {
    const std::string_view raw = trimmed(string);
    // All without a branch: there are millions of them.
    unsigned special = 0;
    for (const char letter : raw)
        special |= static_cast<unsigned>(letter == '&') |
                   static_cast<unsigned>(static_cast<unsigned char>(letter) < ' ');
    return special == 0 ? slice(raw) : store_->add(plain_text(raw));
}

Text XmlFile::text(pugi::xml_node node) {
    const pugi::xml_node child = node.first_child();
    if (!child) return plain_slice(node.value());  // embedded by pugixml
    return in_pieces(node, child);
}

Text XmlFile::prose(pugi::xml_node node) {
    const pugi::xml_node child = node.first_child();
    if (!child) return slice(trimmed(node.value()));
    return in_pieces(node, child);
}

/// Text with comments or elements in it, or in CDATA, where a reference is none.
Text XmlFile::in_pieces(pugi::xml_node node, pugi::xml_node child) {
    std::string pieces = with_references_resolved(node.value());
    for (pugi::xml_node piece = child; piece; piece = piece.next_sibling())
        if (piece.type() == pugi::node_pcdata)
            pieces += with_references_resolved(piece.value());
        else if (piece.type() == pugi::node_cdata)
            pieces += piece.value();
    return store_->add(with_space_collapsed(trimmed(pieces)));
}

Text XmlFile::text(pugi::xml_attribute attribute) {
    return attribute ? plain_slice(attribute.value()) : Text();
}

std::string_view XmlFile::words(pugi::xml_node node) const noexcept {
    return trimmed(node.child_value());
}

}  // namespace openbar::description
