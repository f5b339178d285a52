// As accesses.cpp, with types that `openbar generate c++` made of a description.
#include "openbar/mapping.hpp"

#include "generated/edu.hpp"

#include <cstddef>
#include <cstdint>

using namespace edu::bar0;
using Word = std::uint32_t;

template <typename T>
static volatile T* at(std::byte* base, std::size_t offset) {
    return reinterpret_cast<volatile T*>(base + offset);
}

extern "C" {

Word typed_read_field(const openbar::Mapping& registers) {
    return registers.read<IDENTIFICATION>().get<IDENTIFICATION::MAJOR>();
}
Word raw_read_field(std::byte* const& base) {
    return *at<Word>(base, 0) >> 24;
}

void typed_write_field(const openbar::Mapping& registers) {
    registers.write<STATUS>(STATUS::INTERRUPT_WHEN_DONE{STATUS::INTERRUPT_WHEN_DONE_value::ON});
}
void raw_write_field(std::byte* const& base) {
    *at<Word>(base, 0x20) = 0x80;
}

void typed_modify_field(const openbar::Mapping& registers) {
    registers.modify<STATUS>(STATUS::INTERRUPT_WHEN_DONE{STATUS::INTERRUPT_WHEN_DONE_value::ON});
}
void raw_modify_field(std::byte* const& base) {
    volatile Word* const status = at<Word>(base, 0x20);
    *status = *status | 0x80;
}

void typed_acknowledge(const openbar::Mapping& registers) {
    registers.write<INTERRUPT_ACKNOWLEDGE>(openbar::clear<INTERRUPT_ACKNOWLEDGE::DMA_DONE>);
}
void raw_acknowledge(std::byte* const& base) {
    *at<Word>(base, 0x64) = 0x100;
}

void typed_write_64(const openbar::Mapping& registers, std::uint64_t iova) {
    registers.write<DMA_SOURCE>(iova);
}
void raw_write_64(std::byte* const& base, std::uint64_t iova) {
    *at<std::uint64_t>(base, 0x80) = iova;
}

void typed_poll(const openbar::Mapping& registers) {
    while (registers.read<STATUS>().get<STATUS::COMPUTING>() == STATUS::COMPUTING_value::BUSY) {
    }
}
void raw_poll(std::byte* const& base) {
    while ((*at<Word>(base, 0x20) & 1) != 0) {
    }
}

}  // extern "C"
