#include "elf_builder.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace openbar::testing {
namespace {

template <typename T>
void append(std::vector<std::byte>& bytes, const T& value) {
    const auto* start = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), start, start + sizeof value);
}

template <typename Header, typename Program, typename Section, typename Segments>
std::vector<std::byte> assemble(const Segments& segments, unsigned char elf_class,
                                std::uint16_t machine) {
    const bool many = segments.size() >= PN_XNUM;
    std::uint64_t offset =
        sizeof(Header) + segments.size() * sizeof(Program) + (many ? sizeof(Section) : 0);
    Header header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = elf_class;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_CORE;
    header.e_machine = machine;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof(Header);
    header.e_phentsize = sizeof(Program);
    header.e_phnum = many ? PN_XNUM : static_cast<std::uint16_t>(segments.size());
    if (many) header.e_shoff = static_cast<decltype(header.e_shoff)>(offset - sizeof(Section));
    std::vector<std::byte> bytes;
    append(bytes, header);
    for (const auto& segment : segments) {
        Program program{};
        program.p_type = segment.type;
        program.p_offset = static_cast<decltype(program.p_offset)>(offset);
        program.p_paddr = static_cast<decltype(program.p_paddr)>(segment.physical);
        program.p_filesz = static_cast<decltype(program.p_filesz)>(segment.contents.size());
        program.p_memsz = static_cast<decltype(program.p_memsz)>(segment.size);
        append(bytes, program);
        offset += segment.contents.size();
    }
    if (many) {
        Section section{};
        section.sh_info = static_cast<std::uint32_t>(segments.size());
        append(bytes, section);
    }
    for (const auto& segment : segments)
        bytes.insert(bytes.end(), segment.contents.begin(), segment.contents.end());
    return bytes;
}

}  // namespace

void ElfBuilder::load(std::uint64_t physical, std::vector<std::byte> contents, std::uint64_t size) {
    const std::uint64_t announced = std::max<std::uint64_t>(size, contents.size());
    segments_.push_back({PT_LOAD, physical, announced, std::move(contents)});
}

void ElfBuilder::qemu_processor(const ProcessorState& state) {
    constexpr std::size_t size = 440;  // of QEMUCPUState, version 1
    std::vector<std::byte> description(size);
    const auto put = [&](std::size_t offset, std::uint64_t value, std::size_t width = 8) {
        std::memcpy(&description[offset], &value, width);
    };
    put(0, 1, 4);
    put(4, size, 4);
    put(136, state.instruction_pointer);
    put(392, state.cr0);
    put(392 + 3 * 8, state.cr3);
    put(392 + 4 * 8, state.cr4);
    append(notes_, Elf64_Nhdr{.n_namesz = 5, .n_descsz = size, .n_type = 0});
    append(notes_, std::array<char, 8>{'Q', 'E', 'M', 'U'});
    notes_.insert(notes_.end(), description.begin(), description.end());
}

void ElfBuilder::kernel_facts(const std::string& lines) {
    append(notes_,
           Elf64_Nhdr{
               .n_namesz = 11, .n_descsz = static_cast<std::uint32_t>(lines.size()), .n_type = 0});
    append(notes_, std::array<char, 12>{'V', 'M', 'C', 'O', 'R', 'E', 'I', 'N', 'F', 'O'});
    const auto bytes = std::as_bytes(std::span(lines));
    notes_.insert(notes_.end(), bytes.begin(), bytes.end());
    notes_.resize((notes_.size() + 3) / 4 * 4);
}

std::vector<std::byte> ElfBuilder::build() const {
    auto segments = segments_;
    if (!notes_.empty()) segments.insert(segments.begin(), {PT_NOTE, 0, notes_.size(), notes_});
    return wide_ ? assemble<Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr>(segments, ELFCLASS64, EM_X86_64)
                 : assemble<Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr>(segments, ELFCLASS32, EM_386);
}

std::size_t ElfBuilder::headers_end() const {
    const std::size_t count = segments_.size() + (notes_.empty() ? 0 : 1);
    return wide_ ? sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr)
                 : sizeof(Elf32_Ehdr) + count * sizeof(Elf32_Phdr);
}

}  // namespace openbar::testing
