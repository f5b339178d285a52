#include "simulator/registry.hpp"

#include "base/failure.hpp"
#include "simulator/description_check.hpp"
#include "simulator/faults/faulty_model.hpp"
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

Result<void> check(const ModelEntry& entry) {
    if (!can_be_written(entry.name))
        return failure(ErrorCode::invalid_argument,
                       "its name is not made of letters, digits, \"_\" and \"-\"");
    if (!entry.create)
        return failure(ErrorCode::invalid_argument, "it has no function that creates it");
    return {};
}

Result<std::unique_ptr<Model>> create_from(const std::vector<ModelEntry>& entries,
                                           std::string_view address) {
    const auto entry =
        std::ranges::find(entries, Parameters::model_name(address), &ModelEntry::name);
    if (entry == entries.end()) {
        std::string known;
        for (const ModelEntry& each : entries) known += (known.empty() ? "" : ", ") + each.name;
        return failure(ErrorCode::not_found, "there is no such model", "use one of: " + known);
    }
    std::vector<ParameterDescription> declared = entry->parameters;
    declared.push_back({"fault", "", "see docs/testing-a-driver.md"});
    OPENBAR_TRY(parameters, Parameters::parse(address, declared));
    OPENBAR_TRY(model, entry->create(parameters));
    if (std::string mistake = mistake_in(model->description()); !mistake.empty())
        return failure(ErrorCode::invalid_argument,
                       "its description is not that of a PCI card: " + mistake,
                       "correct the Description in the model's source");
    const std::string faults = parameters.text("fault");
    if (faults.empty()) return model;
    OPENBAR_TRY(plan, FaultPlan::parse(faults));
    return std::unique_ptr<Model>(std::make_unique<FaultyModel>(std::move(model), std::move(plan)));
}

}  // namespace

Registry Registry::with_built_in() {
    Registry registry;
    registry.entries_ = {intel_82540em_entry(), edu_entry(), described_entry()};
    return registry;
}

Registry& Registry::of_this_program() {
    static Registry registry = with_built_in();
    return registry;
}

Result<void> Registry::add(ModelEntry entry) {
    OPENBAR_TRY(checked,
                check(entry).attempting([&] { return "add the model \"" + entry.name + "\""; }));
    if (const auto same = std::ranges::find(entries_, entry.name, &ModelEntry::name);
        same != entries_.end()) {
        *same = std::move(entry);
        return {};
    }
    const auto next = std::ranges::find_if(
        entries_, [&](const ModelEntry& other) { return other.name > entry.name; });
    entries_.insert(next, std::move(entry));
    return {};
}

Result<std::unique_ptr<Model>> Registry::create(std::string_view address) const {
    return create_from(entries_, address).attempting([&] {
        return "create the model \"" + Parameters::model_name(address) + "\"";
    });
}

}  // namespace openbar::simulator
