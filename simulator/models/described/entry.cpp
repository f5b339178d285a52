#include "simulator/models/built_in.hpp"
#include "simulator/models/described/described_card.hpp"

namespace openbar::simulator {
namespace {

Result<std::unique_ptr<Model>> create_described(const Parameters& parameters) {
    OPENBAR_TRY(bar, parameters.number("bar"));
    if (bar > 5) return parameters.wrong_value("bar", "a BAR from 0 to 5");
    return DescribedCard::open(parameters.text("card"), {.bar = static_cast<RegionNumber>(bar)});
}

}  // namespace

ModelEntry described_entry() {
    return {.name = "card",
            .summary = "a card made of described registers: card=FILE",
            .parameters = {{"card", "edu", "a description file, PCI ids, or a card's name"},
                           {"bar", "0", "the BAR of registers without a described region"}},
            .create = create_described};
}

}  // namespace openbar::simulator
