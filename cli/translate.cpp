#include "openbar/page_map.hpp"
#include "openbar/translation.hpp"

#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/command_line.hpp"
#include "cli/support/input_file.hpp"
#include "cli/translation/describe.hpp"

#include <limits>
#include <memory>
#include <optional>

namespace openbar::cli {
namespace {

struct TranslateArguments {
    std::optional<std::uint64_t> address{};
    std::string addresses;  ///< a file of them, or "-"
    std::string memory;
    std::optional<std::uint64_t> base{};
    std::optional<std::uint64_t> cr3{};
    std::optional<PagingMode> mode{};
    std::optional<std::uint64_t> processor{};
    std::optional<std::uint64_t> pat{};
    std::optional<std::uint64_t> physical_bits{};
    std::optional<std::uint64_t> encryption_bit{};
    std::optional<std::uint64_t> ttbr1{};
    std::optional<std::uint64_t> virtual_bits{};
    bool without_no_execute = false;
    bool without_large_pages = false;
    bool without_gigabyte_pages = false;
    bool self = false;
    std::optional<std::uint64_t> process{};
};

bool is_arm64(const TranslateArguments& arguments, const PhysicalMemory& memory) {
    if (arguments.mode) return *arguments.mode >= PagingMode::arm64_4k;
    return memory.kernel_tables().has_value();
}

/// The tables that Linux names in its dump, under what was asked for.
Result<Paging> arm64_paging_of(const TranslateArguments& arguments, const PhysicalMemory& memory) {
    Paging paging{.mode = arguments.mode.value_or(PagingMode::arm64_4k)};
    const auto& kernel = memory.kernel_tables();
    if (kernel) {
        paging.ttbr1 = kernel->ttbr1;
        paging.virtual_bits = kernel->virtual_bits;
        if (!arguments.mode && kernel->granule_bits == 14) paging.mode = PagingMode::arm64_16k;
        if (!arguments.mode && kernel->granule_bits == 16) paging.mode = PagingMode::arm64_64k;
    } else if (!arguments.cr3 && !arguments.ttbr1) {
        return Error{ErrorCode::invalid_argument, "translate by " + arguments.memory,
                     "the file contains neither TTBR0 nor TTBR1",
                     "give --ttbr0 for addresses of programs, --ttbr1 for the kernel's"};
    }
    paging.cr3 = arguments.cr3.value_or(0);
    if (arguments.ttbr1) paging.ttbr1 = *arguments.ttbr1;
    if (arguments.virtual_bits)
        paging.virtual_bits = static_cast<unsigned>(*arguments.virtual_bits);
    return paging;
}

/// What the dump says of its processor, where it says anything, under what was asked for.
Result<Paging> paging_of(const TranslateArguments& arguments, const PhysicalMemory& memory) {
    const std::string attempted = "translate by " + arguments.memory;
    const std::uint64_t number = arguments.processor.value_or(0);
    Paging paging;
    if (is_arm64(arguments, memory)) return arm64_paging_of(arguments, memory);
    if (number < memory.processors().size() && !(arguments.cr3 && arguments.mode)) {
        auto dumped = Paging::of(memory.processors()[number]);
        if (!dumped) return dumped;
        paging = *dumped;
    } else if (arguments.processor && number >= memory.processors().size()) {
        return Error{
            ErrorCode::not_found, attempted,
            fmt::format("the dump describes {} processors, from 0 on", memory.processors().size()),
            "give --cr3 and --mode instead of --processor"};
    } else if (!arguments.cr3) {
        return Error{ErrorCode::invalid_argument, attempted, "the file does not contain CR3",
                     "give --cr3, and --mode if it is not 4-level"};
    }
    if (arguments.cr3) paging.cr3 = *arguments.cr3;
    if (arguments.mode) paging.mode = *arguments.mode;
    if (arguments.pat) paging.pat = *arguments.pat;
    if (arguments.physical_bits)
        paging.physical_bits = static_cast<unsigned>(*arguments.physical_bits);
    paging.encryption_mask = arguments.encryption_bit
                                 ? std::uint64_t{1} << *arguments.encryption_bit
                                 : memory.encryption_mask();
    paging.no_execute = !arguments.without_no_execute;
    paging.gigabyte_pages = !arguments.without_gigabyte_pages;
    if (arguments.without_large_pages) paging.page_size_extension = false;
    return paging;
}

Result<ExitCode> translate_one(std::uint64_t address, const PhysicalMemory& memory,
                               const Paging& paging, Console& console) {
    const auto translation = translate(memory, paging, address);
    if (!translation) return translation.error();
    if (console.json) {
        print_json(console.out, to_json(*translation, paging));
    } else {
        print_steps(console.out, *translation, paging);
    }
    const auto physical = translation->physical_address();
    if (!physical) return physical.error();
    return ExitCode::done;
}

/// One address per line. An address that is not mapped is a result, on its line.
Result<ExitCode> translate_all(const std::string& source, const PhysicalMemory& memory,
                               const Paging& paging, Console& console) {
    OPENBAR_TRY(file, InputFile::open(source));
    Json all = Json::array();
    for (std::uint64_t number = 1; !console.out.closed(); ++number) {
        OPENBAR_TRY(line, file.line());
        if (!line) break;
        if (line->empty()) continue;
        const auto in_line = [&] { return fmt::format("line {} of {}", number, source); };
        const auto address = parse_number(*line).attempting(in_line);
        if (!address) return address.error();
        const auto translation = translate(memory, paging, *address).attempting(in_line);
        if (!translation) return translation.error();
        if (console.json) {
            all.push_back(to_json(*translation, paging));
        } else {
            print_brief(console.out, *translation, paging);
        }
    }
    if (console.json) print_json(console.out, all);
    return ExitCode::done;
}

Result<ExitCode> translate_by_dump(const TranslateArguments& arguments, Console& console) {
    const auto memory = arguments.base ? PhysicalMemory::open_raw(arguments.memory, *arguments.base)
                                       : PhysicalMemory::open(arguments.memory);
    if (!memory) return memory.error();
    for (const auto& range : memory->missing())
        console.diagnostics.print("openbar: the dump lacks {:#x} bytes of memory at {:#x}\n",
                                  range.length, range.address);
    const auto paging = paging_of(arguments, *memory);
    if (!paging) return paging.error();
    return arguments.address ? translate_one(*arguments.address, *memory, *paging, console)
                             : translate_all(arguments.addresses, *memory, *paging, console);
}

Result<ExitCode> translate_by_page_map(const TranslateArguments& arguments, Console& console) {
    const auto page =
        look_up_page(*arguments.address, static_cast<int>(arguments.process.value_or(0)));
    if (!page) return page.error();
    if (console.json) {
        print_json(console.out, to_json(*page));
    } else {
        print_page(console.out, *page);
    }
    return ExitCode::done;
}

/// The system knows its own tables: none of the options that describe them is needed.
void check_self(const TranslateArguments& arguments) {
    if (!arguments.address || !arguments.addresses.empty())
        throw WrongUsage("--self looks up one ADDRESS");
    const bool describes = arguments.base || arguments.cr3 || arguments.mode ||
                           arguments.processor || arguments.pat || arguments.physical_bits ||
                           arguments.encryption_bit || arguments.ttbr1 || arguments.virtual_bits ||
                           arguments.without_no_execute || arguments.without_large_pages ||
                           arguments.without_gigabyte_pages;
    if (describes)
        throw WrongUsage("--self takes ADDRESS and --pid only; the other options need --memory");
    constexpr std::uint64_t last = std::numeric_limits<int>::max();
    if (arguments.process && (*arguments.process == 0 || *arguments.process > last))
        throw WrongUsage("--pid", fmt::format("{} is not a process id\n  hint: process ids are 1 "
                                              "to {}; omit --pid for this process",
                                              *arguments.process, last));
}

void check(const TranslateArguments& arguments) {
    if (arguments.self == !arguments.memory.empty())
        throw WrongUsage("give either --memory FILE or --self");
    if (arguments.self) return check_self(arguments);
    if (arguments.process) throw WrongUsage("--pid needs --self");
    if (arguments.address.has_value() == !arguments.addresses.empty())
        throw WrongUsage("give either one ADDRESS or --addresses FILE");
    if ((arguments.ttbr1 || arguments.virtual_bits) && arguments.mode &&
        *arguments.mode < PagingMode::arm64_4k)
        throw WrongUsage(
            "--ttbr1 and --va-bits are of AArch64: they need --mode arm64-4k, arm64-16k "
            "or arm64-64k");
    if (arguments.virtual_bits.value_or(48) > 64)
        throw WrongUsage("--va-bits", fmt::format("{} bits\n  hint: AArch64 has 25 to 52",
                                                  *arguments.virtual_bits));
    if (arguments.processor && arguments.cr3 && arguments.mode)
        throw WrongUsage("--cr3 and --mode replace --processor: omit one or the other");
    const std::uint64_t encryption = arguments.encryption_bit.value_or(47);
    if (encryption < 32 || encryption > 51)
        throw WrongUsage("--encryption-bit",
                         fmt::format("{} is not a bit of memory encryption\n  hint: CPUID "
                                     "8000001FH, EBX bits 5 to 0, has it: 47 or 51 mostly",
                                     encryption));
    const std::uint64_t bits = arguments.physical_bits.value_or(52);
    if (bits < 32 || bits > 52)
        throw WrongUsage("--physical-bits",
                         fmt::format("{} is not a width of physical addresses\n  hint: processors "
                                     "have 32 to 52 bits",
                                     bits));
}

Run declare_translate(CommandLine& line) {
    auto arguments = std::make_shared<TranslateArguments>();
    line.optional("ADDRESS", "a virtual address", [arguments](const std::string& word) {
        arguments->address = value_or_throw("ADDRESS", parse_number(word));
    });
    line.option("--memory", "FILE", "an ELF dump, a LiME dump or a raw image of physical memory",
                [arguments](const std::string& word) { arguments->memory = word; });
    add_number(line, "--base", arguments->base,
               "the file is a raw image that starts at this physical address");
    add_number(line, "--cr3,--ttbr0", arguments->cr3, "address of the tables (from the dump)");
    add_number(line, "--ttbr1", arguments->ttbr1,
               "AArch64: address of the kernel's tables (from the dump)");
    add_number(line, "--va-bits", arguments->virtual_bits,
               "AArch64: width of virtual addresses (from the dump, or 48)");
    line.option(
        "--mode", "MODE",
        "32, pae, 4-level, 5-level, arm64-4k, arm64-16k or arm64-64k (from the dump, or 4-level)",
        [arguments](const std::string& word) {
            arguments->mode = paging_mode_named(word);
            if (!arguments->mode)
                throw WrongUsage("--mode", "'" + word +
                                               "' is none of 32, pae, 4-level, 5-level, arm64-4k, "
                                               "arm64-16k and arm64-64k");
        });
    add_number(line, "--processor", arguments->processor,
               "the processor whose registers to use from the dump (0)");
    add_number(line, "--pat", arguments->pat,
               "the IA32_PAT register (0x0007040600070406; Linux: 0x0407050600070106)");
    add_number(line, "--physical-bits", arguments->physical_bits,
               "width of physical addresses: 32 to 52 (52)");
    add_number(line, "--encryption-bit", arguments->encryption_bit,
               "bit of entries that marks encrypted memory, AMD's C-bit (from the dump, or none)");
    line.flag("--no-nx", arguments->without_no_execute, "EFER.NXE is off: bit 63 is reserved");
    line.flag("--no-pse", arguments->without_large_pages, "CR4.PSE is off: no pages of 4 MiB");
    line.flag("--no-1g", arguments->without_gigabyte_pages, "the processor has no pages of 1 GiB");
    line.option("--addresses", "FILE", "translate each line of a file, or - for standard input",
                [arguments](const std::string& word) { arguments->addresses = word; });
    line.flag("--self", arguments->self, "use the running system's page map");
    add_number(line, "--pid", arguments->process, "process, with --self (this one)");
    line.check([arguments] { check(*arguments); });
    return [arguments](Console& console) {
        return arguments->self ? translate_by_page_map(*arguments, console)
                               : translate_by_dump(*arguments, console);
    };
}

}  // namespace

constexpr Command translate_command{
    .name = "translate",
    .summary = "walk page tables: from a virtual address to a physical one",
    .usage =
        "ADDRESS --memory FILE [--cr3 N] [--mode MODE]\n"
        "       openbar translate --addresses FILE --memory FILE …\n"
        "       openbar translate --self ADDRESS [--pid N]",
    .description =
        R"(Prints each step of the walk: table and index, the address of the entry, its value and
its flags; then the physical address, the permissions and the memory type. If the address is not
mapped, the error names the entry at which the walk ends.

FILE is an ELF dump (QEMU's dump-guest-memory), which contains CR3 and the mode, a dump of LiME or
AVML, or a raw image (pmemsave) from address 0 or --base; other known formats are refused by name.
Tables of x86 and AArch64 are walked. With --addresses each result is one line: address, physical
address, bytes of the page, permissions, memory type; or address, -, and the reason.

--self asks the kernel for the current page of a process. docs/translation.md explains the modes,
canonical addresses, and the 2 GiB and 3 GiB splits.
)",
    .examples = R"(  openbar translate 0xffffffff81000000 --memory guest.dump
  openbar translate 0xc0100000 --memory image --cr3 0x1b3000 --mode pae
  openbar translate --self 0x400000 --pid 1234
)",
    .json = true,
    .declare = declare_translate};

}  // namespace openbar::cli
