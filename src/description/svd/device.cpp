#include "base/failure.hpp"
#include "description/message.hpp"
#include "description/numbers.hpp"
#include "description/svd/reader.hpp"

#include <utility>

namespace openbar::description::svd {

Result<void> Reader::read_device(BlockRecord& root) {
    const pugi::xml_node device = xml_.root();
    const auto place = [&] { return model_.text.words(xml_.place(device)); };
    if (std::string_view(device.name()) != "device")
        return failure(ErrorCode::protocol, place() + ": not CMSIS-SVD: its element is " +
                                                in_quotes(device.name()) + ", not 'device'");
    Properties properties;
    pugi::xml_node peripherals;
    for (pugi::xml_node child = device.first_child(); child; child = child.next_sibling()) {
        const Tag tag = tag_of(child.name());
        switch (tag) {
            case Tag::name: model_.name = xml_.text(child); break;
            case Tag::vendor: model_.vendor = xml_.text(child); break;
            case Tag::description: model_.documentation = xml_.prose(child); break;
            case Tag::peripherals: peripherals = child; break;
            case Tag::cpu:
                if (xml_.words(child.child("endian")) == "big") byte_order_ = ByteOrder::big;
                break;
            case Tag::address_unit_bits:
                if (const auto bits = number(child); bits && *bits != 8)
                    model_.add_problem(Problem::Kind::doubtful, xml_.place(child),
                                       "addressUnitBits is " + std::to_string(*bits) +
                                           "; offsets are taken as bytes all the same",
                                       {}, false);
                break;
            default: take_property(tag, child, properties);
        }
    }
    if (!peripherals)
        return failure(ErrorCode::protocol, place() + ": the device has no <peripherals>");
    read_peripherals(peripherals, properties, root);
    if (stopped()) return *std::move(error_);
    return {};
}

void Reader::read_peripherals(pugi::xml_node peripherals, const Properties& properties,
                              BlockRecord& root) {
    std::vector<BlockRecord> blocks;
    for (pugi::xml_node child = peripherals.first_child(); child; child = child.next_sibling()) {
        if (stopped()) return;
        if (tag_of(child.name()) == Tag::peripheral) read_block(child, properties, 0, blocks);
    }
    root.blocks = Model::append(model_.blocks, blocks);
}

void Reader::take_property(Tag tag, pugi::xml_node node, Properties& properties) {
    switch (tag) {
        case Tag::size:
            if (const auto bits = width(node)) {
                properties.width = static_cast<std::uint16_t>(*bits);
                properties.width_place = xml_.place(node);
            }
            break;
        case Tag::access:
            if (const auto value = access(node)) {
                properties.access = *value;
                properties.access_place = xml_.place(node);
            }
            break;
        case Tag::reset_value:
            if (const auto value = number(node)) {
                properties.reset = *value;
                properties.has_reset = true;
                properties.reset_place = xml_.place(node);
            }
            break;
        case Tag::reset_mask:
            if (const auto value = number(node)) {
                properties.reset_mask = *value;
                properties.has_reset_mask = true;
                properties.reset_mask_place = xml_.place(node);
            }
            break;
        default: break;
    }
}

}  // namespace openbar::description::svd
