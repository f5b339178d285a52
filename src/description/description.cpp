#include "openbar/description.hpp"

#include "description/model.hpp"

#include <utility>

namespace openbar {

using namespace description;

namespace {

template <typename Record>
std::size_t memory_of(const std::vector<Record>& table) {
    return table.capacity() * sizeof(Record);
}

}  // namespace

Description::Description(std::unique_ptr<Model> model) noexcept : model_(std::move(model)) {}
Description::Description(Description&&) noexcept = default;
Description& Description::operator=(Description&&) noexcept = default;
Description::~Description() = default;

Format Description::format() const noexcept {
    return model_->format;
}
std::string_view Description::name() const noexcept {
    return model_->text.view(model_->name);
}
std::string_view Description::vendor() const noexcept {
    return model_->text.view(model_->vendor);
}
std::string Description::documentation() const {
    return model_->text.prose(model_->documentation);
}
std::span<const PciIds> Description::pci_ids() const noexcept {
    return model_->ids;
}
Views<Region> Description::regions() const noexcept {
    return {model_.get(), 0, static_cast<std::uint32_t>(model_->regions.size())};
}
Counts Description::counts() const noexcept {
    return model_->counts;
}

std::size_t Description::memory() const noexcept {
    const Model& model = *model_;
    return sizeof model + model.text.memory() + memory_of(model.blocks) +
           memory_of(model.registers) + memory_of(model.fields) + memory_of(model.enumerations) +
           memory_of(model.values) + memory_of(model.dimensions) + memory_of(model.labels) +
           memory_of(model.relations) + memory_of(model.problems);
}

}  // namespace openbar
