// What a card file says better than the files that it ties together.
#include "description/card/reader.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/search.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::card {
namespace {

constexpr std::size_t most_steps_of_a_correction = 2'000'000;

/// Whether a part of a path means an element as it is described: arrays are corrected as a whole, so
/// that "RX", "RX[*]" and "RX[%s]" mean RX[%s].
bool means(std::string_view part, std::string_view described) {
    std::string whole(described);
    for (std::size_t at = 0; (at = whole.find("%s", at)) != std::string::npos;)
        whole.replace(at, 2, "*");
    if (fits(part, described) || part == whole) return true;
    const std::size_t bracket = described.find("[%s]");
    return bracket != std::string_view::npos && fits(part, described.substr(0, bracket));
}

}  // namespace

/// What is to be changed, and to what.
struct Corrector::Correction {
    std::vector<std::string_view> parts;
    std::string field;
    std::optional<std::uint64_t> offset;
    std::optional<std::uint64_t> width;
    std::optional<std::uint64_t> reset;
    std::optional<std::uint64_t> reset_mask;
    std::optional<Access> access;
    std::optional<ReadEffect> read_effect;
    std::optional<WriteEffect> write_effect;
    std::optional<bool> is_volatile;
    std::optional<Text> documentation;
    std::optional<Text> target;
    FactPlaces where{};
    bool remove = false;
};

void Corrector::apply(const JsonValue& json) {
    Facts facts(failure_, json, "a correction");
    Correction correction;
    correction.where.fill(json.where);
    std::string registers;
    facts.require("registers", facts.take("registers", registers));
    correction.parts = split_path(registers);
    if (correction.parts.empty())
        return failure_.set(json.where, in_quotes(registers) + " is not a path of a register");
    facts.take("field", correction.field);
    const auto take = [&](std::string_view name, auto& kept, auto value, Fact fact) {
        if (facts.take(name, value, &correction.where[at(fact)])) kept = value;
    };
    take("offset", correction.offset, std::uint64_t{0}, Fact::offset);
    take("width", correction.width, std::uint64_t{0}, Fact::width);
    take("reset", correction.reset, std::uint64_t{0}, Fact::reset);
    take("resetMask", correction.reset_mask, std::uint64_t{0}, Fact::reset_mask);
    take("access", correction.access, Access::none, Fact::access);
    take("readEffect", correction.read_effect, ReadEffect::none, Fact::read_effect);
    take("writeEffect", correction.write_effect, WriteEffect::none, Fact::write_effect);
    bool flag = false;
    std::string text;
    if (facts.take("volatile", flag)) correction.is_volatile = flag;
    if (facts.take("documentation", text)) correction.documentation = model_.text.add(text);
    if (facts.take("target", text)) correction.target = model_.text.add(text);
    facts.take("remove", correction.remove);
    facts.finish();
    if (correction.width && (*correction.width == 0 || *correction.width > widest_register))
        failure_.set(correction.where[at(Fact::width)], "a width of no register");
    if (failure_) return;
    correction_ = &correction;
    for (RegionRecord& region : model_.regions) {
        path_ = {model_.text.view(region.name)};
        if (const auto block = corrected(model_.blocks[region.block], true)) {
            model_.blocks.push_back(*block);
            region.block = static_cast<std::uint32_t>(model_.blocks.size() - 1);
        }
    }
    if (changed_ == 0 && !failure_)
        failure_.set(json.where,
                     "no " + std::string(correction.field.empty() ? "register" : "field") +
                         " that this correction means: " + in_quotes(registers) +
                         (correction.field.empty() ? "" : " " + in_quotes(correction.field)),
                     "arrays are corrected as a whole: write RX[*], not RX[3]");
}

/// Whether the path of the correction ends with what is around and a register's name.
bool Corrector::fits_here(std::string_view name) const {
    const auto& parts = correction_->parts;
    if (parts.size() > path_.size() + 1 || !means(parts.back(), name)) return false;
    for (std::size_t i = 1; i < parts.size(); ++i)
        if (!means(parts[parts.size() - 1 - i], path_[path_.size() - i])) return false;
    return true;
}

/// The block with everything in it that is to be changed; nothing if that is nothing.
std::optional<BlockRecord> Corrector::corrected(const BlockRecord& block, bool in_region) {
    if (failure_) return std::nullopt;
    BlockRecord result = block;
    std::vector<RegisterRecord> registers;
    std::vector<BlockRecord> blocks;
    bool changed = false;
    if (!in_region) path_.push_back(model_.text.view(block.name));
    for (std::uint32_t i = 0; i < block.registers.count; ++i) {
        RegisterRecord record = model_.registers[block.registers.first + i];
        bool removed = false;
        if (fits_here(model_.text.view(record.name)))
            changed = correct_register(record, removed) || changed;
        if (!removed) registers.push_back(record);
    }
    bool changed_blocks = false;
    for (std::uint32_t i = 0; i < block.blocks.count; ++i) {
        if (++steps_ > most_steps_of_a_correction) {
            failure_.set(block.where[0], "the correction takes too long");
            break;
        }
        const BlockRecord inner = model_.blocks[block.blocks.first + i];
        const auto better = corrected(inner, false);
        changed_blocks = changed_blocks || better;
        blocks.push_back(better.value_or(inner));
    }
    if (!in_region) path_.pop_back();
    if (changed) result.registers = Model::append(model_.registers, registers);
    if (changed_blocks) result.blocks = Model::append(model_.blocks, blocks);
    return changed || changed_blocks ? std::optional(result) : std::nullopt;
}

bool Corrector::correct_register(RegisterRecord& record, bool& removed) {
    if (!correction_->field.empty()) return correct_fields(record);
    ++changed_;
    removed = correction_->remove;
    if (removed) return true;
    change(record);
    // Its fields have what they have from it.
    std::vector<FieldRecord> fields;
    for (std::uint32_t i = 0; i < record.fields.count; ++i) {
        fields.push_back(model_.fields[record.fields.first + i]);
        change(fields.back());
    }
    record.fields = Model::append(model_.fields, fields);
    return true;
}

bool Corrector::correct_fields(RegisterRecord& record) {
    std::vector<FieldRecord> fields;
    bool any = false;
    for (std::uint32_t i = 0; i < record.fields.count; ++i) {
        FieldRecord field = model_.fields[record.fields.first + i];
        if (!fits(correction_->field, model_.text.view(field.name))) {
            fields.push_back(field);
            continue;
        }
        any = true;
        ++changed_;
        if (correction_->remove) continue;
        change(field);
        if (correction_->documentation) field.documentation = *correction_->documentation;
        fields.push_back(field);
    }
    if (any) record.fields = Model::append(model_.fields, fields);
    return any;
}

void Corrector::change(RegisterRecord& record) const {
    const auto set = [&](auto& fact, const auto& value, Fact name) {
        if (!value) return;
        fact = static_cast<std::remove_reference_t<decltype(fact)>>(*value);
        record.where[at(name)] = correction_->where[at(name)];
    };
    set(record.offset, correction_->offset, Fact::offset);
    set(record.width, correction_->width, Fact::width);
    set(record.access, correction_->access, Fact::access);
    set(record.read_effect, correction_->read_effect, Fact::read_effect);
    set(record.write_effect, correction_->write_effect, Fact::write_effect);
    set(record.reset, correction_->reset, Fact::reset);
    if (correction_->reset && !std::exchange(record.has_reset, true))
        record.reset_mask = low_bits(record.width);
    set(record.reset_mask, correction_->reset_mask, Fact::reset_mask);
    if (correction_->is_volatile) record.is_volatile = *correction_->is_volatile;
    if (correction_->documentation) record.documentation = *correction_->documentation;
    if (!correction_->target) return;
    Relations relations = model_.relations[record.relations];
    relations.target = *correction_->target;
    record.relations = static_cast<std::uint32_t>(model_.relations.size());
    model_.relations.push_back(relations);
}

void Corrector::change(FieldRecord& field) const {
    const auto set = [&](auto& fact, const auto& value, Fact name) {
        if (!value) return;
        fact = *value;
        field.where[at(name)] = correction_->where[at(name)];
    };
    set(field.access, correction_->access, Fact::access);
    set(field.read_effect, correction_->read_effect, Fact::read_effect);
    set(field.write_effect, correction_->write_effect, Fact::write_effect);
    if (correction_->is_volatile) field.is_volatile = *correction_->is_volatile;
}

}  // namespace openbar::description::card
