/// What names mean inside of a component: types and enums that are defined there, parameters, and the
/// properties that `default` gives to what is defined there.
#pragma once

#include "description/systemrdl/value.hpp"

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

namespace openbar::description::systemrdl {

struct Scope;

/// A place in a scope: what was said before it counts.
struct Closure {
    const Scope* scope = nullptr;
    std::size_t defaults = 0;
};

struct TypeDefinition {
    const Component* component = nullptr;
    Closure closure;
};

struct PropertyValue {
    std::string_view name;
    Value value;
    Place32 place = 0;
};

struct Scope {
    Closure around;
    std::map<std::string_view, TypeDefinition> types{};
    std::map<std::string_view, const Enum*> enums{};
    std::map<std::string_view, Value> parameters{};
    std::vector<PropertyValue> defaults{};

    [[nodiscard]] Closure here() const noexcept { return {this, defaults.size()}; }
};

[[nodiscard]] inline const TypeDefinition* find_type(const Scope* scope, std::string_view name) {
    for (; scope != nullptr; scope = scope->around.scope)
        if (const auto found = scope->types.find(name); found != scope->types.end())
            return &found->second;
    return nullptr;
}
[[nodiscard]] inline const Enum* find_enum(const Scope* scope, std::string_view name) {
    for (; scope != nullptr; scope = scope->around.scope)
        if (const auto found = scope->enums.find(name); found != scope->enums.end())
            return found->second;
    return nullptr;
}
[[nodiscard]] inline const Value* find_parameter(const Scope* scope, std::string_view name) {
    for (; scope != nullptr; scope = scope->around.scope)
        if (const auto found = scope->parameters.find(name); found != scope->parameters.end())
            return &found->second;
    return nullptr;
}

}  // namespace openbar::description::systemrdl
