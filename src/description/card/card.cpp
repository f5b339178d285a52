#include "base/failure.hpp"
#include "description/card/reader.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <utility>

namespace openbar::description {
namespace card {
namespace {

/// "1234:11e8", or with the subsystem's ids behind.
std::optional<PciIds> parse_ids(std::string_view text) {
    std::uint16_t numbers[4] = {0, 0, 0xffff, 0xffff};
    std::size_t count = 0;
    while (count < 4) {
        const std::size_t colon = text.find(':');
        const std::string_view digits = text.substr(0, colon);
        const auto number = parse_digits(digits, 16);
        if (digits.size() != 4 || !number) return std::nullopt;
        numbers[count++] = static_cast<std::uint16_t>(*number);
        if (colon == std::string_view::npos) break;
        text.remove_prefix(colon + 1);
        if (count == 4) return std::nullopt;
    }
    if (count != 2 && count != 4) return std::nullopt;
    return PciIds{numbers[0], numbers[1], numbers[2], numbers[3]};
}

/// The BAR of "bar0" to "bar5"; -1 for "config".
std::optional<std::int16_t> parse_region(std::string_view name) {
    if (name == "config") return -1;
    if (name.size() == 4 && name.starts_with("bar") && name[3] >= '0' && name[3] <= '5')
        return static_cast<std::int16_t>(name[3] - '0');
    return std::nullopt;
}

}  // namespace

Result<void> Reader::read(const JsonValue& json) {
    Facts facts(failure_, json, "the card");
    std::uint64_t version = 0;
    facts.require("openbar", facts.take("openbar", version));
    if (version != 1 && !failure_)
        failure_.set(json.where, "\"openbar\": " + std::to_string(version) +
                                     " is not a version of card files that this openbar reads: 1");
    std::string name;
    std::string vendor;
    std::string documentation;
    facts.require("name", facts.take("name", name));
    facts.take("vendor", vendor);
    facts.take("documentation", documentation);
    const JsonValue* ids = facts.find("ids", JsonValue::Kind::array);
    const JsonValue* regions = facts.find("regions", JsonValue::Kind::array);
    const JsonValue* corrections = facts.find("corrections", JsonValue::Kind::array);
    facts.require("regions", regions != nullptr);
    facts.finish();
    if (ids != nullptr) read_ids(*ids);
    if (regions != nullptr)
        for (const JsonValue& region : regions->items)
            if (!failure_) read_region(region);
    if (corrections != nullptr)
        for (const JsonValue& correction : corrections->items)
            if (!failure_) Corrector(model_, failure_).apply(correction);
    model_.format = Format::card;
    model_.name = kept(name);
    model_.vendor = kept(vendor);
    model_.documentation = kept(documentation);
    if (failure_) return failure_.take();
    return {};
}

void Reader::read_ids(const JsonValue& json) {
    for (const JsonValue& item : json.items)
        if (const auto ids = parse_ids(item.string))
            model_.ids.push_back(*ids);
        else
            failure_.set(item.where, in_quotes(item.string) + " is not a pair of PCI ids",
                         "for example \"1234:11e8\", or \"1234:11e8:1af4:1100\" with a subsystem");
}

void Reader::read_region(const JsonValue& json) {
    Facts facts(failure_, json, "a region");
    std::string name;
    RegionDefaults defaults;
    facts.require("name", facts.take("name", name));
    facts.take("width", defaults.width);
    facts.take("byteOrder", defaults.byte_order);
    const auto bar = parse_region(name);
    if (!bar)
        failure_.set(json.where, in_quotes(name) + " is not a region: bar0 to bar5, or config");
    for (const RegionRecord& other : model_.regions)
        if (model_.text.view(other.name) == name)
            failure_.set(json.where, "region " + in_quotes(name) + " is there twice");
    Children children;
    read_children(facts, defaults, 0, children);
    if (const JsonValue* includes = facts.find("descriptions", JsonValue::Kind::array))
        for (const JsonValue& include : includes->items)
            if (!failure_) read_include(include, children);
    facts.finish();
    if (failure_) return;
    BlockRecord root;
    root.where.fill(json.where);
    root.registers = Model::append(model_.registers, children.registers);
    root.blocks = Model::append(model_.blocks, children.blocks);
    model_.blocks.push_back(root);
    model_.regions.push_back(
        {kept(name), *bar, static_cast<std::uint32_t>(model_.blocks.size() - 1)});
}

void Reader::read_children(Facts& facts, const RegionDefaults& defaults, unsigned depth,
                           Children& children) {
    if (const JsonValue* registers = facts.find("registers", JsonValue::Kind::array))
        for (const JsonValue& item : registers->items)
            if (!failure_) read_register(item, defaults, children);
    if (const JsonValue* blocks = facts.find("blocks", JsonValue::Kind::array))
        for (const JsonValue& item : blocks->items)
            if (!failure_) read_block(item, defaults, depth + 1, children);
}

void Reader::read_block(const JsonValue& json, const RegionDefaults& defaults, unsigned depth,
                        Children& around) {
    Facts facts(failure_, json, "a block");
    BlockRecord block;
    block.where.fill(json.where);
    std::string name;
    std::string documentation;
    facts.require("name", facts.take("name", name));
    facts.require("offset", facts.take("offset", block.offset, &block.where[at(Fact::offset)]));
    facts.take("documentation", documentation);
    facts.take("size", block.size);
    block.dimension = read_array(facts, name);
    Children children;
    read_children(facts, defaults, depth, children);
    facts.finish();
    block.name = kept(name);
    block.documentation = kept(documentation);
    block.registers = Model::append(model_.registers, children.registers);
    block.blocks = Model::append(model_.blocks, children.blocks);
    around.blocks.push_back(block);
    ++model_.counts.blocks;
}

/// "array": {"count": 8, "stride": 16}; the name gets its [%s].
std::uint32_t Reader::read_array(Facts& facts, std::string& name) {
    const JsonValue* json = facts.find("array", JsonValue::Kind::object);
    if (json == nullptr) return no_dimension;
    Facts array(failure_, *json, "an array");
    DimensionRecord record;
    record.inner = no_dimension;
    array.require("count", array.take("count", record.count));
    array.require("stride", array.take("stride", record.stride));
    array.finish();
    if (record.count == 0) failure_.set(json->where, "an array without elements");
    if (name.find("%s") == std::string::npos) name += "[%s]";
    model_.dimensions.push_back(record);
    return static_cast<std::uint32_t>(model_.dimensions.size() - 1);
}

}  // namespace card

Result<void> read_card(const Source& source) {
    OPENBAR_TRY(json, read_json(source.model.text, source.file));
    return card::Reader(source).read(json);
}

}  // namespace openbar::description
