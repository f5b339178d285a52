#include "description_fuzzer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    openbar::fuzzing::describe(data, size, openbar::description::Format::systemrdl, "card.rdl");
    return 0;
}
