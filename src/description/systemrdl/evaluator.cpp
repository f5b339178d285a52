#include "description/systemrdl/evaluator.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <utility>

namespace openbar::description::systemrdl {
namespace {

constexpr std::size_t most_evaluations = 50'000'000;

Value number_value(std::uint64_t number, Place32 place) {
    return {.kind = Value::Kind::number, .number = number, .place = place};
}
Value boolean_value(bool value, Place32 place) {
    return {.kind = Value::Kind::boolean, .number = value ? 1U : 0U, .place = place};
}

std::uint64_t power(std::uint64_t base, std::uint64_t exponent) noexcept {
    std::uint64_t result = 1;
    for (; exponent != 0; exponent >>= 1U, base *= base)
        if ((exponent & 1U) != 0) result *= base;
    return result;
}

/// Numbers wrap at 64 bits, as the language says.
std::optional<std::uint64_t> compute(std::string_view mark, std::uint64_t a, std::uint64_t b) {
    if (mark == "+") return a + b;
    if (mark == "-") return a - b;
    if (mark == "*") return a * b;
    if (mark == "/") return b == 0 ? std::nullopt : std::optional(a / b);
    if (mark == "%") return b == 0 ? std::nullopt : std::optional(a % b);
    if (mark == "**") return power(a, b);
    if (mark == "<<") return b < 64 ? a << b : 0;
    if (mark == ">>") return b < 64 ? a >> b : 0;
    if (mark == "&") return a & b;
    if (mark == "|") return a | b;
    if (mark == "^") return a ^ b;
    return ~(a ^ b);  // ~^ and ^~
}

std::optional<bool> compare(std::string_view mark, std::uint64_t a, std::uint64_t b) {
    if (mark == "==") return a == b;
    if (mark == "!=") return a != b;
    if (mark == "<") return a < b;
    if (mark == ">") return a > b;
    if (mark == "<=") return a <= b;
    if (mark == ">=") return a >= b;
    if (mark == "&&") return a != 0 && b != 0;
    if (mark == "||") return a != 0 || b != 0;
    return std::nullopt;
}

}  // namespace

void Evaluator::fail(ErrorCode code, Place32 place, const std::string& words, std::string hint) {
    if (!error_) error_ = failure(code, model_.text.words(place) + ": " + words, std::move(hint));
}

bool Evaluator::may_go_on(Place32 place) {
    if (++steps_ > most_evaluations)
        fail(ErrorCode::resource_exhausted, place, "computing the expressions takes too long");
    return !error_;
}

Value Evaluator::evaluate(const Expression& expression, const Scope* scope) {
    if (!may_go_on(expression.place)) return {};
    switch (expression.kind) {
        case Expression::Kind::number: return number_value(expression.number, expression.place);
        case Expression::Kind::string:
            return {
                .kind = Value::Kind::string, .text = expression.text, .place = expression.place};
        case Expression::Kind::word: return word(expression, scope);
        case Expression::Kind::scoped: return scoped(expression, scope);
        case Expression::Kind::member: return member(expression, scope);
        case Expression::Kind::index: return index(expression, scope);
        case Expression::Kind::reference: return {.place = expression.place};
        case Expression::Kind::unary: return unary(expression, scope);
        case Expression::Kind::binary: return binary(expression, scope);
        case Expression::Kind::cast: return cast(expression, scope);
        case Expression::Kind::choice: {
            const bool first = number(*expression.operands[0], scope) != 0;
            return evaluate(*expression.operands[first ? 1 : 2], scope);
        }
        default: return several(expression, scope);
    }
}

std::uint64_t Evaluator::number(const Expression& expression, const Scope* scope) {
    const Value value = evaluate(expression, scope);
    if (!value.is_number())
        fail(ErrorCode::protocol, expression.place,
             value.kind == Value::Kind::other && !value.text.empty()
                 ? "parameter " + in_quotes(value.text) + " has no value"
                 : "not a number");
    return value.number;
}

Value Evaluator::word(const Expression& expression, const Scope* scope) {
    const Place32 place = expression.place;
    if (const Value* parameter = find_parameter(scope, expression.text)) return *parameter;
    if (expression.text == "true" || expression.text == "false")
        return boolean_value(expression.text == "true", place);
    if (const Enum* found = find_enum(scope, expression.text))
        return {.kind = Value::Kind::enumeration,
                .text = expression.text,
                .place = place,
                .enumeration = found};
    return {.kind = Value::Kind::word, .text = expression.text, .place = place};
}

Value Evaluator::scoped(const Expression& expression, const Scope* scope) {
    const std::string_view name = expression.operands[0]->text;
    const Enum* found = find_enum(scope, expression.text);
    if (found == nullptr) {
        fail(ErrorCode::protocol, expression.place, "no enum " + in_quotes(expression.text));
        return {};
    }
    const auto values = members_of(*found, scope);
    for (std::size_t i = 0; i < found->members.size() && i < values.size(); ++i)
        if (found->members[i].name == name) return number_value(values[i], expression.place);
    fail(ErrorCode::protocol, expression.place,
         "enum " + in_quotes(expression.text) + " has no member " + in_quotes(name));
    return {};
}

std::vector<std::uint64_t> Evaluator::members_of(const Enum& enumeration, const Scope* scope) {
    std::vector<std::uint64_t> values;
    std::uint64_t next = 0;
    for (const EnumMember& member : enumeration.members) {
        if (!may_go_on(member.place)) break;
        if (member.value != nullptr) next = number(*member.value, scope);
        values.push_back(next++);
    }
    return values;
}

Value Evaluator::member(const Expression& expression, const Scope* scope) {
    const Value whole = evaluate(*expression.operands[0], scope);
    if (whole.kind != Value::Kind::structure) return {.place = expression.place};
    for (std::size_t i = 0; i < whole.names.size(); ++i)
        if (whole.names[i] == expression.text) return whole.items[i];
    fail(ErrorCode::protocol, expression.place, "no member " + in_quotes(expression.text));
    return {};
}

Value Evaluator::index(const Expression& expression, const Scope* scope) {
    const Value whole = evaluate(*expression.operands[0], scope);
    if (whole.kind != Value::Kind::list) return {.place = expression.place};
    const std::uint64_t at = number(*expression.operands[1], scope);
    if (at < whole.items.size()) return whole.items[at];
    fail(ErrorCode::protocol, expression.place, "no element " + std::to_string(at));
    return {};
}

Value Evaluator::unary(const Expression& expression, const Scope* scope) {
    const std::uint64_t value = number(*expression.operands[0], scope);
    const Place32 place = expression.place;
    const std::string_view mark = expression.text;
    const bool odd = (__builtin_popcountll(value) & 1) != 0;
    if (mark == "!") return boolean_value(value == 0, place);
    if (mark == "~") return number_value(~value, place);
    if (mark == "-") return number_value(0 - value, place);
    if (mark == "+") return number_value(value, place);
    if (mark == "|") return number_value(value != 0 ? 1 : 0, place);
    if (mark == "~|") return number_value(value == 0 ? 1 : 0, place);
    if (mark == "^") return number_value(odd ? 1 : 0, place);
    if (mark == "~^" || mark == "^~") return number_value(odd ? 0 : 1, place);
    // & and ~& depend on how many bits the operand has, which is not kept.
    fail(ErrorCode::unsupported, place, "reduction by " + in_quotes(mark) + " is not computed");
    return {};
}

Value Evaluator::binary(const Expression& expression, const Scope* scope) {
    const Value left = evaluate(*expression.operands[0], scope);
    const Value right = evaluate(*expression.operands[1], scope);
    const std::string_view mark = expression.text;
    if (!left.is_number() || !right.is_number()) {
        const bool equal = left.kind == right.kind && left.text == right.text;
        if (mark == "==") return boolean_value(equal, expression.place);
        if (mark == "!=") return boolean_value(!equal, expression.place);
        if (!error_)
            fail(ErrorCode::protocol, expression.place, in_quotes(mark) + " takes numbers");
        return {};
    }
    if (const auto truth = compare(mark, left.number, right.number))
        return boolean_value(*truth, expression.place);
    const auto result = compute(mark, left.number, right.number);
    if (!result) fail(ErrorCode::protocol, expression.place, "division by zero");
    return number_value(result.value_or(0), expression.place);
}

Value Evaluator::cast(const Expression& expression, const Scope* scope) {
    const Value value = evaluate(*expression.operands[0], scope);
    const Expression& type = *expression.operands[1];
    if (type.kind == Expression::Kind::word && type.text == "boolean")
        return boolean_value(value.truth(), expression.place);
    if (!value.is_number()) return value;
    if (type.kind == Expression::Kind::word && type.text == "longint")
        return number_value(value.number, expression.place);
    if (type.kind == Expression::Kind::word && type.text == "bit")
        return number_value(value.number & 1U, expression.place);
    return number_value(value.number & low_bits(number(type, scope)), expression.place);
}

Value Evaluator::several(const Expression& expression, const Scope* scope) {
    Value value{.place = expression.place};
    switch (expression.kind) {
        case Expression::Kind::list: value.kind = Value::Kind::list; break;
        case Expression::Kind::structure:
            value.kind = Value::Kind::structure;
            value.names = expression.names;
            break;
        default:
            fail(ErrorCode::unsupported, expression.place, "bits joined by { } are not computed");
            return value;
    }
    for (const Expression* operand : expression.operands)
        value.items.push_back(evaluate(*operand, scope));
    return value;
}

}  // namespace openbar::description::systemrdl
