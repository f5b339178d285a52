// Any bytes as a dump or an image, any paging: translations end, within bounds, and the quick way
// agrees with the one that reports its steps.
//
// The first 24 bytes of the input choose: what the rest is, the mode, the features, CR3.
#include "openbar/translator.hpp"

#include <cstdlib>
#include <cstring>
#include <span>

namespace {

using openbar::Paging;
using openbar::PhysicalMemory;

struct Choice {
    std::uint8_t elf;
    std::uint8_t mode;
    std::uint8_t features;
    std::uint8_t physical_bits;
    std::uint32_t step;
    std::uint64_t cr3;
    std::uint64_t address;
};

void translate_some(const PhysicalMemory& memory, const Paging& paging, const Choice& choice) {
    auto translator = openbar::Translator::create(memory, paging);
    if (!translator) return;
    std::uint64_t address = choice.address;
    for (int i = 0; i < 64; ++i, address += choice.step) {
        const auto quick = translator->physical(address);
        const auto slow = openbar::translate(memory, paging, address);
        if (!slow) continue;
        if (slow->steps().size() > 5) std::abort();
        if (slow->physical_address().value_or(0) != quick.value_or(0)) std::abort();
        if (quick.has_value() != (slow->outcome == openbar::TranslationOutcome::mapped))
            std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Choice choice;
    if (size <= sizeof choice) return 0;
    std::memcpy(&choice, data, sizeof choice);
    const std::span rest(reinterpret_cast<const std::byte*>(data) + sizeof choice,
                         size - sizeof choice);
    const auto memory =
        (choice.elf & 1U) != 0 ? PhysicalMemory::from_elf(rest) : PhysicalMemory::from_raw(rest);
    if (!memory) return 0;
    std::uint64_t last = 0;
    for (const auto& range : memory->ranges()) {
        if (range.length == 0 || (last != 0 && range.address <= last)) std::abort();
        last = range.address + (range.length - 1);
        volatile auto ends = std::to_integer<int>(*memory->at(range.address, 1)) +
                             std::to_integer<int>(*memory->at(last, 1));
        (void)ends;
    }
    const Paging paging{.mode = static_cast<openbar::PagingMode>(choice.mode % 4),
                        .cr3 = choice.cr3,
                        .physical_bits = 30U + choice.physical_bits % 25U,
                        .page_size_extension = (choice.features & 1U) != 0,
                        .no_execute = (choice.features & 2U) != 0,
                        .gigabyte_pages = (choice.features & 4U) != 0};
    translate_some(*memory, paging, choice);
    for (const auto& processor : memory->processors())
        if (const auto dumped = Paging::of(processor)) translate_some(*memory, *dumped, choice);
    return 0;
}
