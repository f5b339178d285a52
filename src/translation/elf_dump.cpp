// System V gABI chapters 4 and 5. The notes named "QEMU" hold one QEMUCPUState for each processor
// (QEMU, target/i386/arch_dump.c): registers as little-endian 64-bit numbers, cr0 at byte 392.
#include "translation/elf_dump.hpp"

#include "base/failure.hpp"
#include "base/range.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace openbar {
namespace {

using Bytes = std::span<const std::byte>;

template <typename T>
std::optional<T> load(Bytes bytes, std::uint64_t offset) {
    if (!lies_within({offset, sizeof(T)}, bytes.size())) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

/// What both classes of program header say, in 64 bits.
struct ProgramHeader {
    std::uint32_t type;
    std::uint64_t offset;
    std::uint64_t physical;
    std::uint64_t file_size;
    std::uint64_t memory_size;
};

template <typename Header>
ProgramHeader widen(const Header& header) {
    return {header.p_type, header.p_offset, header.p_paddr, header.p_filesz, header.p_memsz};
}

struct Elf32 {
    using Header = Elf32_Ehdr;
    using Program = Elf32_Phdr;
    using Section = Elf32_Shdr;
};
struct Elf64 {
    using Header = Elf64_Ehdr;
    using Program = Elf64_Phdr;
    using Section = Elf64_Shdr;
};

class DumpReader {
public:
    explicit DumpReader(Bytes bytes) : bytes_(bytes) {}

    Result<MemoryDump> read() {
        if (bytes_.size() < EI_NIDENT || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0)
            return broken("it is not an ELF file");
        if (std::to_integer<int>(bytes_[EI_DATA]) != ELFDATA2LSB)
            return failure(ErrorCode::unsupported,
                           "it is not little endian, as dumps of x86 computers are");
        switch (std::to_integer<int>(bytes_[EI_CLASS])) {
            case ELFCLASS32: return read_class<Elf32>();
            case ELFCLASS64: return read_class<Elf64>();
            default: return broken("its ELF class is neither 32 nor 64 bits");
        }
    }

private:
    [[nodiscard]] static Error broken(std::string cause) {
        return failure(ErrorCode::protocol, std::move(cause),
                       "look at it with: readelf -lh FILE; dump it again if it is cut off");
    }

    template <typename Class>
    Result<MemoryDump> read_class() {
        const auto header = load<typename Class::Header>(bytes_, 0);
        if (!header) return broken("it is cut off within the ELF header");
        if (header->e_type != ET_CORE)
            return failure(ErrorCode::unsupported,
                           "it is an ELF program or library, not a core dump",
                           "if it is a raw image that starts like one, open it as raw");
        dump_.machine = header->e_machine;
        OPENBAR_TRY(count, header_count<Class>(*header));
        if (header->e_phentsize != sizeof(typename Class::Program))
            return broken(fmt::format("its program headers are {} bytes long instead of {}",
                                      header->e_phentsize, sizeof(typename Class::Program)));
        for (std::uint64_t index = 0; index < count; ++index) {
            // No wrap: an offset beyond the file ends the loop at once.
            const auto program = load<typename Class::Program>(
                bytes_, header->e_phoff > bytes_.size()
                            ? UINT64_MAX
                            : header->e_phoff + index * sizeof(typename Class::Program));
            if (!program)
                return broken(fmt::format("it is cut off within its table of {} segments", count));
            take(widen(*program));
        }
        if (dump_.pieces.empty() && dump_.missing.empty())
            return broken("it has no segment of memory (PT_LOAD)");
        std::ranges::sort(dump_.missing, {}, &PhysicalRange::address);
        return std::move(dump_);
    }

    /// More segments than 16 bits can count are counted in section header 0.
    template <typename Class>
    Result<std::uint64_t> header_count(const typename Class::Header& header) const {
        if (header.e_phnum != PN_XNUM) return header.e_phnum;
        const auto section = load<typename Class::Section>(bytes_, header.e_shoff);
        if (!section) return broken("it is cut off before section header 0, which counts segments");
        return section->sh_info;
    }

    void take(const ProgramHeader& segment) {
        if (segment.type == PT_NOTE) read_notes(inside(segment));
        if (segment.type != PT_LOAD || segment.memory_size == 0) return;
        // A segment that would wrap round the end of 64 bits is cut there.
        const std::uint64_t room = UINT64_MAX - segment.physical;
        const std::uint64_t size = std::min(std::max(segment.memory_size, segment.file_size), room);
        Bytes held = inside(segment);
        held = held.first(std::min<std::uint64_t>(held.size(), size));
        if (!held.empty()) dump_.pieces.push_back({segment.physical, held});
        if (held.size() < size)
            dump_.missing.push_back({segment.physical + held.size(), size - held.size()});
    }

    /// The bytes of the segment that the file holds.
    [[nodiscard]] Bytes inside(const ProgramHeader& segment) const {
        if (segment.offset >= bytes_.size()) return {};
        const Bytes rest = bytes_.subspan(segment.offset);
        return rest.first(std::min<std::uint64_t>(rest.size(), segment.file_size));
    }

    void read_notes(Bytes notes) {
        constexpr std::size_t alignment = 4;
        const auto cut = [&notes](std::uint64_t size) {
            const std::uint64_t padded = (size + alignment - 1) / alignment * alignment;
            const Bytes front = notes.first(std::min<std::uint64_t>(size, notes.size()));
            notes = notes.subspan(std::min<std::uint64_t>(padded, notes.size()));
            return front;
        };
        while (const auto note = load<Elf64_Nhdr>(notes, 0)) {  // the same in both classes
            cut(sizeof *note);
            const Bytes name = cut(note->n_namesz);
            const Bytes description = cut(note->n_descsz);
            const std::string_view owner(reinterpret_cast<const char*>(name.data()),
                                         name.empty() ? 0 : name.size() - 1);
            if (owner == "QEMU") take_processor(description);
            if (owner == "VMCOREINFO") take_kernel_facts(description);
        }
    }

    /// Lines of NAME(thing)=value (Linux, Documentation/admin-guide/kdump/vmcoreinfo.rst).
    void take_kernel_facts(Bytes lines) {
        const std::string_view text(reinterpret_cast<const char*>(lines.data()), lines.size());
        dump_.encryption_mask = kernel_fact(text, "NUMBER(sme_mask)", 10).value_or(0);
        if (dump_.machine != EM_AARCH64) return;
        const auto tables = kernel_fact(text, "SYMBOL(swapper_pg_dir)", 16);
        const auto offset = kernel_fact(text, "NUMBER(kimage_voffset)", 16);
        const auto page = kernel_fact(text, "PAGESIZE", 10);
        const auto size = kernel_fact(text, "NUMBER(TCR_EL1_T1SZ)", 16);
        const auto bits = kernel_fact(text, "NUMBER(VA_BITS)", 10);
        if (!tables || !offset || !page || !std::has_single_bit(*page)) return;
        dump_.kernel_tables = {
            .ttbr1 = *tables - *offset,
            .granule_bits = static_cast<unsigned>(std::countr_zero(*page)),
            .virtual_bits = static_cast<unsigned>(size ? 64 - *size : bits.value_or(48))};
    }

    static std::optional<std::uint64_t> kernel_fact(std::string_view text, std::string_view name,
                                                    int base) {
        const std::string start = std::string(name) + "=";
        const std::size_t at = text.find(start);
        if (at == text.npos) return std::nullopt;
        std::string_view number = text.substr(at + start.size());
        if (number.starts_with("0x")) number.remove_prefix(2);
        std::uint64_t value = 0;
        const auto read =
            std::from_chars(number.data(), number.data() + number.size(), value, base);
        return read.ec == std::errc() ? std::optional(value) : std::nullopt;
    }

    void take_processor(Bytes state) {
        constexpr std::uint64_t version = 0;
        constexpr std::uint64_t rip = 136;
        constexpr std::uint64_t cr0 = 392;
        const auto cr4 = load<std::uint64_t>(state, cr0 + 4 * 8);
        if (!cr4 || load<std::uint32_t>(state, version) != 1U) return;
        dump_.processors.push_back({.cr0 = *load<std::uint64_t>(state, cr0),
                                    .cr3 = *load<std::uint64_t>(state, cr0 + 3 * 8),
                                    .cr4 = *cr4,
                                    .instruction_pointer = *load<std::uint64_t>(state, rip),
                                    .long_mode = dump_.machine == EM_X86_64});
    }

    Bytes bytes_;
    MemoryDump dump_;
};

}  // namespace

Result<MemoryDump> read_elf_dump(std::span<const std::byte> bytes) {
    return DumpReader(bytes).read();
}

std::string machine_name(std::uint16_t machine) {
    switch (machine) {
        case EM_ARM: return "ARM";
        case EM_AARCH64: return "AArch64";
        case EM_RISCV: return "RISC-V";
        case EM_PPC: return "PowerPC";
        case EM_PPC64: return "PowerPC64";
        case EM_S390: return "S/390";
        case EM_MIPS: return "MIPS";
        case EM_IA_64: return "IA-64";
        case EM_LOONGARCH: return "LoongArch";
        default: return fmt::format("machine {}", machine);
    }
}

bool is_x86(std::uint16_t machine) noexcept {
    return machine == EM_NONE || machine == EM_386 || machine == EM_X86_64;
}

}  // namespace openbar
