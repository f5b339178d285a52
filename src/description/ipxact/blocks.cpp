// Memory maps, banks, address blocks, register files.
#include "base/failure.hpp"
#include "description/ipxact/reader.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"

#include <utility>

namespace openbar::description::ipxact {

Result<BlockRecord> Reader::read_component() {
    const pugi::xml_node component = xml_.root();
    model_.name = xml_.text(child_of(component, "name"));
    model_.vendor = xml_.text(child_of(component, "vendor"));
    model_.documentation = xml_.prose(child_of(component, "description"));
    std::vector<BlockRecord> maps;
    for (const pugi::xml_node map : child_of(component, "memoryMaps"))
        if (local_name(map) == "memoryMap")
            if (auto block = read_memory_map(map)) maps.push_back(*block);
    if (error_) return *std::move(error_);
    BlockRecord root;
    root.where.fill(xml_.place(component));
    if (maps.size() == 1) {
        root.blocks = maps.front().blocks;
        return root;
    }
    // Each map has separate addresses.
    for (BlockRecord& map : maps) map.may_overlap = true;
    root.blocks = Model::append(model_.blocks, maps);
    return root;
}

void Reader::take_around(pugi::xml_node node, Around& around) {
    for (const pugi::xml_node child : node) {
        const std::string_view name = local_name(child);
        if (name == "access") {
            if (const auto value = access(child)) {
                around.access = *value;
                around.access_place = xml_.place(child);
            }
        } else if (name == "volatile") {
            around.is_volatile = xml_.words(child) == "true";
        } else if (name == "width") {
            if (const auto bits = number(child); bits && *bits >= 1 && *bits <= widest_register)
                around.width = *bits;
        } else if (name == "addressUnitBits") {
            const auto bits = number(child);
            if (bits && *bits >= 8 && *bits <= widest_register && *bits % 8 == 0)
                around.unit_bits = *bits;
            else
                leave_out(child, "addressUnitBits is not a multiple of 8");
        }
    }
}

std::optional<BlockRecord> Reader::read_memory_map(pugi::xml_node node) {
    if (refused(node)) return std::nullopt;
    Around around;
    take_around(node, around);
    BlockRecord map;
    map.where.fill(xml_.place(node));
    map.name = xml_.text(child_of(node, "name"));
    map.documentation = xml_.prose(child_of(node, "description"));
    std::vector<BlockRecord> blocks;
    for (const pugi::xml_node child : node) {
        const std::string_view name = local_name(child);
        if (name == "bank") read_bank(child, around, blocks);
        if (name == "subspaceMap")
            leave_out(child, "subspaceMap: another component's registers are not followed");
        if (name != "addressBlock") continue;
        if (auto block = read_block(child, around, 0)) blocks.push_back(*block);
    }
    map.blocks = Model::append(model_.blocks, blocks);
    ++model_.counts.blocks;
    return map;
}

/// The blocks of a serial bank stand one behind the other.
void Reader::read_bank(pugi::xml_node node, Around around, std::vector<BlockRecord>& siblings) {
    const pugi::xml_node base = child_of(node, "baseAddress");
    for (const pugi::xml_attribute attribute : node.attributes())
        if (std::string_view(attribute.name()).ends_with("bankAlignment") &&
            std::string_view(attribute.value()) != "serial")
            return leave_out(node, "a parallel bank: openbar reads serial ones");
    const auto start = base ? number(base) : std::nullopt;
    if (!start) return leave_out(node, "bank without a baseAddress");
    take_around(node, around);
    std::uint64_t offset = bytes(*start, around, node);
    for (const pugi::xml_node child : node) {
        if (local_name(child) == "bank") leave_out(child, "a bank in a bank");
        if (local_name(child) != "addressBlock") continue;
        auto block = read_block(child, around, 0);
        if (!block) continue;
        block->offset = offset;
        const auto next = add(offset, block->size);
        if (!next) return leave_out(child, "the bank reaches beyond 64-bit addresses");
        offset = *next;
        siblings.push_back(*block);
    }
}

std::optional<BlockRecord> Reader::read_block(pugi::xml_node node, Around around, unsigned depth) {
    if (stopped() || refused(node)) return std::nullopt;
    if (depth > deepest_block) {
        error_ = failure(ErrorCode::protocol, model_.text.words(xml_.place(node)) +
                                                  ": register files lie more than 64 deep");
        return std::nullopt;
    }
    BlockRecord block;
    block.where.fill(xml_.place(node));
    const Around outer = around;
    take_around(node, around);
    around.unit_bits = outer.unit_bits;
    block.name = xml_.text(child_of(node, "name"));
    block.documentation = xml_.prose(child_of(node, "description"));
    if (block.name.empty()) {
        leave_out(node, std::string(local_name(node)) + " without a name");
        return std::nullopt;
    }
    for (const std::string_view name : {"baseAddress", "addressOffset"})
        if (const pugi::xml_node child = child_of(node, name)) {
            block.offset = bytes(number(child).value_or(0), around, child);
            block.where[std::to_underlying(Fact::offset)] = xml_.place(child);
        }
    if (const auto range = number_in(node, "range")) block.size = bytes(*range, around, node);
    read_contents(node, around, depth, block);
    block.dimension = dimensions(node, block.size, block.name, around);
    ++model_.counts.blocks;
    return block;
}

void Reader::read_contents(pugi::xml_node node, const Around& around, unsigned depth,
                           BlockRecord& block) {
    std::vector<RegisterRecord> registers;
    std::vector<BlockRecord> blocks;
    for (const pugi::xml_node child : node) {
        if (stopped()) return;
        const std::string_view name = local_name(child);
        if (name == "register") read_register(child, around, nullptr, registers);
        if (name != "registerFile") continue;
        if (auto inner = read_block(child, around, depth + 1)) blocks.push_back(*inner);
    }
    block.registers = Model::append(model_.registers, registers);
    block.blocks = Model::append(model_.blocks, blocks);
}

}  // namespace openbar::description::ipxact
