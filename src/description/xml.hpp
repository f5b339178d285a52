/// XML by pugixml, whose nodes lead back to places in the text store.
///
///     OPENBAR_TRY(xml, XmlFile::parse(model.text, file));
///     for (pugi::xml_node child : xml.root())
///         if (name_is(child, "name")) name = xml.text(child);
#pragma once

#include "description/plain_text.hpp"
#include "description/text_store.hpp"

#include <cstddef>
#include <memory>
#include <pugixml.hpp>
#include <string_view>

namespace openbar::description {

class XmlFile {
public:
    /// Error: protocol, with file and line, if the text is not well-formed.
    [[nodiscard]] static Result<XmlFile> parse(TextStore& store, std::size_t file);

    [[nodiscard]] pugi::xml_node root() const noexcept { return document_->document_element(); }
    /// Where an element is.
    [[nodiscard]] Place32 place(pugi::xml_node node) const noexcept { return place(node.name()); }
    /// Where a string of pugixml's, which it keeps in its copy of the file, is.
    [[nodiscard]] Place32 place(const char* string) const noexcept {
        return first_ + static_cast<Place32>(string - base_);
    }
    /// The text of an element without the space around it: as a slice of the file if it stands there
    /// as it is, else with references resolved and space collapsed.
    [[nodiscard]] Text text(pugi::xml_node node);
    /// The same for prose: what stands there as it is, to be read by `TextStore::prose`.
    [[nodiscard]] Text prose(pugi::xml_node node);
    [[nodiscard]] Text text(pugi::xml_attribute attribute);
    /// The same where only the words count and nothing is kept of them: a view into the file, whose
    /// references are not resolved.
    [[nodiscard]] std::string_view words(pugi::xml_node node) const noexcept;
    [[nodiscard]] std::string_view view(Text text) const noexcept { return store_->view(text); }

private:
    XmlFile(TextStore& store, std::unique_ptr<pugi::xml_document> document, Place32 first)
        : store_(&store), document_(std::move(document)), first_(first) {}

    [[nodiscard]] Text slice(std::string_view raw) const noexcept;
    [[nodiscard]] Text plain_slice(const char* string);
    [[nodiscard]] Text in_pieces(pugi::xml_node node, pugi::xml_node child);

    TextStore* store_;
    /// The copy of the file that pugixml works on. Some characters behind it may be read, so that words
    /// can be compared many characters at once.
    std::unique_ptr<char[]> copy_;
    std::unique_ptr<pugi::xml_document> document_;
    const char* base_ = nullptr;
    Place32 first_;
};

}  // namespace openbar::description
