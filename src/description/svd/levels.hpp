/// What `derivedFrom` leads to.
#pragma once

#include "description/model.hpp"
#include "description/svd/tag.hpp"
#include "description/xml.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace openbar::description::svd {

class Levels {
public:
    /// Elements from the one that all are derived from down to the one that was asked for.
    class List {
    public:
        [[nodiscard]] std::span<const pugi::xml_node> nodes() const noexcept {
            return std::span(nodes_).subspan(first_);
        }
        [[nodiscard]] bool is_derived() const noexcept { return nodes().size() > 1; }
        [[nodiscard]] bool contains(pugi::xml_node node) const noexcept;
        /// Puts what the first one is derived from before it. False if the list is full.
        [[nodiscard]] bool put_before(pugi::xml_node node) noexcept;

    private:
        static constexpr std::size_t longest = 16;
        std::array<pugi::xml_node, longest> nodes_;
        std::size_t first_ = longest;
    };

    Levels(Model& model, const XmlFile& xml) noexcept : model_(model), xml_(xml) {}

    /// Error: protocol if an element is derived from itself, or through more than 16 levels. An element
    /// that is derived from something that is not there is noted as a problem, and stands alone.
    [[nodiscard]] Result<List> of(pugi::xml_node node);

private:
    using Nodes = std::vector<pugi::xml_node>;

    /// All elements of a kind, by their names.
    struct Kind {
        std::unordered_map<std::string_view, Nodes> by_name;
        Nodes arrays;
    };

    [[nodiscard]] pugi::xml_node find(pugi::xml_node node, std::string_view path);
    [[nodiscard]] const Kind& kind_of(pugi::xml_node node);
    [[nodiscard]] Nodes named(pugi::xml_node node, std::string_view name);

    Model& model_;
    const XmlFile& xml_;
    std::unordered_map<std::string_view, Kind> kinds_;  ///< once one of that kind is derived
};

}  // namespace openbar::description::svd
