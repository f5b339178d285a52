// Peripherals and clusters.
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/svd/reader.hpp"

#include <algorithm>
#include <utility>

namespace openbar::description::svd {

void Reader::read_block(pugi::xml_node node, const Properties& around, unsigned depth,
                        std::vector<BlockRecord>& siblings) {
    std::vector<pugi::xml_node> storage;
    const Levels::List levels = levels_.of(node, storage);
    if (levels.empty()) return;
    if (depth > deepest_block)
        return fail({ErrorCode::protocol,
                     {},
                     model_.text.words(xml_.place(node)) + ": clusters lie more than " +
                         std::to_string(deepest_block) + " deep",
                     {},
                     0});
    BlockRecord block;
    block.where.fill(xml_.place(node));
    Properties properties = around;
    ArrayDraft array;
    std::vector<pugi::xml_node> containers;
    bool has_offset = false;
    for (const pugi::xml_node level : levels) {
        const bool is_cluster = tag_of(level.name()) == Tag::cluster;
        if (is_cluster) containers.push_back(level);
        if (const std::uint64_t end = address_block_end(level); end != 0) block.size = end;
        for (pugi::xml_node child = level.first_child(); child; child = child.next_sibling()) {
            const Tag tag = tag_of(child.name());
            switch (tag) {
                case Tag::register_:
                case Tag::cluster: break;
                case Tag::registers: containers.push_back(child); break;
                case Tag::base_address:
                case Tag::address_offset: has_offset = true; [[fallthrough]];
                default:
                    take_block_fact(tag, child, block);
                    take_property(tag, child, properties);
                    array.take(tag, child);
            }
        }
    }
    if (block.name.empty()) return leave_out(node, std::string(node.name()) + " without a name");
    if (!has_offset)
        return leave_out(node, std::string(node.name()) + " " + in_quotes(xml_.view(block.name)) +
                                   " without an address");
    const Contents contents = read_contents(containers, properties, depth);
    block.blocks = contents.blocks;
    block.registers = contents.registers;
    block.dimension = dimension(array, node, block.name);
    siblings.push_back(block);
    if (counts_) ++model_.counts.blocks;
}

void Reader::take_block_fact(Tag tag, pugi::xml_node child, BlockRecord& block) {
    switch (tag) {
        case Tag::name: block.name = xml_.text(child); break;
        case Tag::description: block.documentation = xml_.prose(child); break;
        case Tag::group_name: block.group = xml_.text(child); break;
        case Tag::alternate_peripheral:
        case Tag::alternate_cluster: block.may_overlap = true; break;
        case Tag::base_address:
        case Tag::address_offset:
            if (const auto offset = number(child)) {
                block.offset = *offset;
                block.where[std::to_underlying(Fact::offset)] = xml_.place(child);
            }
            break;
        default: break;
    }
}

/// Where the last of a peripheral's address blocks ends, from its base address on; 0 without any.
std::uint64_t Reader::address_block_end(pugi::xml_node node) {
    std::uint64_t end = 0;
    for (const pugi::xml_node block : node.children("addressBlock")) {
        std::optional<std::uint64_t> offset = 0;
        std::optional<std::uint64_t> size = 0;
        for (pugi::xml_node child = block.first_child(); child; child = child.next_sibling()) {
            const Tag tag = tag_of(child.name());
            if (tag == Tag::offset) offset = number(child);
            if (tag == Tag::size) size = number(child);
        }
        if (!offset || !size) continue;
        if (const auto sum = add(*offset, *size))
            end = std::max(end, *sum);
        else
            leave_out(block, "the address block ends beyond 64-bit addresses");
    }
    return end;
}

/// Of several containers those of the later ones take the place of those of the same name.
Contents Reader::read_contents(const std::vector<pugi::xml_node>& containers,
                               const Properties& properties, unsigned depth) {
    Contents whole;
    for (const pugi::xml_node container : containers) {
        const Contents own = read_shared_contents(container, properties, depth);
        if (own.blocks.count + own.registers.count == 0) continue;
        if (whole.blocks.count + whole.registers.count == 0) {
            whole = own;
            continue;
        }
        whole.registers = model_.merged(model_.registers, whole.registers, own.registers);
        whole.blocks = model_.merged(model_.blocks, whole.blocks, own.blocks);
    }
    return whole;
}

Contents Reader::read_shared_contents(pugi::xml_node container, const Properties& properties,
                                      unsigned depth) {
    auto& known = known_contents_[container.internal_object()];
    for (const KnownContents& candidate : known) {
        if (candidate.properties != properties) continue;
        if (!candidate.complete)
            fail({ErrorCode::protocol,
                  {},
                  model_.text.words(xml_.place(container)) +
                      ": a cluster in it is derived from what contains it",
                  "remove derivedFrom from the cluster",
                  0});
        return candidate.contents;
    }
    const std::size_t index = known.size();
    known.push_back({properties, {}, false});
    const bool counted = std::exchange(counts_, counts_ && index == 0);
    std::vector<RegisterRecord> registers;
    std::vector<BlockRecord> blocks;
    for (pugi::xml_node child = container.first_child(); child; child = child.next_sibling()) {
        if (stopped()) break;
        const Tag tag = tag_of(child.name());
        if (tag == Tag::register_) read_register(child, properties, registers);
        if (tag == Tag::cluster) read_block(child, properties, depth + 1, blocks);
    }
    const Contents contents{Model::append(model_.blocks, blocks),
                            Model::append(model_.registers, registers)};
    counts_ = counted;
    KnownContents& entry = known_contents_[container.internal_object()][index];
    entry.contents = contents;
    entry.complete = true;
    return contents;
}

}  // namespace openbar::description::svd
