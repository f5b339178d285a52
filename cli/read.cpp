#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/json.hpp"
#include "cli/support/region_access.hpp"
#include "cli/support/stop_request.hpp"
#include "cli/support/text.hpp"

#include <limits>
#include <memory>
#include <optional>

namespace openbar::cli {
namespace {

struct ReadArguments {
    DeviceAddress device;
    RegionIndex region = 0;
    std::uint64_t offset = 0;
    unsigned width = 4;
    std::uint64_t count = 1;
    bool requests = false;
    OpenOptions open;
};

/// The bytes that are read. A length that does not fit 64 bits becomes the greatest multiple of
/// the width that does, which lies within no region.
Range part_of(const ReadArguments& arguments) {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / arguments.width;
    return {arguments.offset, std::min(arguments.count, most) * arguments.width};
}

Result<ExitCode> read(const ReadArguments& arguments, Console& console) {
    auto device = Device::open(arguments.device, arguments.open);
    if (!device) return std::move(device).error();
    const auto access = RegionAccess::open(*device, arguments.region, part_of(arguments),
                                           arguments.width, Direction::read, arguments.requests);
    if (!access) return access.error();

    GrowingJson values(console.out,
                       {{"device", device->info().address},
                        {"region", arguments.region},
                        {"offset", arguments.offset},
                        {"width", 8 * arguments.width},
                        {"access", access->mapped() ? "mapped" : "requests"}},
                       "values");
    std::optional<StopRequest> stop;
    if (arguments.count > 1) stop.emplace();
    for (std::uint64_t element = 0; element < arguments.count && !console.out.closed(); ++element) {
        if (stop && stop->made()) return interrupted("read the region");
        const auto value = access->read(arguments.offset + element * arguments.width);
        if (!value) return value.error();
        const std::string text = hex(*value, arguments.width);
        if (console.json)
            values.add(text);
        else
            console.out.print("{}\n", text);
    }
    return ExitCode::done;
}

Run declare_read(CommandLine& line) {
    auto arguments = std::make_shared<ReadArguments>();
    add_device(line, arguments->device);
    add_region(line, arguments->region);
    add_offset(line, arguments->offset);
    add_width(line, arguments->width);
    add_number(line, "--count", arguments->count, "number of consecutive elements (1)");
    line.flag("--requests", arguments->requests, "make requests, even if the region can be mapped");
    add_shared(line, arguments->open.shared);
    add_vf_token(line, arguments->open.vf_token);
    line.check([arguments] {
        if (arguments->count == 0)
            throw WrongUsage("--count", "0 elements\n  hint: ask for 1 or more");
    });
    return [arguments](Console& console) { return read(*arguments, console); };
}

}  // namespace

constexpr Command read_command{
    .name = "read",
    .summary = "read values from a region",
    .usage =
        "DEVICE REGION OFFSET [--width 8|16|32|64] [--count N] [--requests] [--shared] "
        "[--vf-token UUID] [--json]",
    .description =
        R"(Reads each element with one access of exactly the given width, in rising order, and
prints each on a separate line: 0x and all digits of its width.

A region is mapped if it can be. Others (port I/O, configuration space, registers of simulated
cards) are read by requests. Offset, length and alignment are checked before the first read. Reading
a register can have effects on the device, as its data sheet documents. After Ctrl-C no further
element is read.
)",
    .examples = R"(  openbar read 00:04.0 bar0 0                  the 32-bit register at offset 0
  openbar read 00:04.0 bar0 0x5400 --count 2   two registers in a row
  openbar read 00:04.0 config 0 --width 16     the vendor id
  openbar read sim:edu 0 0x8 --json            the same as JSON
)",
    .json = true,
    .declare = declare_read};

}  // namespace openbar::cli
