/// What the parser makes of a SystemRDL file: its definitions, as they are written.
#pragma once

#include "description/text_store.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::description::systemrdl {

struct Expression {
    enum class Kind : std::uint8_t {
        number,
        string,
        word,       ///< a name: a parameter, true, rw, an element, an enum
        member,     ///< operands[0] . text
        index,      ///< operands[0] [ operands[1] ]
        scoped,     ///< text :: operands[0].text
        reference,  ///< operands[0] -> text
        unary,      ///< text operands[0]
        binary,     ///< operands[0] text operands[1]
        choice,     ///< operands[0] ? operands[1] : operands[2]
        list,       ///< '{ operands }
        structure,  ///< text '{ names: operands }
        cast,       ///< text or operands[1] '( operands[0] )
        joined,     ///< { operands }
        repeated,   ///< { operands[0] { operands[1] } }
    };

    Kind kind = Kind::number;
    Place32 place = 0;
    std::uint64_t number = 0;
    std::string_view text{};
    std::vector<const Expression*> operands{};
    std::vector<std::string_view> names{};
};

enum class ComponentKind : std::uint8_t { addrmap, regfile, reg, field, mem, signal };

struct Component;

struct Parameter {
    std::string_view name;
    Place32 place = 0;
    const Expression* initial = nullptr;
};

struct EnumMember {
    std::string_view name;
    Place32 place = 0;
    const Expression* value = nullptr;
    std::string_view title{};
    std::string_view documentation{};
};

struct Enum {
    std::string_view name;
    Place32 place = 0;
    std::vector<EnumMember> members{};
};

/// name[dims] or name[high:low], = reset, @ address, += stride, %= alignment.
struct Instance {
    std::string_view name;
    Place32 place = 0;
    std::vector<const Expression*> dimensions{};
    const Expression* high = nullptr;
    const Expression* low = nullptr;
    const Expression* reset = nullptr;
    const Expression* address = nullptr;
    const Expression* stride = nullptr;
    const Expression* alignment = nullptr;
};

struct PathPart {
    std::string_view name;
    bool has_index = false;
};

struct Statement {
    enum class Kind : std::uint8_t { component, enumeration, instances, property };

    Kind kind = Kind::property;
    Place32 place = 0;
    const Component* component = nullptr;  ///< what is defined, or what inline instances are
    const Enum* enumeration = nullptr;

    std::string_view type{};  ///< of instances, if it has a name
    std::vector<Parameter> arguments{};
    std::vector<Instance> instances{};
    std::string_view alias_of{};

    bool is_default = false;
    std::vector<PathPart> path{};  ///< of an assignment to something inside
    std::string_view property{};
    const Expression* value = nullptr;  ///< none: true
};

struct Component {
    ComponentKind kind = ComponentKind::addrmap;
    std::string_view name{};
    Place32 place = 0;
    std::vector<Parameter> parameters{};
    std::vector<Statement> body{};
};

struct Syntax {
    std::vector<Statement> root;
    std::vector<std::string_view> properties;  ///< that the file defines
    std::deque<Expression> expressions;        ///< they keep their addresses
    std::deque<Component> components;
    std::deque<Enum> enums;
};

}  // namespace openbar::description::systemrdl
