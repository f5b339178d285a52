/// The models that can be asked for by name, by `sim:NAME` and `openbar sim NAME`.
///
///     auto card = Registry::with_built_in().create("82540em,wire=loop,mac=52:54:00:00:00:07");
///     if (!card) std::cerr << card.error().message() << "\n";       // lists what exists
///
/// A program adds its models before it uses them; `sim:counter` then opens this one:
///
///     Registry::of_this_program().add(
///         {.name = "counter",
///          .summary = "a card that counts the reads of its one register",
///          .create = [](const Parameters&) { return std::make_unique<Counter>(); }});
///
/// A plain value; thread-safe as far as it is not changed.
#pragma once

#include "openbar/result.hpp"

#include "simulator/model.hpp"
#include "simulator/parameters.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openbar::simulator {

struct ModelEntry {
    std::string name;     ///< letters, digits, `_` and `-`
    std::string summary;  ///< one line
    std::vector<ParameterDescription> parameters{};
    std::function<Result<std::unique_ptr<Model>>(const Parameters&)> create{};
};

class Registry {
public:
    /// The project's own models: edu, 82540em, and cards from descriptions (card=FILE).
    [[nodiscard]] static Registry with_built_in();

    /// The models that `sim:` knows in this program: the built-in ones and those it adds. Add
    /// before other threads open devices.
    [[nodiscard]] static Registry& of_this_program();

    /// Takes the place of a model of the same name. Errors: invalid_argument for a name that
    /// could not be written in an address, or without a factory.
    Result<void> add(ModelEntry entry);

    /// Creates what an address such as "edu" or "edu,dma_time=1ms" asks for. Errors: not_found
    /// for a model that is not there; invalid_argument for a parameter or a value that is wrong,
    /// or a model whose description no PCI card can have; what the model's own factory returns.
    [[nodiscard]] Result<std::unique_ptr<Model>> create(std::string_view address) const;

    [[nodiscard]] std::span<const ModelEntry> entries() const noexcept { return entries_; }

private:
    std::vector<ModelEntry> entries_;  // particular cards by name, and then "card"
};

}  // namespace openbar::simulator
