/// Looks at a whole description for what cannot be right.
///
/// Each body (the children of a block, the fields of a register) is looked at once, however many
/// elements share it.
#pragma once

#include "description/model.hpp"

#include <string>
#include <unordered_set>
#include <vector>

namespace openbar::description {

class Checker {
public:
    explicit Checker(const Model& model) noexcept : model_(model) {}

    [[nodiscard]] std::vector<ProblemRecord> run();

private:
    // bodies.cpp
    void check_block(const BlockRecord& block);
    void check_array(const FactPlaces& where, std::string_view name, std::uint32_t dimension,
                     std::uint64_t size);
    void check_register(const RegisterRecord& record);
    /// What a block contains in itself and how far that reaches.
    void check_reach(const BlockRecord& block);

    // layout.cpp: what lies on each other in a block, or has the same name
    struct Item;
    void check_layout(const BlockRecord& block);
    [[nodiscard]] std::vector<Item> items_of(const BlockRecord& block);
    [[nodiscard]] bool may_share(const Item& one, const Item& other) const;
    void check_overlaps(std::vector<Item>& items);
    void check_names(const std::vector<Item>& items);

    // fields.cpp
    void check_fields(const RegisterRecord& record);
    void check_field_overlaps(const RegisterRecord& record);
    void check_enumeration(const FieldRecord& field, const EnumerationRecord& enumeration);

    void add(Problem::Kind kind, Place32 where, std::string text, bool error = true);
    [[nodiscard]] std::string name(Text text) const;
    /// "UART (card.svd:12)"
    [[nodiscard]] std::string named_place(Text text, Place32 where) const;
    [[nodiscard]] bool is_full() const noexcept;

    const Model& model_;
    std::vector<ProblemRecord> problems_;
    /// Elements of arrays that may still be looked at one by one.
    std::size_t elements_left_ = 1'000'000;
    std::unordered_set<std::uint64_t> known_bodies_;
    std::unordered_set<std::uint32_t> known_fields_;
    std::unordered_set<std::uint32_t> known_values_;
};

}  // namespace openbar::description
