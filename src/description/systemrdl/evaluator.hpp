/// Computes expressions of SystemRDL.
#pragma once

#include "description/model.hpp"
#include "description/systemrdl/scope.hpp"

#include <optional>
#include <string>

namespace openbar::description::systemrdl {

class Evaluator {
public:
    explicit Evaluator(const Model& model) noexcept : model_(model) {}

    /// The value; `other` for what is a reference. What makes no sense is an error, which stays.
    [[nodiscard]] Value evaluate(const Expression& expression, const Scope* scope);
    /// A number; an error for anything else.
    [[nodiscard]] std::uint64_t number(const Expression& expression, const Scope* scope);
    /// The values of an enum's members.
    [[nodiscard]] std::vector<std::uint64_t> members_of(const Enum& enumeration,
                                                        const Scope* scope);

    void fail(ErrorCode code, Place32 place, const std::string& words, std::string hint = {});
    [[nodiscard]] std::optional<Error>& error() noexcept { return error_; }

private:
    [[nodiscard]] Value word(const Expression& expression, const Scope* scope);
    [[nodiscard]] Value scoped(const Expression& expression, const Scope* scope);
    [[nodiscard]] Value member(const Expression& expression, const Scope* scope);
    [[nodiscard]] Value index(const Expression& expression, const Scope* scope);
    [[nodiscard]] Value unary(const Expression& expression, const Scope* scope);
    [[nodiscard]] Value binary(const Expression& expression, const Scope* scope);
    [[nodiscard]] Value cast(const Expression& expression, const Scope* scope);
    [[nodiscard]] Value several(const Expression& expression, const Scope* scope);
    [[nodiscard]] bool may_go_on(Place32 place);

    const Model& model_;
    std::optional<Error> error_;
    std::size_t steps_ = 0;
};

}  // namespace openbar::description::systemrdl
