#include "openbar/device.hpp"

#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/json.hpp"
#include "cli/support/stop_request.hpp"
#include "examples/registers/edu_dma.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <vector>

namespace openbar::cli {
namespace {

struct DmaArguments {
    DeviceAddress device;
    OpenOptions open;
    bool test = false;
    std::optional<std::uint64_t> count{};
    std::uint64_t size = 64 * 1024;
    std::optional<std::uint64_t> seed{};

    [[nodiscard]] std::uint64_t rounds() const { return count.value_or(8); }
};

Result<void> require_copying_device(const Device& device) {
    const auto& identity = device.info().identity;
    if (identity && identity->vendor == edu::vendor_id && identity->device == edu::device_id)
        return {};
    return Error{ErrorCode::unsupported, fmt::format("test DMA of {}", device.info().address),
                 "the test needs a device with a known DMA engine: edu (PCI 1234:11e8)",
                 "openbar dma sim:edu --test; for other devices see docs/dma.md"};
}

/// What was found wrong: how many rounds, and of the first of them which byte.
struct Findings {
    std::uint64_t wrong = 0;
    std::string first{};
};

std::string first_difference(std::span<const std::byte> found, std::span<const std::byte> expected,
                             std::size_t from, std::size_t to, std::size_t size) {
    const auto at =
        static_cast<std::size_t>(std::ranges::mismatch(found, expected).in1 - found.begin());
    return fmt::format(
        "byte {:#x} is {:#04x} and should be {:#04x}, after {} bytes were copied "
        "from {:#x} to {:#x}",
        at, std::to_integer<unsigned>(found[at]), std::to_integer<unsigned>(expected[at]), size,
        from, to);
}

/// One transfer each way of random size between random places. Also bytes that nobody should have
/// touched count.
Result<void> copy_once(const edu::DmaEngine& engine, const DmaMemory& memory,
                       std::minstd_rand& random, Findings& findings) {
    const auto bytes = memory.span();
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    std::vector<std::byte> expected(bytes.begin(), bytes.end());
    const std::size_t size = 1 + random() % std::min(edu::DmaEngine::capacity, bytes.size());
    const std::size_t from = random() % (bytes.size() - size + 1);
    const std::size_t to = random() % (bytes.size() - size + 1);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), size,
                expected.begin() + static_cast<std::ptrdiff_t>(to));
    if (auto read = engine.read_memory(memory, from, size); !read) return read;
    if (auto written = engine.write_memory(memory, to, size); !written) return written;
    if (std::ranges::equal(bytes, expected)) return {};
    if (findings.wrong++ == 0) findings.first = first_difference(bytes, expected, from, to, size);
    return {};
}

Result<ExitCode> test(const edu::DmaEngine& engine, const DmaMemory& memory,
                      const DmaArguments& arguments, Console& console) {
    std::minstd_rand random(static_cast<std::minstd_rand::result_type>(arguments.seed.value_or(1)));
    Findings findings;
    const StopRequest stop;
    for (std::uint64_t round = 0; round < arguments.rounds(); ++round) {
        if (stop.made()) return interrupted("test DMA");
        if (auto done = copy_once(engine, memory, random, findings); !done)
            return std::move(done).error();
    }
    if (console.json) {
        Json json{{"transfers", 2 * arguments.rounds()}, {"wrong", findings.wrong}};
        if (findings.wrong != 0) json["first"] = findings.first;
        console.out.write(json.dump() + "\n");
    } else {
        console.out.print("{} transfers, {} of {} copies wrong\n", 2 * arguments.rounds(),
                          findings.wrong, arguments.rounds());
        if (findings.wrong != 0) console.out.print("the first: {}\n", findings.first);
    }
    return findings.wrong == 0 ? ExitCode::done : ExitCode::failed;
}

void print_buffer(const DmaBuffer& buffer, Console& console) {
    if (console.json)
        console.out.write(
            Json{{"iova", fmt::format("{:#x}", buffer.iova())}, {"size", buffer.size()}}.dump() +
            "\n");
    else
        console.out.print("{:#x} bytes at IOVA {:#x}\n", buffer.size(), buffer.iova());
}

Result<ExitCode> dma(const DmaArguments& arguments, Console& console) {
    const auto device = Device::open(arguments.device, arguments.open);
    if (!device) return device.error();
    if (arguments.test)
        if (auto can = require_copying_device(*device); !can) return std::move(can).error();
    const auto buffer = device->allocate_dma(
        arguments.size, {.highest_address = arguments.test ? edu::DmaEngine::reach : UINT64_MAX});
    if (!buffer) return buffer.error();
    if (!arguments.test) {
        print_buffer(*buffer, console);
        return ExitCode::done;
    }
    auto bar = device->region(edu::bar);
    if (!bar) return std::move(bar).error();
    const edu::DmaEngine engine(std::move(*bar));
    // What a program that was killed has left under way must not end in our buffer.
    if (auto idle = engine.wait(); !idle) return std::move(idle).error();
    if (auto mastering = device->set_bus_master(true); !mastering)
        return std::move(mastering).error();
    auto result = test(engine, *buffer, arguments, console);
    static_cast<void>(device->set_bus_master(false));
    return result;
}

Run declare_dma(CommandLine& line) {
    auto arguments = std::make_shared<DmaArguments>();
    add_device(line, arguments->device);
    add_vf_token(line, arguments->open.vf_token);
    line.flag("--test", arguments->test, "make the device copy, and compare every byte");
    add_number(line, "--count", arguments->count, "transfers in each direction (8)");
    add_number(line, "--size", arguments->size, "size of the buffer in bytes (64k)");
    add_number(line, "--seed", arguments->seed, "seed of sizes, places and bytes (1)");
    line.check([arguments] {
        if (!arguments->test && (arguments->count || arguments->seed))
            throw WrongUsage("--count and --seed need --test");
        if (arguments->rounds() == 0 || arguments->rounds() > UINT64_MAX / 2)
            throw WrongUsage("--count", fmt::format("{} transfers\n  hint: ask for 1 to {}",
                                                    arguments->rounds(), UINT64_MAX / 2));
        if (arguments->size == 0) throw WrongUsage("--size", "0 bytes\n  hint: ask for 1 or more");
    });
    return [arguments](Console& console) { return dma(*arguments, console); };
}

}  // namespace

constexpr Command dma_command{
    .name = "dma",
    .summary = "allocate memory for a device, and test its DMA",
    .usage = "DEVICE [--test] [--count N] [--size BYTES] [--seed N] [--vf-token UUID] [--json]",
    .description =
        R"(Allocates a buffer for the device and prints its bus addresses. With --test, turns bus
mastering on and makes the device read and write parts of the buffer, of random sizes at random
places. Then it compares every byte, including those that must not change. The test needs a device
with a known DMA engine: edu, of QEMU or openbar.
)",
    .examples = R"(  openbar dma 03:00.0                is DMA available for this device?
  openbar dma sim:edu --test
  openbar dma vfio:00:04.0 --test --count 50 --seed 7
)",
    .json = true,
    .declare = declare_dma};

}  // namespace openbar::cli
