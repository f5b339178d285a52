/// Makes the blocks, registers and fields that a SystemRDL file describes out of its definitions.
///
/// A component is elaborated once for each statement that instantiates it, however many elements its
/// array has. What an outer component assigns to something inside goes down as assignments.
#pragma once

#include "description/model.hpp"
#include "description/systemrdl/evaluator.hpp"
#include "description/systemrdl/parser.hpp"

#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace openbar::description::systemrdl {

/// An assignment from outside: to what `path` leads to from here.
struct Assignment {
    std::span<const PathPart> path;
    PropertyValue property;
};
using Assignments = std::vector<Assignment>;

/// The properties of one component, those that were given last first.
class Properties {
public:
    void set(PropertyValue property);
    [[nodiscard]] const PropertyValue* find(std::string_view name) const noexcept;
    [[nodiscard]] bool truth(std::string_view name) const noexcept {
        const PropertyValue* found = find(name);
        return found != nullptr && found->value.truth();
    }

private:
    std::vector<PropertyValue> all_;
};

/// How elements of an address map find their places.
struct Addressing {
    enum class Mode : std::uint8_t { compact, regalign, fullalign };
    Mode mode = Mode::regalign;
    std::uint64_t alignment = 1;
    std::uint64_t next = 0;
};

class Elaborator {
public:
    Elaborator(Model& model, Syntax syntax) noexcept
        : model_(model), syntax_(std::move(syntax)), evaluator_(model) {}

    [[nodiscard]] Result<BlockRecord> run(std::string_view top);

private:
    /// One instance while it is elaborated.
    struct Frame {
        const Component* component = nullptr;
        Scope* scope = nullptr;
        Properties properties;
        Assignments assignments;  ///< to what is inside
        std::vector<const Statement*> instances;
    };
    /// What a type's name or a definition in place means.
    struct Type {
        const Component* component = nullptr;
        Closure closure;
    };

    // elaborator.cpp
    void define(const Statement& statement, Scope& scope);
    [[nodiscard]] Frame open(const Type& type, std::span<const Parameter> arguments,
                             const Scope* outer, const Assignments& assignments, Place32 place);
    void give_parameters(const Type& type, std::span<const Parameter> arguments, const Scope* outer,
                         Scope& scope, Place32 place);
    void run_body(Frame& frame);
    [[nodiscard]] std::optional<Type> type_of(const Statement& statement, const Scope& scope);
    [[nodiscard]] Assignments assignments_for(const Frame& frame, std::string_view name) const;
    void check_property(std::string_view name, Place32 place);
    [[nodiscard]] bool stopped(Place32 place);

    // blocks.cpp
    [[nodiscard]] BlockRecord elaborate_block(Frame& frame, unsigned depth);
    void add_instance(const Statement& statement, const Instance& instance, Frame& around,
                      Addressing& addressing, unsigned depth,
                      std::vector<RegisterRecord>& registers, std::vector<BlockRecord>& blocks);
    [[nodiscard]] std::uint64_t memory_size(const Frame& frame);
    [[nodiscard]] Addressing addressing_of(const Frame& frame);
    [[nodiscard]] std::uint64_t place_instance(const Instance& instance, const Scope& scope,
                                               Addressing& addressing, std::uint64_t size,
                                               std::uint64_t access_bytes, bool is_register,
                                               std::uint32_t& dimension, Text& name);

    // registers.cpp
    [[nodiscard]] RegisterRecord elaborate_register(Frame& frame);
    void add_fields(const Statement& statement, Frame& around, std::uint64_t& next_bit,
                    RegisterRecord& record, std::vector<FieldRecord>& fields);
    [[nodiscard]] bool place_field(const Instance& instance, const Frame& frame, const Scope& scope,
                                   std::uint64_t& next_bit, FieldRecord& field);
    void take_field_properties(const Frame& frame, const Instance& instance, const Scope& scope,
                               FieldRecord& field, RegisterRecord& record);
    [[nodiscard]] Range enumeration_of(const Frame& frame);

    // facts.cpp
    [[nodiscard]] Text text_of(const Frame& frame, std::string_view property);
    [[nodiscard]] std::optional<std::uint64_t> number_of(const Frame& frame,
                                                         std::string_view property);
    [[nodiscard]] Access access_of(const PropertyValue& property);
    void take_effects(const Frame& frame, FieldRecord& field);
    [[nodiscard]] static bool changes_by_itself(const Frame& frame);

    Model& model_;
    Syntax syntax_;
    Evaluator evaluator_;
    std::deque<Scope> scopes_;
};

}  // namespace openbar::description::systemrdl
