#include "cli/support/json.hpp"

#include "cli/support/text.hpp"

namespace openbar::cli {

namespace {

std::string text_of(const Json& value) {
    return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void print_json(Output& out, const Json& value) {
    out.write(text_of(value) + "\n");
}

GrowingJson::GrowingJson(Output& out, const Json& members, std::string_view list) : out_(out) {
    Json whole = members;
    whole[std::string(list)] = Json::array({nullptr});
    const std::string text = text_of(whole);
    before_ = text.substr(0, text.rfind("null"));
}

GrowingJson::~GrowingJson() {
    if (begun_) out_.write("\n  ]\n}\n");
}

void GrowingJson::add(const Json& element) {
    out_.write(before_ + text_of(element));
    if (begun_) return;
    begun_ = true;
    before_ = ",\n    ";
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
    json["emulated"] = Json::array();
    for (const Range& part : region.emulated)
        json["emulated"].push_back({{"offset", part.offset}, {"length", part.length}});
    if (!region.not_reachable_because.empty())
        json["not_reachable_because"] = region.not_reachable_because;
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

Json to_json(const VirtualFunction& function) {
    return {{"physical_function", function.physical.to_string()}, {"number", function.number}};
}

}  // namespace openbar::cli
