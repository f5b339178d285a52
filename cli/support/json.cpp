#include "cli/support/json.hpp"

#include "cli/support/text.hpp"

namespace openbar::cli {

void print_json(Output& out, const Json& value) {
    out.write(value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Json to_json(const RegionInfo& region) {
    Json json;
    json["name"] = region.name;
    json["index"] = region.index;
    json["kind"] = to_string(region.kind);
    json["size"] = region.size;
    json["readable"] = region.readable;
    json["writable"] = region.writable;
    json["prefetchable"] = region.prefetchable;
    json["is_64bit"] = region.is_64bit;
    if (region.physical_address != 0) json["physical_address"] = hex(region.physical_address, 8);
    json["mappable"] = Json::array();
    for (const Range& part : region.mappable)
        json["mappable"].push_back({{"offset", part.offset}, {"length", part.length}});
    if (!region.not_mappable_because.empty())
        json["not_mappable_because"] = region.not_mappable_because;
    return json;
}

Json to_json(const PciIdentity& identity) {
    Json json;
    json["vendor"] = hex(identity.vendor, 2);
    json["device"] = hex(identity.device, 2);
    json["subsystem_vendor"] = hex(identity.subsystem_vendor, 2);
    json["subsystem"] = hex(identity.subsystem, 2);
    json["class"] = hex(identity.class_code, 3);
    json["revision"] = hex(identity.revision, 1);
    return json;
}

}  // namespace openbar::cli
