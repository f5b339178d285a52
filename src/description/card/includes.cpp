// The descriptions that a card file ties to places in its regions.
#include "base/failure.hpp"
#include "description/card/reader.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/source_text.hpp"

#include <span>
#include <utility>

namespace openbar::description::card {
namespace {

std::optional<Format> format_named(std::string_view name) {
    for (const auto& [known, format] :
         {std::pair{"svd", Format::svd}, std::pair{"litex-json", Format::litex_json},
          std::pair{"litex-csv", Format::litex_csv}, std::pair{"ipxact", Format::ipxact},
          std::pair{"systemrdl", Format::systemrdl}})
        if (name == known) return format;
    return std::nullopt;
}

}  // namespace

void Reader::read_include(const JsonValue& json, Children& children) {
    Facts facts(failure_, json, "a description");
    std::string file;
    std::string name;
    std::string block;
    std::string format;
    std::uint64_t offset = 0;
    std::uint64_t base = 0;
    ReadOptions options;
    facts.require("file", facts.take("file", file));
    facts.take("name", name);
    const bool one_block = facts.take("block", block);
    facts.take("offset", offset);
    facts.take("base", base);
    facts.take("top", options.top);
    const auto folder = source_.path.parent_path();
    const auto take_paths = [&](std::string_view member,
                                std::vector<std::filesystem::path>& paths) {
        if (const JsonValue* list = facts.find(member, JsonValue::Kind::array))
            for (const JsonValue& item : list->items) paths.push_back(folder / item.string);
    };
    take_paths("includeFolders", options.include_folders);
    take_paths("before", options.before);
    if (facts.take("format", format)) {
        const auto known = format_named(format);
        if (!known) failure_.set(json.where, "format " + in_quotes(format) + " is unknown");
        options.format = known.value_or(Format::automatic);
    }
    facts.finish();
    if (failure_) return;

    const std::filesystem::path path = folder / file;
    auto number =
        read_file(path)
            .and_then([&](std::string bytes) { return to_utf8(std::move(bytes), path.string()); })
            .and_then([&](std::string text) {
                return model_.text.add_file(path.string(), std::move(text));
            });
    if (!number)
        return failure_.set(
            std::move(number).attempting([&] { return model_.text.words(json.where); }).error());
    auto record = read_source({model_, *number, path, options});
    if (!record) return failure_.set(std::move(record).error());
    if (one_block && !choose_block(json, block, *record)) return;
    if (name.empty()) return shift(json, base, offset, *record, children);
    Children inner;
    shift(json, base, 0, *record, inner);
    BlockRecord wrapped;
    wrapped.where.fill(json.where);
    wrapped.name = kept(name);
    wrapped.documentation = record->documentation;
    wrapped.offset = offset;
    wrapped.size = one_block ? record->size : 0;
    wrapped.registers = Model::append(model_.registers, inner.registers);
    wrapped.blocks = Model::append(model_.blocks, inner.blocks);
    children.blocks.push_back(wrapped);
}

/// One block of a file, from whose start its registers are counted.
bool Reader::choose_block(const JsonValue& json, std::string_view name, BlockRecord& record) {
    for (const BlockRecord& block :
         std::span(model_.blocks).subspan(record.blocks.first, record.blocks.count))
        if (model_.text.view(block.name) == name) {
            record = BlockRecord(block);
            return true;
        }
    failure_.set(json.where, "the file describes no block " + in_quotes(name));
    return false;
}

/// Takes the children of a block, with what was at `base` at `offset`.
void Reader::shift(const JsonValue& json, std::uint64_t base, std::uint64_t offset,
                   const BlockRecord& record, Children& children) {
    const auto move = [&](auto child) {
        const auto place = child.offset >= base ? add(child.offset - base, offset) : std::nullopt;
        if (!place)
            failure_.set(json.where, in_quotes(model_.text.view(child.name)) + " at " +
                                         hex(child.offset) + " lies below the base " + hex(base) +
                                         ", or beyond 64-bit addresses");
        child.offset = place.value_or(0);
        return child;
    };
    for (std::uint32_t i = 0; i < record.registers.count && !failure_; ++i)
        children.registers.push_back(move(model_.registers[record.registers.first + i]));
    for (std::uint32_t i = 0; i < record.blocks.count && !failure_; ++i)
        children.blocks.push_back(move(model_.blocks[record.blocks.first + i]));
}

}  // namespace openbar::description::card
