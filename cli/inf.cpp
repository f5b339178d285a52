#include "cli/commands.hpp"
#include "cli/inf/installation.hpp"
#include "cli/inf/package.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/command_line.hpp"
#include "cli/support/json.hpp"
#include "driver/interface/openbar_machine_ranges.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

namespace openbar::cli {
namespace {

struct InfArguments {
    std::optional<std::uint64_t> vendor{}, device{};
    std::string subsystem;
    std::string hardware_id;
    std::optional<DmaPolicy> dma{};
    std::optional<std::uint64_t> msi{}, msix{};
    bool fixed = false;
    std::string drivers;
    std::string output;
    bool force = false;
    std::optional<unsigned> address_bits{};
    Installation installation{};
};

// What Windows documents for MessageNumberLimit (windows-driver-docs,
// kernel/enabling-message-signaled-interrupts-in-the-registry.md).
constexpr std::array<std::uint64_t, 5> msi_counts{1, 2, 4, 8, 16};
constexpr std::uint64_t most_msix = 2048;

/// "1234:11e8" and the like: numbers of which each fits, hexadecimal in ids.
template <typename Number, std::size_t Count>
bool read_numbers(std::string_view text, char separator, int base,
                  std::array<Number, Count>& numbers) {
    for (std::size_t i = 0; i < Count; ++i) {
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), numbers[i], base);
        if (error != std::errc()) return false;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (i + 1 == Count) break;
        if (!text.starts_with(separator)) return false;
        text.remove_prefix(1);
    }
    return text.empty();
}

/// "0x378:8,0x3f8:8"
void add_ranges(std::string_view option, std::string_view text, bool ports,
                std::vector<FixedRange>& ranges) {
    const std::uint64_t highest = ports ? 0xffff : UINT32_MAX;
    while (true) {
        const std::string_view range = text.substr(0, text.find(','));
        const std::size_t colon = range.find(':');
        if (colon == range.npos)
            throw WrongUsage(option, "a range is BASE:LENGTH, several with commas between");
        const auto base = value_or_throw(option, parse_number(range.substr(0, colon)));
        const auto length = value_or_throw(option, parse_number(range.substr(colon + 1)));
        if (length == 0 || base > highest || length - 1 > highest - base)
            throw WrongUsage(option,
                             fmt::format("'{}' is empty, or ends above {:#x}, the last {}", range,
                                         highest, ports ? "port" : "address that an INF can name"));
        if (const MachineRange* taken = machine_range(ports, base, base + length - 1))
            throw WrongUsage(option,
                             fmt::format("'{}' is part of the machine ({:#x} to {:#x}: {}); "
                                         "the driver does not start with it",
                                         range, taken->first, taken->last, taken->what));
        ranges.push_back({ports, base, base + length - 1});
        if (range.size() == text.size()) return;
        text.remove_prefix(range.size() + 1);
    }
}

/// "1234:11e8,8086:100e"
void add_functions(std::string_view text, std::vector<PciIds>& functions) {
    while (true) {
        const std::string_view word = text.substr(0, text.find(','));
        std::array<std::uint16_t, 2> ids{};
        if (!read_numbers(word, ':', 16, ids))
            throw WrongUsage("--permit",
                             fmt::format("'{}' is not VVVV:DDDD, as in 1234:11e8", word));
        functions.push_back({ids[0], ids[1]});
        if (word.size() == text.size()) return;
        text.remove_prefix(word.size() + 1);
    }
}

void read_date(const std::string& word, std::array<unsigned, 3>& date) {
    const bool read = read_numbers(word, '-', 10, date);
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(date[0])),
                                          std::chrono::month(date[1]), std::chrono::day(date[2])};
    if (!read || !day.ok() || date[0] < 1980 || date[0] > 9999)
        throw WrongUsage("--driver-date",
                         fmt::format("'{}' is not a date such as 2026-11-21", word));
}

std::array<unsigned, 3> today() {
    const std::chrono::year_month_day day{
        std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
    return {static_cast<unsigned>(static_cast<int>(day.year())), static_cast<unsigned>(day.month()),
            static_cast<unsigned>(day.day())};
}

void check_pci(InfArguments& arguments) {
    if (!arguments.vendor || !arguments.device)
        throw WrongUsage(
            "--vendor and --device are missing: the ids of the card, as openbar list prints them");
    if (*arguments.vendor > 0xffff || *arguments.device > 0xffff)
        throw WrongUsage("ids of --vendor and --device have 16 bits");
    PciIds ids{static_cast<std::uint16_t>(*arguments.vendor),
               static_cast<std::uint16_t>(*arguments.device)};
    if (!arguments.subsystem.empty()) {
        std::array<std::uint16_t, 2> subsystem{};
        if (!read_numbers(arguments.subsystem, ':', 16, subsystem))
            throw WrongUsage("--subsystem", fmt::format("'{}' is not VVVV:DDDD, as in 1af4:1100",
                                                        arguments.subsystem));
        ids.subsystem_vendor = subsystem[0];
        ids.subsystem = subsystem[1];
    }
    arguments.installation.hardware_id = pci_hardware_id(ids);
}

// What the image may drive: what the INF is for, and what --permit names.
void find_functions(InfArguments& arguments) {
    Installation& installation = arguments.installation;
    if (const auto ids = pci_ids_of(installation.hardware_id); ids && !arguments.fixed)
        installation.functions.insert(installation.functions.begin(), *ids);
    if (arguments.fixed && !installation.functions.empty())
        throw WrongUsage("--permit is for cards on PCI: a board has --ports and --memory");
    if (!arguments.fixed && !arguments.drivers.empty() && installation.functions.empty())
        throw WrongUsage(
            fmt::format("--permit VVVV:DDDD is missing: '{}' names no vendor and device, "
                        "and a driver starts only for those that it permits",
                        installation.hardware_id));
    if (std::max(installation.functions.size(), installation.ranges.size()) > OPENBAR_MAX_PERMITTED)
        throw WrongUsage(arguments.fixed ? "--ports" : "--permit",
                         fmt::format("a driver has room for {}", OPENBAR_MAX_PERMITTED));
}

void check_interrupts(InfArguments& arguments) {
    if (arguments.msi && arguments.msix)
        throw WrongUsage("--msi and --msix are two kinds of interrupt: give the card's best one");
    if (arguments.msi.value_or(0) != 0 &&
        std::ranges::find(msi_counts, *arguments.msi) == msi_counts.end())
        throw WrongUsage("--msi",
                         fmt::format("{} messages\n  hint: Windows assigns {}, or 0 for the "
                                     "interrupt line; for MSI-X use --msix",
                                     *arguments.msi, fmt::join(msi_counts, ", ")));
    if (arguments.msix.value_or(1) == 0 || arguments.msix.value_or(1) > most_msix)
        throw WrongUsage("--msix", fmt::format("{} messages\n  hint: ask for 1 to {}",
                                               *arguments.msix, most_msix));
    const auto messages = arguments.msix.value_or(arguments.msi.value_or(0));
    if (messages != 0 && arguments.dma == DmaPolicy::off)
        throw WrongUsage("--dma",
                         "message interrupts are writes to memory\n  hint: use --dma messages");
    arguments.installation.message_interrupts = static_cast<std::uint32_t>(messages);
    arguments.installation.dma =
        arguments.dma.value_or(messages != 0 ? DmaPolicy::messages : DmaPolicy::off);
}

void check(InfArguments& arguments) {
    Installation& installation = arguments.installation;
    const bool pci = arguments.vendor || arguments.device || !arguments.subsystem.empty();
    if (arguments.fixed) {
        if (pci || installation.dma_without_iommu || arguments.msi || arguments.msix ||
            arguments.dma || arguments.address_bits)
            throw WrongUsage(
                "--fixed is for boards that are not on PCI: it takes --hardware-id, --ports and "
                "--memory, and no ids, messages or DMA");
        if (!installation.fixed())
            throw WrongUsage("--fixed needs the board's --ports or --memory");
    } else if (installation.fixed()) {
        throw WrongUsage("--ports and --memory need --fixed: a PCI card has its own ranges");
    }
    if (!arguments.hardware_id.empty() && pci)
        throw WrongUsage("--hardware-id replaces --vendor, --device and --subsystem: omit these");
    if (!arguments.hardware_id.empty())
        installation.hardware_id = arguments.hardware_id;
    else if (arguments.fixed)
        throw WrongUsage("--hardware-id is missing: the id of the board, such as root\\my_board");
    else
        check_pci(arguments);
    find_functions(arguments);
    check_interrupts(arguments);
    if (installation.name.empty())
        throw WrongUsage("--name is missing: the name in the device manager");
    if (arguments.output.empty()) throw WrongUsage("--output is missing: the folder for the files");
    installation.address_bits = arguments.address_bits.value_or(32);
}

Result<ExitCode> write(const InfArguments& arguments, Console& console) {
    const Installation& installation = arguments.installation;
    const Package package{installation, arguments.drivers, arguments.output, arguments.force};
    const auto written = package.write();
    if (!written) return written.error();
    if (console.json) {
        print_json(console.out, {{"inf", *written}, {"hardware_id", installation.hardware_id}});
        return ExitCode::done;
    }
    console.out.print("{}\n", *written);
    if (arguments.drivers.empty())
        console.diagnostics.print(
            "add --drivers for {} and {}, filled in for this card: a driver that is not filled in "
            "starts for nothing\n",
            package.driver_file("x64"), package.driver_file("x86"));
    if (installation.dma != DmaPolicy::off && !installation.dma_without_iommu)
        console.diagnostics.print(
            "bus mastering stays off where no IOMMU is proven to confine the card; "
            "--allow-dma-without-iommu changes that\n");
    return ExitCode::done;
}

Run declare_inf(CommandLine& line) {
    auto arguments = std::make_shared<InfArguments>();
    arguments->installation.date = today();
    static_cast<void>(read_numbers(OPENBAR_VERSION ".0", '.', 10, arguments->installation.version));
    const auto text = [&](const char* option, const char* type, std::string& target,
                          const char* description) {
        line.option(option, type, description,
                    [arguments, &target](const std::string& word) { target = word; });
    };
    const auto id = [&](const char* option, std::optional<std::uint64_t>& target,
                        const char* description) {
        line.option(
            option, "ID", description, [arguments, option, &target](const std::string& word) {
                std::array<std::uint64_t, 1> number{};
                if (!read_numbers(word.starts_with("0x") ? word.substr(2) : word, ' ', 16, number))
                    throw WrongUsage(option, fmt::format("'{}' is not a hexadecimal number", word));
                target = number[0];
            });
    };
    id("--vendor", arguments->vendor, "the card's vendor id, hexadecimal: 1234");
    id("--device", arguments->device, "its device id: 11e8");
    text("--subsystem", "VVVV:DDDD", arguments->subsystem, "only cards with this subsystem");
    text("--hardware-id", "ID", arguments->hardware_id,
         "instead of these: a hardware id as Windows writes it");
    text("--name", "NAME", arguments->installation.name, "the name in the device manager");
    add_number(line, "--msi", arguments->msi,
               "most messages of a card with MSI: 1, 2, 4, 8 or 16 (0: the interrupt line)");
    add_number(line, "--msix", arguments->msix,
               fmt::format("most messages of a card with MSI-X: 1 to {}", most_msix));
    line.option("--dma", "POLICY", "bus mastering by the card: off, messages or on (off)",
                [arguments](const std::string& word) {
                    constexpr std::array<std::string_view, 3> words{"off", "messages", "on"};
                    const auto found = std::ranges::find(words, word);
                    if (found == words.end())
                        throw WrongUsage("--dma",
                                         fmt::format("'{}' is not off, messages or on", word));
                    arguments->dma = static_cast<DmaPolicy>(found - words.begin());
                });
    line.option("--dma-bits", "BITS", "address bits of the card, 32 or 64 (32)",
                [arguments](const std::string& word) {
                    if (word != "32" && word != "64")
                        throw WrongUsage("--dma-bits",
                                         fmt::format("'{}' is neither 32 nor 64", word));
                    arguments->address_bits = word == "64" ? 64 : 32;
                });
    line.flag("--allow-dma-without-iommu", arguments->installation.dma_without_iommu,
              "allow bus mastering where no IOMMU is proven to confine the card");
    line.option("--permit", "VVVV:DDDD", "more ids that the driver may drive (none)",
                [arguments](const std::string& word) {
                    add_functions(word, arguments->installation.functions);
                });
    line.flag("--fixed", arguments->fixed, "a board that is not on PCI, with these ranges:");
    line.option("--ports", "BASE:LENGTH", "its ports", [arguments](const std::string& word) {
        add_ranges("--ports", word, true, arguments->installation.ranges);
    });
    line.option("--memory", "BASE:LENGTH", "its registers in memory",
                [arguments](const std::string& word) {
                    add_ranges("--memory", word, false, arguments->installation.ranges);
                });
    line.option(
        "--driver-date", "DATE", "year-month-day (today)",
        [arguments](const std::string& word) { read_date(word, arguments->installation.date); });
    line.option("--driver-version", "N.N.N.N", "Windows prefers the higher one (this program's)",
                [arguments](const std::string& word) {
                    if (!read_numbers(word, '.', 10, arguments->installation.version))
                        throw WrongUsage("--driver-version",
                                         fmt::format("'{}' is not four numbers up to 65535", word));
                });
    text("--drivers", "DIR", arguments->drivers, "fill in the x64 and x86 drivers from here, too");
    text("--output", "DIR", arguments->output,
         "the folder for the files; created if it is missing");
    line.flag("--force", arguments->force, "overwrite existing files");
    line.check([arguments] { check(*arguments); });
    return [arguments](Console& console) { return write(*arguments, console); };
}

}  // namespace

constexpr Command inf_command{
    .name = "inf",
    .summary = "write the INF that installs openbar for your card on Windows",
    .usage =
        "--vendor ID --device ID --name NAME --output DIR [--msi N|--msix N]\n"
        "       openbar inf --fixed --hardware-id ID --ports BASE:LENGTH --name NAME --output DIR",
    .description =
        R"(With this INF, Windows uses the driver for cards of these ids only. With --drivers, the
drivers are filled in as well: they start for these ids (or ranges) only, whatever an INF or the
registry says. Sign them afterwards: nobody can change the ids in a signed driver. A driver that is
not filled in starts for nothing.

Administrators may open the cards, and the users that you add to the INF's Security entry. --dma is
the administrator's switch: off turns bus mastering off, messages allows message interrupts, on
allows DMA. Both need an IOMMU that is proven to confine the card, or a driver that was filled in
with --allow-dma-without-iommu: then the card, and its program, can reach all memory.

With --fixed, writes the INF of openbar_fixed, for a legacy board with jumpers: Windows assigns it
the ranges, unless another driver has them.

Works on every system. docs/windows.md describes the next steps.
)",
    .examples =
        R"(  openbar inf --vendor 1234 --device 11e8 --name "My card" --msi 4 --output my_card
  openbar inf --fixed --hardware-id 'root\relays' --ports 0x378:8 --name Relays --output relays
)",
    .json = true,
    .declare = declare_inf};

}  // namespace openbar::cli
