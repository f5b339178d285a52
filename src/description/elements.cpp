// The elements' views into the model.
#include "openbar/description_elements.hpp"

#include "description/model.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

namespace openbar::description {
namespace {

constexpr std::string_view problem_names[] = {"malformed", "unresolved",  "overlap",   "outside",
                                              "stride",    "enumeration", "duplicate", "doubtful"};

std::vector<Dimension> dimensions_of(const Model& model, std::uint32_t index) {
    std::vector<Dimension> dimensions;
    for (; index != no_dimension; index = model.dimensions[index].inner)
        dimensions.push_back({model.dimensions[index].count, model.dimensions[index].stride});
    return dimensions;
}

template <typename Record>
Location locate(const Model& model, const Record& record, Fact fact) {
    return model.text.locate(record.where[std::to_underlying(fact)]);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Location& location) {
    out << location.file;
    return location.line == 0 ? out : out << ":" << location.line;
}

std::string_view to_string(Problem::Kind kind) noexcept {
    return problem_names[std::to_underlying(kind)];
}

std::ostream& operator<<(std::ostream& out, const Problem& problem) {
    out << problem.location << (problem.error ? ": error: " : ": warning: ") << problem.text << " ["
        << to_string(problem.kind) << "]";
    return problem.hint.empty() ? out : out << "\n  hint: " << problem.hint;
}

std::string_view Value::name() const noexcept {
    return model_->text.view(model_->values[index_].name);
}
std::string Value::documentation() const {
    return model_->text.prose(model_->values[index_].documentation);
}
Location Value::location() const {
    return model_->text.locate(model_->values[index_].where);
}
std::uint64_t Value::value() const noexcept {
    return model_->values[index_].value;
}
std::uint64_t Value::mask() const noexcept {
    return model_->values[index_].mask;
}
bool Value::is_default() const noexcept {
    return model_->values[index_].is_default;
}

std::string_view Enumeration::name() const noexcept {
    return model_->text.view(model_->enumerations[index_].name);
}
Location Enumeration::location() const {
    return model_->text.locate(model_->enumerations[index_].where);
}
bool Enumeration::for_reading() const noexcept {
    return model_->enumerations[index_].for_reading;
}
bool Enumeration::for_writing() const noexcept {
    return model_->enumerations[index_].for_writing;
}
Views<Value> Enumeration::values() const noexcept {
    const Range range = model_->enumerations[index_].values;
    return {model_, range.first, range.count};
}

std::string_view Field::name() const noexcept {
    return model_->text.view(model_->fields[index_].name);
}
std::string Field::documentation() const {
    return model_->text.prose(model_->fields[index_].documentation);
}
Location Field::location(Fact fact) const {
    return locate(*model_, model_->fields[index_], fact);
}
unsigned Field::low() const noexcept {
    return model_->fields[index_].low;
}
unsigned Field::width() const noexcept {
    return model_->fields[index_].width;
}
Access Field::access() const noexcept {
    return model_->fields[index_].access;
}
ReadEffect Field::read_effect() const noexcept {
    return model_->fields[index_].read_effect;
}
WriteEffect Field::write_effect() const noexcept {
    return model_->fields[index_].write_effect;
}
bool Field::is_volatile() const noexcept {
    return model_->fields[index_].is_volatile;
}
Views<Enumeration> Field::enumerations() const noexcept {
    const Range range = model_->fields[index_].enumerations;
    return {model_, range.first, range.count};
}

std::string_view Register::name() const noexcept {
    return model_->text.view(model_->registers[index_].name);
}
std::string_view Register::title() const noexcept {
    return model_->text.view(model_->registers[index_].title);
}
std::string Register::documentation() const {
    return model_->text.prose(model_->registers[index_].documentation);
}
Location Register::location(Fact fact) const {
    return locate(*model_, model_->registers[index_], fact);
}
std::uint64_t Register::offset() const noexcept {
    return model_->registers[index_].offset;
}
unsigned Register::width() const noexcept {
    return model_->registers[index_].width;
}
unsigned Register::access_width() const noexcept {
    const RegisterRecord& record = model_->registers[index_];
    return record.access_width != 0 ? record.access_width : record.width;
}
unsigned Register::word_stride() const noexcept {
    const RegisterRecord& record = model_->registers[index_];
    return record.word_stride != 0 ? record.word_stride : (access_width() + 7) / 8;
}
std::uint64_t Register::bytes() const noexcept {
    return bytes_of(model_->registers[index_]);
}
ByteOrder Register::byte_order() const noexcept {
    return model_->registers[index_].byte_order;
}
Access Register::access() const noexcept {
    return model_->registers[index_].access;
}
ReadEffect Register::read_effect() const noexcept {
    return model_->registers[index_].read_effect;
}
WriteEffect Register::write_effect() const noexcept {
    return model_->registers[index_].write_effect;
}
bool Register::is_volatile() const noexcept {
    return model_->registers[index_].is_volatile;
}
bool Register::reading_has_effects() const noexcept {
    const auto views = fields();
    return read_effect() != ReadEffect::none ||
           std::any_of(views.begin(), views.end(),
                       [](Field field) { return field.read_effect() != ReadEffect::none; });
}
std::optional<std::uint64_t> Register::reset() const noexcept {
    const RegisterRecord& record = model_->registers[index_];
    return record.has_reset ? std::optional(record.reset) : std::nullopt;
}
std::uint64_t Register::reset_mask() const noexcept {
    return model_->registers[index_].reset_mask;
}
std::vector<Dimension> Register::dimensions() const {
    return dimensions_of(*model_, model_->registers[index_].dimension);
}
Views<Field> Register::fields() const noexcept {
    const Range range = model_->registers[index_].fields;
    return {model_, range.first, range.count};
}
std::string_view Register::alternate_group() const noexcept {
    return model_->text.view(
        model_->relations[model_->registers[index_].relations].alternate_group);
}
std::string_view Register::alternate_register() const noexcept {
    return model_->text.view(
        model_->relations[model_->registers[index_].relations].alternate_register);
}
std::string_view Register::target() const noexcept {
    return model_->text.view(model_->relations[model_->registers[index_].relations].target);
}

std::string_view Block::name() const noexcept {
    return model_->text.view(model_->blocks[index_].name);
}
std::string Block::documentation() const {
    return model_->text.prose(model_->blocks[index_].documentation);
}
Location Block::location(Fact fact) const {
    return locate(*model_, model_->blocks[index_], fact);
}
std::uint64_t Block::offset() const noexcept {
    return model_->blocks[index_].offset;
}
std::uint64_t Block::size() const noexcept {
    const BlockRecord& record = model_->blocks[index_];
    return record.size != 0 ? record.size : record.extent;
}
std::vector<Dimension> Block::dimensions() const {
    return dimensions_of(*model_, model_->blocks[index_].dimension);
}
Views<Block> Block::blocks() const noexcept {
    const Range range = model_->blocks[index_].blocks;
    return {model_, range.first, range.count};
}
Views<Register> Block::registers() const noexcept {
    const Range range = model_->blocks[index_].registers;
    return {model_, range.first, range.count};
}

std::string_view Region::name() const noexcept {
    return model_->text.view(model_->regions[index_].name);
}
std::optional<unsigned> Region::bar() const noexcept {
    const int bar = model_->regions[index_].bar;
    return bar >= 0 ? std::optional(static_cast<unsigned>(bar)) : std::nullopt;
}
Block Region::block() const noexcept {
    return {model_, model_->regions[index_].block};
}

}  // namespace openbar::description
