#include "openbar/device.hpp"

#include "base/failure.hpp"
#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/json.hpp"
#include "examples/registers/edu_dma.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <vector>

namespace openbar::cli {
namespace {

struct Arguments {
    DeviceAddress device;
    bool test = false;
    std::uint64_t count = 8;
    std::uint64_t size = 64 * 1024;
    std::uint64_t seed = 1;
};

Result<void> require_copying_device(const Device& device) {
    const auto& identity = device.info().identity;
    if (identity && identity->vendor == edu::vendor_id && identity->device == edu::device_id)
        return {};
    return failure(ErrorCode::unsupported, fmt::format("test DMA of {}", device.info().address),
                   "a test needs a device that can be asked to copy, and only edu (PCI 1234:11e8) "
                   "is known",
                   "openbar dma sim:edu --test; for a device of your own see docs/dma.md");
}

/// One transfer each way of random size between random places. False where bytes differ, also
/// those that nobody should have touched.
Result<bool> transfer(const edu::DmaEngine& engine, const DmaMemory& memory,
                      std::minstd_rand& random) {
    const auto bytes = memory.span();
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    std::vector<std::byte> expected(bytes.begin(), bytes.end());
    const std::size_t size = 1 + random() % std::min(edu::DmaEngine::capacity, bytes.size());
    const std::size_t from = random() % (bytes.size() - size + 1);
    const std::size_t to = random() % (bytes.size() - size + 1);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), size,
                expected.begin() + static_cast<std::ptrdiff_t>(to));
    if (auto read = engine.read_memory(memory, from, size); !read)
        return std::unexpected(std::move(read).error());
    if (auto written = engine.write_memory(memory, to, size); !written)
        return std::unexpected(std::move(written).error());
    return std::ranges::equal(bytes, expected);
}

Result<ExitCode> test(const Device& device, const DmaMemory& memory, const Arguments& arguments,
                      Console& console) {
    auto bar = device.region(edu::bar);
    if (!bar) return std::unexpected(std::move(bar).error());
    const edu::DmaEngine engine(std::move(*bar));
    std::minstd_rand random(static_cast<std::minstd_rand::result_type>(arguments.seed));
    std::uint64_t wrong = 0;
    for (std::uint64_t round = 0; round < arguments.count; ++round) {
        const auto right = transfer(engine, memory, random);
        if (!right) return std::unexpected(right.error());
        wrong += *right ? 0 : 1;
    }
    if (console.json)
        console.out.write(Json{{"transfers", 2 * arguments.count}, {"wrong", wrong}}.dump() + "\n");
    else
        console.out.print("{} transfers, {} wrong\n", 2 * arguments.count, wrong);
    return wrong == 0 ? ExitCode::done : ExitCode::failed;
}

void print_buffer(const DmaBuffer& buffer, Console& console) {
    if (console.json)
        console.out.write(
            Json{{"iova", fmt::format("{:#x}", buffer.iova())}, {"size", buffer.size()}}.dump() +
            "\n");
    else
        console.out.print("{:#x} bytes at IOVA {:#x}\n", buffer.size(), buffer.iova());
}

Result<ExitCode> dma(const Arguments& arguments, Console& console) {
    const auto device = Device::open(arguments.device);
    if (!device) return std::unexpected(device.error());
    if (arguments.test)
        if (auto can = require_copying_device(*device); !can)
            return std::unexpected(std::move(can).error());
    const auto buffer = device->allocate_dma(
        arguments.size, {.highest_address = arguments.test ? edu::DmaEngine::reach : UINT64_MAX});
    if (!buffer) return std::unexpected(buffer.error());
    if (!arguments.test) {
        print_buffer(*buffer, console);
        return ExitCode::done;
    }
    if (auto mastering = device->set_bus_master(true); !mastering)
        return std::unexpected(std::move(mastering).error());
    auto result = test(*device, *buffer, arguments, console);
    static_cast<void>(device->set_bus_master(false));
    return result;
}

Run declare(CommandLine& line) {
    auto arguments = std::make_shared<Arguments>();
    add_device(line, arguments->device);
    line.flag("--test", arguments->test, "let the device copy, and compare every byte");
    add_number(line, "--count", arguments->count, "how many transfers each way (8)");
    add_number(line, "--size", arguments->size, "bytes of the buffer (64k)");
    add_number(line, "--seed", arguments->seed, "of sizes, places and bytes (1)");
    return [arguments](Console& console) { return dma(*arguments, console); };
}

}  // namespace

constexpr Command dma_command{
    .name = "dma",
    .summary = "give a device memory, and test that it reads and writes it right",
    .usage = "DEVICE [--test] [--count N] [--size BYTES] [--seed N] [--json]",
    .description =
        R"(Allocates a buffer for the device and prints where the device would find it. With --test the device
is made bus master and asked to read and write parts of the buffer, of random sizes at random
places; then every byte is compared, also those that it should not have touched. That needs a device
that can be asked to copy: QEMU's edu, or ours.
)",
    .examples = R"(  openbar dma 03:00.0                can memory be given to this device at all?
  openbar dma sim:edu --test
  openbar dma vfio:00:04.0 --test --count 50 --seed 7
)",
    .json = true,
    .declare = declare};

}  // namespace openbar::cli
