#include "simulator/registry.hpp"

#include "base/failure.hpp"
#include "simulator/description_check.hpp"
#include "simulator/models/built_in.hpp"

#include <algorithm>
#include <utility>

namespace openbar::simulator {
namespace {

bool can_be_written(std::string_view name) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !name.empty() && name.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

Registry Registry::with_built_in() {
    Registry registry;
    registry.entries_ = {intel_82540em_entry(), edu_entry()};
    return registry;
}

Registry& Registry::of_this_program() {
    static Registry registry = with_built_in();
    return registry;
}

Result<void> Registry::add(ModelEntry entry) {
    const std::string attempted = "add the model \"" + entry.name + "\"";
    if (!can_be_written(entry.name))
        return failure(ErrorCode::invalid_argument, attempted,
                       "its name is not made of letters, digits, \"_\" and \"-\"", {});
    if (!entry.create)
        return failure(ErrorCode::invalid_argument, attempted, "it has no function that creates it",
                       {});
    const auto place = std::ranges::lower_bound(entries_, entry.name, {}, &ModelEntry::name);
    if (place != entries_.end() && place->name == entry.name)
        *place = std::move(entry);
    else
        entries_.insert(place, std::move(entry));
    return {};
}

Result<std::unique_ptr<Model>> Registry::create(std::string_view address) const {
    const std::string name = Parameters::model_name(address);
    const std::string attempted = "create the model \"" + name + "\"";
    const auto entry = std::ranges::find(entries_, name, &ModelEntry::name);
    if (entry == entries_.end()) {
        std::string known;
        for (const ModelEntry& each : entries_) known += (known.empty() ? "" : ", ") + each.name;
        return failure(ErrorCode::not_found, attempted, "there is no such model",
                       "use one of: " + known);
    }
    auto parameters = Parameters::parse(address, entry->parameters);
    if (!parameters) return std::move(parameters).error();
    auto model = entry->create(*parameters);
    if (!model) return model;
    if (std::string mistake = mistake_in((*model)->description()); !mistake.empty())
        return failure(ErrorCode::invalid_argument, attempted,
                       "its description is not that of a PCI card: " + mistake,
                       "correct the Description in the model's source");
    return model;
}

}  // namespace openbar::simulator
