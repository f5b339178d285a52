#include "description/message.hpp"
#include "description/systemrdl/parser.hpp"

#include <utility>

namespace openbar::description::systemrdl {
namespace {

constexpr unsigned deepest_expression = 128;

constexpr std::pair<std::string_view, int> precedences[] = {
    {"||", 2}, {"&&", 3}, {"|", 4},  {"^", 5},  {"~^", 5}, {"^~", 5}, {"&", 6},
    {"==", 7}, {"!=", 7}, {"<", 8},  {">", 8},  {"<=", 8}, {">=", 8}, {"<<", 9},
    {">>", 9}, {"+", 10}, {"-", 10}, {"*", 11}, {"/", 11}, {"%", 11}, {"**", 12},
};

int precedence_of(const Token& token) noexcept {
    if (token.kind == Token::Kind::mark)
        for (const auto& [mark, precedence] : precedences)
            if (token.text == mark) return precedence;
    return 0;
}

}  // namespace

Expression& Parser::make(Expression::Kind kind, Place32 place) {
    Expression& made = syntax_.expressions.emplace_back();
    made.kind = kind;
    made.place = place;
    return made;
}

/// Whole expressions of operators that bind at least so tightly; 0 takes ?: too.
const Expression* Parser::expression(int least_precedence) {
    if (++depth_ > deepest_expression) {
        fail(token_, "an expression lies too deep in others");
        --depth_;
        return &make(Expression::Kind::number, token_.place);
    }
    const Expression* left = unary();
    for (int precedence = precedence_of(token_); precedence != 0 && precedence >= least_precedence;
         precedence = precedence_of(token_)) {
        const Token mark = advance();
        Expression& both = make(Expression::Kind::binary, mark.place);
        both.text = mark.text;
        const Expression* right = expression(precedence + 1);
        both.operands = {left, right};
        left = &both;
    }
    if (least_precedence == 0 && token_.is("?")) {
        Expression& choice = make(Expression::Kind::choice, advance().place);
        const Expression* first = expression();
        expect(":");
        const Expression* second = expression();
        choice.operands = {left, first, second};
        left = &choice;
    }
    --depth_;
    return left;
}

const Expression* Parser::unary() {
    for (const std::string_view mark : {"!", "~", "-", "+", "&", "|", "^", "~&", "~|", "~^", "^~"})
        if (token_.kind == Token::Kind::mark && token_.text == mark) {
            if (++depth_ > deepest_expression)
                fail(token_, "an expression lies too deep in others");
            Expression& made = make(Expression::Kind::unary, token_.place);
            made.text = advance().text;
            made.operands = {unary()};
            --depth_;
            return &made;
        }
    return postfix(primary());
}

const Expression* Parser::postfix(const Expression* inner) {
    for (;;) {
        if (token_.is("[")) {
            Expression& made = make(Expression::Kind::index, advance().place);
            const Expression* index = expression();
            expect("]");
            made.operands = {inner, index};
            inner = &made;
        } else if (token_.is(".") || token_.is("->")) {
            const Token mark = advance();
            Expression& made = make(
                mark.is(".") ? Expression::Kind::member : Expression::Kind::reference, mark.place);
            made.text = take_name("a name");
            made.operands = {inner};
            inner = &made;
        } else if (token_.is("'") && ahead_.is("(")) {
            Expression& made = make(Expression::Kind::cast, advance().place);
            expect("(");
            made.operands = {expression(), inner};
            expect(")");
            inner = &made;
        } else {
            return inner;
        }
    }
}

const Expression* Parser::primary() {
    const Token token = token_;
    switch (token.kind) {
        case Token::Kind::number: {
            Expression& made = make(Expression::Kind::number, token.place);
            made.number = advance().number;
            return &made;
        }
        case Token::Kind::string: {
            Expression& made = make(Expression::Kind::string, token.place);
            made.text = advance().text;
            return &made;
        }
        case Token::Kind::name: {
            (void)advance();
            if ((token.is("longint") || token.is("bit")) && token_.is("unsigned")) (void)advance();
            if (token_.is("'{")) return list_or_structure(token.text);
            Expression& made = make(Expression::Kind::word, token.place);
            made.text = token.text;
            if (!token_.is("::")) return &made;
            (void)advance();
            made.kind = Expression::Kind::scoped;
            Expression& member = make(Expression::Kind::word, token_.place);
            member.text = take_name("a member of an enum");
            made.operands = {&member};
            return &made;
        }
        default: break;
    }
    if (accept("(")) {
        const Expression* inner = expression();
        expect(")");
        return inner;
    }
    if (token.is("{")) return braces();
    if (token.is("'{")) return list_or_structure({});
    fail(token, "a value is missing here");
    return &make(Expression::Kind::number, token.place);
}

/// { a, b } and { n { a } }.
const Expression* Parser::braces() {
    const Token open = advance();
    const Expression* first = expression();
    if (accept("{")) {
        Expression& made = make(Expression::Kind::repeated, open.place);
        const Expression* what = expression();
        expect("}");
        expect("}");
        made.operands = {first, what};
        return &made;
    }
    Expression& made = make(Expression::Kind::joined, open.place);
    made.operands.push_back(first);
    while (accept(",")) made.operands.push_back(expression());
    expect("}");
    return &made;
}

const Expression* Parser::list_or_structure(std::string_view type) {
    const Token open = advance();
    Expression& made =
        make(type.empty() ? Expression::Kind::list : Expression::Kind::structure, open.place);
    made.text = type;
    while (!at_end() && !token_.is("}")) {
        if (!type.empty()) {
            made.names.push_back(take_name("a member"));
            expect(":");
        }
        made.operands.push_back(expression());
        if (!accept(",")) break;
    }
    expect("}");
    return &made;
}

}  // namespace openbar::description::systemrdl
