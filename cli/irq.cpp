#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/described_device.hpp"
#include "cli/support/json.hpp"
#include "cli/support/region_access.hpp"
#include "cli/support/stop_request.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace openbar::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// What follows --start and --acknowledge: REGION OFFSET VALUE, or [REGION] NAME=VALUE.
struct RegisterWrite {
    std::optional<RegionIndex> region{};
    SizedOffset at{};
    MaskedValue value{};
    std::string assignment{};  ///< by name

    [[nodiscard]] unsigned width() const { return at.width.value_or(4); }
};

struct IrqArguments {
    DeviceAddress device;
    OpenOptions open;
    std::string card{};
    std::optional<InterruptKind> kind;
    std::uint64_t vector = 0;
    std::optional<std::uint64_t> count;  // none: until stopped
    std::optional<double> timeout;
    std::optional<RegisterWrite> start;
    std::optional<RegisterWrite> acknowledge;
    bool trigger = false;
};

/// Register writes that were checked before the vector was enabled.
class PreparedWrites {
public:
    static Result<PreparedWrites> prepare(const IrqArguments& arguments, const Device& device,
                                          const RegisterWrite& what) {
        return what.assignment.empty() ? by_offset(device, what) : by_name(arguments, device, what);
    }

    [[nodiscard]] Result<void> carry_out() const {
        for (const auto& write : writes_) {
            OPENBAR_TRY(done, write());
        }
        return {};
    }

private:
    using Action = std::function<Result<void>()>;

    static Result<PreparedWrites> by_offset(const Device& device, const RegisterWrite& what) {
        OPENBAR_TRY(opened, RegionAccess::open(
                                device, *what.region, {what.at.offset, what.width()}, what.width(),
                                what.value.mask ? Direction::modify : Direction::write, false));
        auto access = std::make_shared<RegionAccess>(std::move(opened));
        PreparedWrites prepared;
        prepared.writes_.push_back([access, what]() -> Result<void> {
            if (!what.value.mask) return access->write(what.at.offset, what.value.value);
            OPENBAR_TRY(old, access->read(what.at.offset));
            return access->write(what.at.offset, what.value.over(old));
        });
        return prepared;
    }

    static Result<PreparedWrites> by_name(const IrqArguments& arguments, const Device& device,
                                          const RegisterWrite& what) {
        OPENBAR_TRY(card, card_of(device.info(), arguments.card));
        const auto described =
            std::make_shared<DescribedDevice>(device, std::move(card), what.region);
        OPENBAR_TRY(planned, described->plan({what.assignment}, description::Effects::refuse));
        PreparedWrites prepared;
        for (const description::Write& write : planned) {
            OPENBAR_TRY(opened, described->bus(write.place,
                                               write.reads ? Direction::modify : Direction::write));
            auto bus = std::make_shared<PlaceBus>(std::move(opened));
            prepared.writes_.push_back([described, bus, write] { return write.make(*bus); });
        }
        return prepared;
    }

    std::vector<Action> writes_;
};

Result<std::optional<PreparedWrites>> prepare(const IrqArguments& arguments, const Device& device,
                                              const std::optional<RegisterWrite>& what) {
    if (!what) return std::nullopt;
    auto prepared = PreparedWrites::prepare(arguments, device, *what);
    if (!prepared) return std::move(prepared).error();
    return std::move(*prepared);
}

Result<Interrupt> enable(const Device& device, const IrqArguments& arguments) {
    const auto index = static_cast<std::uint32_t>(arguments.vector);
    auto interrupt = arguments.kind ? device.vector(*arguments.kind, index) : device.vector(index);
    // A message-signalled interrupt is a write by the device, which only a bus master may do.
    if (interrupt && interrupt->kind() != InterruptKind::intx)
        if (auto mastering = device.set_bus_master(true); !mastering)
            return std::move(mastering).error();
    return interrupt;
}

void print_arrival(const Interrupt& interrupt, double seconds, std::uint64_t count,
                   Console& console) {
    if (console.json)
        console.out.write(Json{{"seconds", seconds},
                               {"kind", to_string(interrupt.kind())},
                               {"vector", interrupt.vector()},
                               {"count", count}}
                              .dump() +
                          "\n");
    else
        console.out.print("{:.6f} s  {} {}  count {}\n", seconds, to_string(interrupt.kind()),
                          interrupt.vector(), count);
}

std::chrono::nanoseconds time_limit(const IrqArguments& arguments) {
    // Longer than anybody waits, and yet a limit: so that a wait ends when the device goes.
    if (!arguments.timeout) return std::chrono::years(100);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(*arguments.timeout));
}

/// Without --count a stop is the usual end; with it, the command has not done what it was told to.
Result<ExitCode> stopped(const IrqArguments& arguments, std::uint64_t seen) {
    if (!arguments.count) return ExitCode::done;
    return interrupted(
        fmt::format("wait for {} interrupts, of which {} came", *arguments.count, seen));
}

/// Waits and prints until enough have come, none comes in time, or somebody stops it.
Result<ExitCode> follow(Interrupt& interrupt, const IrqArguments& arguments,
                        const std::optional<PreparedWrites>& acknowledge, Clock::time_point begin,
                        const StopRequest& stop, Console& console) {
    std::uint64_t seen = 0;
    while (seen < arguments.count.value_or(UINT64_MAX) && !console.out.closed()) {
        if (stop.made()) return stopped(arguments, seen);
        const auto count = interrupt.wait(time_limit(arguments));
        if (!count && count.error().code == ErrorCode::cancelled) return stopped(arguments, seen);
        if (!count) return count.error();
        seen += *count;
        print_arrival(interrupt, std::chrono::duration<double>(Clock::now() - begin).count(),
                      *count, console);
        if (auto flushed = console.out.flush(); !flushed) return flushed.error();
        if (!acknowledge) continue;
        if (auto done = acknowledge->carry_out(); !done) return done.error();
    }
    return ExitCode::done;
}

Result<ExitCode> irq(const IrqArguments& arguments, Console& console) {
    auto device = Device::open(arguments.device, arguments.open);
    if (!device) return std::move(device).error();
    const auto start = prepare(arguments, *device, arguments.start);
    if (!start) return start.error();
    const auto acknowledge = prepare(arguments, *device, arguments.acknowledge);
    if (!acknowledge) return acknowledge.error();

    auto interrupt = enable(*device, arguments);
    if (!interrupt) return std::move(interrupt).error();
    const StopRequest stop([&] { interrupt->cancel(); });
    if (console.diagnostics.is_terminal() && !arguments.timeout)
        console.diagnostics.print("waiting for {} vector {} of {}; Ctrl-C ends it\n",
                                  to_string(interrupt->kind()), interrupt->vector(),
                                  device->info().address);
    const auto begin = Clock::now();
    if (*start)
        if (auto done = (*start)->carry_out(); !done) return done.error();
    if (arguments.trigger)
        if (auto done = interrupt->trigger(); !done) return done.error();
    return follow(*interrupt, arguments, *acknowledge, begin, stop, console);
}

RegisterWrite parse_register_write(const std::string& name, std::vector<std::string> words) {
    RegisterWrite write;
    if (words.size() > 1) {
        write.region = value_or_throw(name, parse_region(words.front()));
        words.erase(words.begin());
    }
    if (words.size() == 1) {
        if (words.front().find('=') == std::string::npos)
            throw WrongUsage(name,
                             "too few values follow it\n  hint: REGION OFFSET VALUE, or "
                             "NAME=VALUE; DEVICE in front");
        write.assignment = words.front();
        return write;
    }
    write.at = value_or_throw(name, parse_sized_offset(words.at(0)));
    write.value = value_or_throw(name, parse_masked_value(words.at(1)));
    require_fit(write.value, write.width());
    return write;
}

void add_register_write(CommandLine& line, const std::string& name,
                        std::optional<RegisterWrite>& write, std::string description) {
    line.option(name, 1, 3, "REGION OFFSET[.B|.W|.L|.Q] VALUE[:MASK] | NAME=VALUE",
                std::move(description), [&write, name](const std::vector<std::string>& words) {
                    write = parse_register_write(name, words);
                });
}

InterruptKind parse_kind(const std::string& word) {
    for (const InterruptKind kind : {InterruptKind::intx, InterruptKind::msi, InterruptKind::msix})
        if (word == to_string(kind)) return kind;
    throw WrongUsage("--kind", fmt::format("'{}' is not a kind of interrupt\n  hint: use intx, "
                                           "msi or msix",
                                           word));
}

Run declare_irq(CommandLine& line) {
    auto arguments = std::make_shared<IrqArguments>();
    add_device(line, arguments->device);
    add_vf_token(line, arguments->open.vf_token);
    add_number(line, "--vector", arguments->vector, "number of the vector (0)");
    line.option("--kind", "KIND", "intx, msi or msix (the best that the device has)",
                [arguments](const std::string& word) { arguments->kind = parse_kind(word); });
    add_number(line, "--count", arguments->count, "end after this number of interrupts");
    add_seconds(line, "--timeout", arguments->timeout,
                "end with exit code 3 after this time without an interrupt");
    add_register_write(line, "--start", arguments->start,
                       "write this register once the vector is enabled, to make the device raise "
                       "an interrupt");
    add_register_write(line, "--acknowledge", arguments->acknowledge,
                       "write this register after each interrupt, to make the device end it");
    line.option("--card", "FILE", "the description of the card (found by its PCI ids)",
                [arguments](const std::string& word) { arguments->card = word; });
    line.flag("--trigger", arguments->trigger,
              "fire the vector once from software, if the back end can");
    line.check([arguments] {
        if (arguments->count == 0u)
            throw WrongUsage("--count", "0 interrupts\n  hint: ask for 1 or more, or omit it");
        const auto by_name = [](const std::optional<RegisterWrite>& write) {
            return write && !write->assignment.empty();
        };
        if (!arguments->card.empty() && !by_name(arguments->start) &&
            !by_name(arguments->acknowledge))
            throw WrongUsage("--card needs a name of a register in --start or --acknowledge");
        if (arguments->vector > std::numeric_limits<std::uint32_t>::max())
            throw WrongUsage("--vector", "there are at most 2048 vectors");
    });
    return [arguments](Console& console) { return irq(*arguments, console); };
}

}  // namespace

constexpr Command irq_command{
    .name = "irq",
    .summary = "wait for a device's interrupts and print them",
    .usage =
        "DEVICE [--vector N] [--kind intx|msi|msix] [--count N] [--timeout SECONDS] "
        "[--start REGION OFFSET VALUE | NAME=VALUE] "
        "[--acknowledge REGION OFFSET VALUE | NAME=VALUE] [--card FILE] [--trigger] "
        "[--vf-token UUID] [--json]",
    .description =
        R"(Enables one vector and prints a line each time it fires: seconds since the start, kind
and number of the vector, and the count since the line before. Ends after --count interrupts, after
--timeout without one, or on Ctrl-C, which is a failure only if --count was not reached. With --json
each line is a JSON object.

For MSI and MSI-X, turns bus mastering on, because the device sends them as writes to memory. A
device asserts an INTx line until its cause is acknowledged in its registers: without --acknowledge
the same interrupt fires again and again.

If the back end gives the device to one program at a time (VFIO), no other command can make it raise
an interrupt: use --start.
)",
    .examples = R"(  openbar irq 00:04.0 --timeout 10
  openbar irq 00:04.0 --count 1 --timeout 5 --start bar0 0x60 1 --acknowledge bar0 0x64 1
                                     QEMU's edu: raise an interrupt, see it, end it
  openbar irq sim:edu --trigger --count 1
  openbar irq sim:edu --count 1 --start INTERRUPT_RAISE=1 --acknowledge INTERRUPT_ACKNOWLEDGE=1
)",
    .json = true,
    .declare = declare_irq};

}  // namespace openbar::cli
