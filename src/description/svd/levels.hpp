/// What `derivedFrom` leads to.
#pragma once

#include "description/model.hpp"
#include "description/svd/tag.hpp"
#include "description/xml.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace openbar::description::svd {

class Levels {
public:
    using List = std::span<const pugi::xml_node>;

    Levels(Model& model, const XmlFile& xml) noexcept : model_(model), xml_(xml) {}

    /// Elements from the one that all are derived from down to the node itself. `storage` keeps them
    /// if they are several; else they are the node that was given. None, and `error()`, if an element
    /// is derived from itself, or through more than 16 levels. An element that is derived from
    /// something that is not there is noted as a problem, and stands alone.
    [[nodiscard]] List of(const pugi::xml_node& node, std::vector<pugi::xml_node>& storage) {
        if (!node.first_attribute()) return List(&node, 1);
        return derived(node, storage);
    }
    [[nodiscard]] std::optional<Error>& error() noexcept { return error_; }

private:
    using Nodes = std::vector<pugi::xml_node>;

    /// All elements of a kind, by their names.
    struct Kind {
        std::unordered_map<std::string_view, Nodes> by_name;
        Nodes arrays;
    };

    [[nodiscard]] List derived(const pugi::xml_node& node, std::vector<pugi::xml_node>& storage);
    [[nodiscard]] List fail(pugi::xml_node node, const std::string& words, std::string hint = {});
    [[nodiscard]] pugi::xml_node find(pugi::xml_node node, std::string_view path);
    [[nodiscard]] const Kind& kind_of(pugi::xml_node node);
    [[nodiscard]] Nodes named(pugi::xml_node node, std::string_view name);

    Model& model_;
    const XmlFile& xml_;
    std::optional<Error> error_;
    std::unordered_map<std::string_view, Kind> kinds_;  ///< once one of that kind is derived
};

}  // namespace openbar::description::svd
