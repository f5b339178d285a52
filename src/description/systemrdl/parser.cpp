#include "description/systemrdl/parser.hpp"

#include "description/message.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::systemrdl {
namespace {

constexpr unsigned deepest_component = 64;

constexpr std::pair<std::string_view, ComponentKind> component_words[] = {
    {"addrmap", ComponentKind::addrmap}, {"regfile", ComponentKind::regfile},
    {"reg", ComponentKind::reg},         {"field", ComponentKind::field},
    {"mem", ComponentKind::mem},         {"signal", ComponentKind::signal},
};
/// In front of intr, as in "posedge intr".
constexpr std::string_view interrupt_words[] = {"posedge", "negedge", "bothedge", "level",
                                                "nonsticky"};

const ComponentKind* component_kind(const Token& token) noexcept {
    for (const auto& [word, kind] : component_words)
        if (token.is(word)) return &kind;
    return nullptr;
}

}  // namespace

Token Parser::advance() {
    return std::exchange(token_, std::exchange(ahead_, lexer_.next()));
}

bool Parser::accept(std::string_view mark) {
    if (!token_.is(mark)) return false;
    (void)advance();
    return true;
}

void Parser::expect(std::string_view mark) {
    if (accept(mark)) return;
    fail(token_, in_quotes(mark) + " is missing");
}

std::string_view Parser::take_name(std::string_view what) {
    if (token_.kind == Token::Kind::name) return advance().text;
    fail(token_, std::string(what) + " is missing");
    return {};
}

void Parser::fail(const Token& token, const std::string& words) {
    const bool end = token.kind == Token::Kind::end;
    lexer_.fail(ErrorCode::protocol, token.place,
                end ? words + " at the end" : words + " before " + in_quotes(token.text));
    stop();
}

void Parser::refuse(const Token& token, const std::string& what) {
    lexer_.fail(ErrorCode::unsupported, token.place, what);
    stop();
}

/// After an error there are no words any more, so that everything comes to its end.
void Parser::stop() {
    const Place32 place = token_.place;
    token_ = {};
    token_.place = place;
    ahead_ = {};
}

Result<Syntax> Parser::parse() {
    while (!at_end()) take_statement(syntax_.root);
    if (lexer_.error()) return *std::move(lexer_.error());
    return std::move(syntax_);
}

void Parser::take_statement(std::vector<Statement>& statements) {
    if (accept(";")) return;
    if (component_kind(token_) != nullptr || token_.is("external") || token_.is("internal") ||
        token_.is("alias"))
        return take_component(statements);
    if (token_.is("enum")) return take_enum(statements);
    if (token_.is("struct") || token_.is("abstract")) return skip_definition();
    if (token_.is("property")) return take_property_definition();
    if (token_.is("constraint")) return refuse(token_, "constraints are not read");
    if (accept("default")) return take_property(statements, true);
    if (token_.kind != Token::Kind::name) return fail(token_, "a definition is missing");
    if (ahead_.kind == Token::Kind::name || ahead_.is("#")) {
        if (std::ranges::find(interrupt_words, token_.text) != std::end(interrupt_words))
            return take_property(statements, false);
        return take_named_type(statements);
    }
    if (ahead_.is("=") || ahead_.is(";")) return take_property(statements, false);
    take_dynamic(statements);
}

void Parser::take_component(std::vector<Statement>& statements) {
    Statement statement;
    statement.place = token_.place;
    if (token_.is("external") || token_.is("internal")) (void)advance();
    if (accept("alias")) statement.alias_of = take_name("the register that it is an alias of");
    if (token_.is("external") || token_.is("internal")) (void)advance();
    const ComponentKind* kind = component_kind(token_);
    if (kind == nullptr) {
        // "external type name;"
        statement.type = take_name("a type");
        take_arguments(statement);
        return take_instances(statements, std::move(statement));
    }
    Component& component = syntax_.components.emplace_back();
    component.kind = *kind;
    component.place = advance().place;
    if (token_.kind == Token::Kind::name) component.name = advance().text;
    take_parameters(component);
    take_body(component);
    statement.component = &component;
    if (!component.name.empty()) {
        Statement definition;
        definition.kind = Statement::Kind::component;
        definition.place = component.place;
        definition.component = &component;
        statements.push_back(std::move(definition));
    }
    if (token_.is("external") || token_.is("internal")) (void)advance();
    take_arguments(statement);
    if (accept(";")) {
        if (component.name.empty()) fail(token_, "a component has neither a name nor an instance");
        return;
    }
    take_instances(statements, std::move(statement));
}

void Parser::take_body(Component& component) {
    if (++depth_ > deepest_component) return fail(token_, "components lie more than 64 deep");
    expect("{");
    while (!at_end() && !token_.is("}")) take_statement(component.body);
    expect("}");
    --depth_;
}

std::string_view Parser::take_type() {
    const std::string_view type = take_name("a type");
    (void)accept("unsigned");
    return type;
}

void Parser::take_parameters(Component& component) {
    if (!accept("#")) return;
    expect("(");
    while (!at_end() && !token_.is(")")) {
        (void)take_type();
        Parameter parameter;
        parameter.place = token_.place;
        parameter.name = take_name("a parameter's name");
        if (accept("[")) expect("]");
        if (accept("=")) parameter.initial = expression();
        component.parameters.push_back(parameter);
        if (!accept(",")) break;
    }
    expect(")");
}

void Parser::take_arguments(Statement& statement) {
    if (!accept("#")) return;
    expect("(");
    while (!at_end() && accept(".")) {
        Parameter argument;
        argument.place = token_.place;
        argument.name = take_name("a parameter's name");
        expect("(");
        argument.initial = expression();
        expect(")");
        statement.arguments.push_back(argument);
        if (!accept(",")) break;
    }
    expect(")");
}

void Parser::take_named_type(std::vector<Statement>& statements) {
    Statement statement;
    statement.place = token_.place;
    statement.type = advance().text;
    take_arguments(statement);
    if (token_.is("external") || token_.is("internal")) (void)advance();
    take_instances(statements, std::move(statement));
}

void Parser::take_instances(std::vector<Statement>& statements, Statement statement) {
    statement.kind = Statement::Kind::instances;
    do statement.instances.push_back(take_instance());
    while (accept(","));
    expect(";");
    statements.push_back(std::move(statement));
}

Instance Parser::take_instance() {
    Instance instance;
    instance.place = token_.place;
    instance.name = take_name("an instance's name");
    take_dimensions(instance);
    if (accept("=")) instance.reset = expression();
    if (accept("@")) instance.address = expression();
    if (accept("+=")) instance.stride = expression();
    if (accept("%=")) instance.alignment = expression();
    return instance;
}

void Parser::take_dimensions(Instance& instance) {
    while (accept("[")) {
        const Expression* first = expression();
        if (accept(":")) {
            instance.high = first;
            instance.low = expression();
        } else {
            instance.dimensions.push_back(first);
        }
        expect("]");
    }
}

void Parser::take_property(std::vector<Statement>& statements, bool is_default) {
    Statement statement;
    statement.place = token_.place;
    statement.is_default = is_default;
    if (ahead_.kind == Token::Kind::name) (void)advance();  // "posedge", which says no more here
    statement.property = take_name("a property");
    if (accept("=")) statement.value = expression();
    expect(";");
    statements.push_back(std::move(statement));
}

/// a.b[2]->property = value;
void Parser::take_dynamic(std::vector<Statement>& statements) {
    Statement statement;
    statement.place = token_.place;
    do {
        PathPart part{take_name("an element's name")};
        while (accept("[")) {
            (void)expression();
            expect("]");
            part.has_index = true;
        }
        statement.path.push_back(part);
    } while (accept("."));
    expect("->");
    if (ahead_.kind == Token::Kind::name) (void)advance();
    statement.property = take_name("a property");
    if (accept("=")) statement.value = expression();
    expect(";");
    statements.push_back(std::move(statement));
}

void Parser::take_enum(std::vector<Statement>& statements) {
    Enum& made = syntax_.enums.emplace_back();
    made.place = advance().place;
    made.name = take_name("the enum's name");
    expect("{");
    while (!at_end() && !token_.is("}")) {
        EnumMember member;
        member.place = token_.place;
        member.name = take_name("a member of the enum");
        if (accept("=")) member.value = expression();
        if (accept("{")) take_enum_body(member);
        expect(";");
        made.members.push_back(member);
    }
    expect("}");
    expect(";");
    Statement statement;
    statement.kind = Statement::Kind::enumeration;
    statement.place = made.place;
    statement.enumeration = &made;
    statements.push_back(std::move(statement));
}

void Parser::take_enum_body(EnumMember& member) {
    while (!at_end() && !token_.is("}")) {
        const std::string_view property = take_name("a property");
        if (accept("=")) {
            const Expression* value = expression();
            if (property == "name") member.title = value->text;
            if (property == "desc") member.documentation = value->text;
        }
        expect(";");
    }
    expect("}");
}

/// A struct says nothing about registers: its values know their members by themselves.
void Parser::skip_definition() {
    while (!at_end() && !token_.is("{")) (void)advance();
    unsigned open = 0;
    do {
        if (token_.is("{") || token_.is("'{")) ++open;
        if (token_.is("}")) --open;
        (void)advance();
    } while (!at_end() && open > 0);
    expect(";");
}

void Parser::take_property_definition() {
    (void)advance();
    syntax_.properties.push_back(take_name("the property's name"));
    skip_definition();
}

}  // namespace openbar::description::systemrdl
