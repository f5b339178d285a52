#include "description/systemrdl/elaborator.hpp"

#include "base/failure.hpp"
#include "description/message.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::systemrdl {
namespace {

constexpr std::size_t most_scopes = 300'000;

/// The properties of the language. Those that concern the hardware alone are known and not used.
constexpr std::string_view known_properties[] = {
    "name",
    "desc",
    "ispresent",
    "errextbus",
    "hdl_path",
    "hdl_path_gate",
    "hdl_path_slice",
    "hdl_path_gate_slice",
    "donttest",
    "dontcompare",
    "sw",
    "hw",
    "we",
    "wel",
    "anded",
    "ored",
    "xored",
    "fieldwidth",
    "hwclr",
    "hwset",
    "hwenable",
    "hwmask",
    "next",
    "reset",
    "resetsignal",
    "rclr",
    "rset",
    "onread",
    "woset",
    "woclr",
    "onwrite",
    "swwe",
    "swwel",
    "swmod",
    "swacc",
    "singlepulse",
    "encode",
    "precedence",
    "paritycheck",
    "counter",
    "threshold",
    "saturate",
    "incrthreshold",
    "incrsaturate",
    "overflow",
    "underflow",
    "incrvalue",
    "incr",
    "incrwidth",
    "decrvalue",
    "decr",
    "decrwidth",
    "decrthreshold",
    "decrsaturate",
    "intr",
    "enable",
    "mask",
    "haltenable",
    "haltmask",
    "sticky",
    "stickybit",
    "regwidth",
    "accesswidth",
    "shared",
    "halt",
    "alignment",
    "sharedextbus",
    "mementries",
    "memwidth",
    "addressing",
    "bigendian",
    "littleendian",
    "rsvdset",
    "rsvdsetX",
    "msb0",
    "lsb0",
    "bridge",
    "arbiter",
    "signalwidth",
    "sync",
    "async",
    "cpuif_reset",
    "field_reset",
    "activelow",
    "activehigh",
    "incrthreshold",
};

}  // namespace

void Properties::set(PropertyValue property) {
    std::erase_if(all_, [&](const PropertyValue& known) { return known.name == property.name; });
    all_.push_back(std::move(property));
}

const PropertyValue* Properties::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(all_, name, &PropertyValue::name);
    return found == all_.end() ? nullptr : &*found;
}

Result<BlockRecord> Elaborator::run(std::string_view top) {
    Scope& root = scopes_.emplace_back();
    Statement const* instance = nullptr;
    const TypeDefinition* chosen = nullptr;
    for (const Statement& statement : syntax_.root) {
        define(statement, root);
        if (statement.kind == Statement::Kind::instances && statement.component != nullptr &&
            statement.component->kind == ComponentKind::addrmap)
            instance = &statement;
        if (statement.kind == Statement::Kind::component &&
            statement.component->kind == ComponentKind::addrmap &&
            (top.empty() || statement.component->name == top))
            chosen = &root.types.at(statement.component->name);
    }
    if (evaluator_.error()) return *std::move(evaluator_.error());
    const std::string file = model_.text.file_name(0);
    if (chosen == nullptr && (instance == nullptr || !top.empty()))
        return failure(
            ErrorCode::protocol,
            file + ": it defines no address map" + (top.empty() ? "" : " " + in_quotes(top)),
            "describe the registers in an addrmap, or read the file that includes this one");
    std::optional<Type> type;
    if (chosen != nullptr)
        type = Type{chosen->component, chosen->closure};
    else
        type = type_of(*instance, root);
    if (!type) return *std::move(evaluator_.error());
    Frame frame = open(*type, {}, &root, {}, type->component->place);
    BlockRecord block = elaborate_block(frame, 0);
    if (evaluator_.error()) return *std::move(evaluator_.error());
    model_.name = model_.text.add(type->component->name);
    model_.documentation = block.documentation;
    block.name = {};
    return block;
}

/// Takes a definition, or a default, into a scope.
void Elaborator::define(const Statement& statement, Scope& scope) {
    if (statement.kind == Statement::Kind::component)
        scope.types[statement.component->name] = {statement.component, scope.here()};
    if (statement.kind == Statement::Kind::enumeration)
        scope.enums[statement.enumeration->name] = statement.enumeration;
    if (statement.kind != Statement::Kind::property || !statement.is_default) return;
    check_property(statement.property, statement.place);
    Value value{.kind = Value::Kind::boolean, .number = 1, .place = statement.place};
    if (statement.value != nullptr) value = evaluator_.evaluate(*statement.value, &scope);
    scope.defaults.push_back({statement.property, std::move(value), statement.place});
}

std::optional<Elaborator::Type> Elaborator::type_of(const Statement& statement,
                                                    const Scope& scope) {
    if (statement.component != nullptr) return Type{statement.component, scope.here()};
    if (const TypeDefinition* found = find_type(&scope, statement.type))
        return Type{found->component, found->closure};
    evaluator_.fail(ErrorCode::protocol, statement.place, "no type " + in_quotes(statement.type));
    return std::nullopt;
}

Elaborator::Frame Elaborator::open(const Type& type, std::span<const Parameter> arguments,
                                   const Scope* outer, const Assignments& assignments,
                                   Place32 place) {
    Frame frame;
    frame.component = type.component;
    frame.scope = &scopes_.emplace_back();
    frame.scope->around = type.closure;
    give_parameters(type, arguments, outer, *frame.scope, place);
    // Defaults of all scopes around the definition, the outermost first.
    std::vector<Closure> around;
    for (Closure at = type.closure; at.scope != nullptr; at = at.scope->around)
        around.push_back(at);
    for (std::size_t i = around.size(); i-- > 0;)
        for (std::size_t j = 0; j < std::min(around[i].defaults, around[i].scope->defaults.size());
             ++j)
            frame.properties.set(around[i].scope->defaults[j]);
    run_body(frame);
    // What comes from outside counts more than what is said inside.
    for (const Assignment& assignment : assignments)
        if (assignment.path.empty())
            frame.properties.set(assignment.property);
        else
            frame.assignments.push_back(assignment);
    return frame;
}

void Elaborator::give_parameters(const Type& type, std::span<const Parameter> arguments,
                                 const Scope* outer, Scope& scope, Place32 place) {
    for (const Parameter& argument : arguments) {
        const auto known =
            std::ranges::find(type.component->parameters, argument.name, &Parameter::name);
        if (known == type.component->parameters.end())
            return evaluator_.fail(ErrorCode::protocol, argument.place,
                                   "no parameter " + in_quotes(argument.name));
        scope.parameters[argument.name] = evaluator_.evaluate(*argument.initial, outer);
    }
    for (const Parameter& parameter : type.component->parameters) {
        if (scope.parameters.contains(parameter.name)) continue;
        // Without a value it may stay as long as nobody computes with it.
        Value value{.text = parameter.name, .place = place};
        if (parameter.initial != nullptr) value = evaluator_.evaluate(*parameter.initial, &scope);
        scope.parameters[parameter.name] = std::move(value);
    }
}

void Elaborator::run_body(Frame& frame) {
    for (const Statement& statement : frame.component->body) {
        if (stopped(statement.place)) return;
        define(statement, *frame.scope);
        if (statement.kind == Statement::Kind::instances) frame.instances.push_back(&statement);
        if (statement.kind != Statement::Kind::property || statement.is_default) continue;
        check_property(statement.property, statement.place);
        Value value{.kind = Value::Kind::boolean, .number = 1, .place = statement.place};
        if (statement.value != nullptr) value = evaluator_.evaluate(*statement.value, frame.scope);
        PropertyValue property{statement.property, std::move(value), statement.place};
        if (statement.path.empty()) {
            frame.properties.set(std::move(property));
            continue;
        }
        for (const PathPart& part : statement.path)
            if (part.has_index && statement.property != "next")
                return evaluator_.fail(ErrorCode::unsupported, statement.place,
                                       "a property of one element of an array is not kept",
                                       "assign it to the whole array");
        frame.assignments.push_back({statement.path, std::move(property)});
    }
}

Assignments Elaborator::assignments_for(const Frame& frame, std::string_view name) const {
    Assignments mine;
    for (const Assignment& assignment : frame.assignments)
        if (assignment.path.front().name == name)
            mine.push_back({assignment.path.subspan(1), assignment.property});
    return mine;
}

void Elaborator::check_property(std::string_view name, Place32 place) {
    if (std::ranges::find(known_properties, name) != std::end(known_properties)) return;
    if (std::ranges::find(syntax_.properties, name) != syntax_.properties.end()) return;
    evaluator_.fail(ErrorCode::protocol, place, "no property " + in_quotes(name) + " is defined");
}

bool Elaborator::stopped(Place32 place) {
    if (evaluator_.error()) return true;
    if (model_.elements() < largest_description && scopes_.size() < most_scopes) return false;
    evaluator_.fail(ErrorCode::resource_exhausted, place,
                    "more instances than any card has: is something an instance of itself?");
    return true;
}

}  // namespace openbar::description::systemrdl
