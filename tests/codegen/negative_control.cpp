// Pairs that differ as a careless register layer would make them differ. check_same_code has to
// report each of them.
#include "openbar/plain_registers.hpp"

#include <cstddef>
#include <cstdint>

namespace {

struct Control : openbar::Register<Control, 0x08, std::uint32_t> {
    struct Enable : Flag<7> {};
};

volatile std::uint32_t* control(std::byte* base) {
    return reinterpret_cast<volatile std::uint32_t*>(base + 8);
}

}  // namespace

extern "C" {

void typed_write_that_reads_first(std::byte* base, std::uint32_t value) {
    (void)openbar::PlainRegisters(base).read<Control>();
    openbar::PlainRegisters(base).write<Control>(value);
}
void raw_write_that_reads_first(std::byte* base, std::uint32_t value) {
    *control(base) = value;
}

std::uint32_t typed_read_of_another_width(std::byte* base) {
    return openbar::PlainRegisters(base).load<std::uint16_t>(8);
}
std::uint32_t raw_read_of_another_width(std::byte* base) {
    return *control(base);
}

std::uint32_t typed_read_of_another_offset(std::byte* base) {
    return openbar::PlainRegisters(base).load<std::uint32_t>(12);
}
std::uint32_t raw_read_of_another_offset(std::byte* base) {
    return *control(base);
}

void typed_modify_of_another_bit(std::byte* base) {
    openbar::PlainRegisters(base).modify<Control>(Control::Enable{true});
}
void raw_modify_of_another_bit(std::byte* base) {
    *control(base) = *control(base) | 0x40;
}

void typed_without_a_partner(std::byte* base) {
    openbar::PlainRegisters(base).write<Control>(1);
}

}  // extern "C"
