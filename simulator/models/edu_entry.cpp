#include "simulator/models/built_in.hpp"
#include "simulator/models/edu.hpp"

#include <memory>

namespace openbar::simulator {
namespace {

Result<std::unique_ptr<Model>> create_edu(const Parameters& parameters) {
    OPENBAR_TRY(dma_mask, parameters.number("dma_mask"));
    OPENBAR_TRY(dma_time, parameters.duration("dma_time"));
    OPENBAR_TRY(factorial_time, parameters.duration("factorial_time"));
    return std::make_unique<Edu>(
        Edu::Options{.dma_mask = dma_mask, .dma_time = dma_time, .factorial_time = factorial_time});
}

}  // namespace

ModelEntry edu_entry() {
    return {.name = "edu",
            .summary = "QEMU's educational device: factorial, interrupts and DMA (1234:11e8)",
            .parameters = {{"dma_mask", "0xfffffff", "the address bits that the card has"},
                           {"dma_time", "100ms", "how long a DMA takes"},
                           {"factorial_time", "20us", "how long a factorial takes"}},
            .create = create_edu};
}

}  // namespace openbar::simulator
