/// Reads the words of a SystemRDL file into its syntax.
#pragma once

#include "description/systemrdl/lexer.hpp"
#include "description/systemrdl/syntax.hpp"

#include <initializer_list>

namespace openbar::description::systemrdl {

class Parser {
public:
    explicit Parser(const Source& source) : lexer_(source) {
        token_ = lexer_.next();
        ahead_ = lexer_.next();
    }

    [[nodiscard]] Result<Syntax> parse();

private:
    // parser.cpp
    void take_statement(std::vector<Statement>& statements);
    void take_component(std::vector<Statement>& statements);
    void take_body(Component& component);
    void take_parameters(Component& component);
    void take_instances(std::vector<Statement>& statements, Statement statement);
    [[nodiscard]] Instance take_instance();
    void take_dimensions(Instance& instance);
    void take_named_type(std::vector<Statement>& statements);
    void take_arguments(Statement& statement);
    void take_property(std::vector<Statement>& statements, bool is_default);
    void take_dynamic(std::vector<Statement>& statements);
    void take_enum(std::vector<Statement>& statements);
    void take_enum_body(EnumMember& member);
    void skip_definition();
    void take_property_definition();
    [[nodiscard]] std::string_view take_type();

    // expressions.cpp
    [[nodiscard]] const Expression* expression(int least_precedence = 0);
    [[nodiscard]] const Expression* unary();
    [[nodiscard]] const Expression* postfix(const Expression* inner);
    [[nodiscard]] const Expression* primary();
    [[nodiscard]] const Expression* braces();
    [[nodiscard]] const Expression* list_or_structure(std::string_view type);
    [[nodiscard]] Expression& make(Expression::Kind kind, Place32 place);

    Token advance();
    [[nodiscard]] bool accept(std::string_view mark);
    void expect(std::string_view mark);
    [[nodiscard]] std::string_view take_name(std::string_view what);
    [[nodiscard]] bool at_end() const noexcept { return token_.kind == Token::Kind::end; }
    void fail(const Token& token, const std::string& words);
    void refuse(const Token& token, const std::string& what);
    void stop();

    Lexer lexer_;
    Token token_;
    Token ahead_;
    Syntax syntax_;
    unsigned depth_ = 0;
};

}  // namespace openbar::description::systemrdl
