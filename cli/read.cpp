#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/decoded.hpp"
#include "cli/support/json.hpp"
#include "cli/support/place_words.hpp"
#include "cli/support/region_access.hpp"
#include "cli/support/stop_request.hpp"
#include "cli/support/text.hpp"

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace openbar::cli {
namespace {

struct ReadArguments {
    NameArguments common;
    PlaceWords place;
    std::uint64_t offset = 0;
    std::optional<unsigned> width{};  ///< bytes
    std::optional<std::uint64_t> count{};

    [[nodiscard]] unsigned bytes() const noexcept { return width.value_or(4); }
    [[nodiscard]] std::uint64_t elements() const noexcept { return count.value_or(1); }
};

/// The bytes that are read. A length that does not fit 64 bits becomes the greatest multiple of
/// the width that does, which lies within no region.
Range part_of(const ReadArguments& arguments) {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max() / arguments.bytes();
    return {arguments.offset, std::min(arguments.elements(), most) * arguments.bytes()};
}

Result<ExitCode> read_offset(const ReadArguments& arguments, Console& console) {
    auto device = Device::open(arguments.common.device, arguments.common.open);
    if (!device) return std::move(device).error();
    const RegionIndex region = *arguments.place.region;
    const unsigned width = arguments.bytes();
    const auto access = RegionAccess::open(*device, region, part_of(arguments), width,
                                           Direction::read, arguments.common.requests);
    if (!access) return access.error();

    GrowingJson values(console.out,
                       {{"device", device->info().address},
                        {"region", region},
                        {"offset", arguments.offset},
                        {"width", 8 * width},
                        {"access", access->mapped() ? "mapped" : "requests"}},
                       "values");
    std::optional<StopRequest> stop;
    if (arguments.elements() > 1) stop.emplace();
    for (std::uint64_t i = 0; i < arguments.elements() && !console.out.closed(); ++i) {
        if (stop && stop->made()) return interrupted("read the region");
        const auto value = access->read(arguments.offset + i * width);
        if (!value) return value.error();
        const std::string text = hex(*value, width);
        if (console.json)
            values.add(text);
        else
            console.out.print("{}\n", text);
    }
    return ExitCode::done;
}

/// Everything that was named, found and checked before the first access.
struct NamedRead {
    description::Place place;
    std::optional<description::Field> field;
};

Result<std::vector<NamedRead>> find_all(const DescribedDevice& device,
                                        const ReadArguments& arguments, DecodedOutput& output) {
    std::vector<NamedRead> reads;
    for (const std::string& name : arguments.place.names) {
        OPENBAR_TRY(named, device.find(name));
        for (std::size_t i = 0; i < named.places.size(); ++i) {
            const description::Place& place = named.places[i];
            const std::string why = description::why_not_listed(place.description());
            if (named.by_pattern && !why.empty() && !arguments.common.with_effects) {
                output.leave_out(place, why);
                continue;
            }
            if (!readable(place.description().access()) && !arguments.common.with_effects)
                return Error{ErrorCode::unsupported, "read register " + place.name(), why,
                             "--with-effects reads it nevertheless"};
            OPENBAR_TRY(bus, device.bus(place, Direction::read));
            reads.push_back({place, named.fields.empty() ? std::optional<description::Field>()
                                                         : named.fields[i]});
        }
    }
    return reads;
}

Result<ExitCode> read_names(const ReadArguments& arguments, Console& console) {
    OPENBAR_TRY(device, DescribedDevice::open(arguments.common));
    DecodedOutput output(device, console, false);
    OPENBAR_TRY(reads, find_all(device, arguments, output));
    std::optional<StopRequest> stop;
    if (reads.size() > 1) stop.emplace();
    Result<void> done;
    for (const NamedRead& each : reads) {
        if (console.out.closed()) break;
        done = stop && stop->made() ? interrupted("read the registers")
                                    : output.read(each.place, each.field);
        if (!done) break;
    }
    output.finish();
    return done_or_error(std::move(done));
}

void check(ReadArguments& arguments) {
    if (arguments.count == 0u) throw WrongUsage("--count", "0 elements\n  hint: ask for 1 or more");
    if (arguments.place.offset) {
        arguments.offset = value_or_throw("OFFSET", parse_number(*arguments.place.offset));
        refuse_name_options(arguments.common);
    } else if (arguments.count || arguments.width) {
        throw WrongUsage(arguments.count ? "--count" : "--width",
                         "it goes with an offset, and not with a register's name");
    }
}

Run declare_read(CommandLine& line) {
    auto arguments = std::make_shared<ReadArguments>();
    add_device(line, arguments->common.device);
    auto words = std::make_shared<std::vector<std::string>>();
    line.words("PLACE", "REGION OFFSET, or names of registers and fields; with * and ? for several",
               [words](const std::vector<std::string>& given) { *words = given; });
    add_width(line, arguments->width);
    add_number(line, "--count", arguments->count, "number of consecutive elements (1)");
    add_name_options(line, arguments->common);
    line.flag("--requests", arguments->common.requests,
              "make requests, even if the region can be mapped");
    add_shared(line, arguments->common.open.shared);
    add_vf_token(line, arguments->common.open.vf_token);
    line.check([arguments, words] {
        arguments->place = place_words(*words, 0);
        arguments->common.region = arguments->place.region;
        check(*arguments);
    });
    return [arguments](Console& console) {
        if (arguments->place.offset) return read_offset(*arguments, console);
        auto done = read_names(*arguments, console);
        if (!done) refuse_misread_offset(arguments->place, done.error());
        return done;
    };
}

}  // namespace

constexpr Command read_command{
    .name = "read",
    .summary = "read registers, by name or by offset",
    .usage =
        "DEVICE REGION OFFSET [--width 8|16|32|64] [--count N] [--requests] [--shared] "
        "[--vf-token UUID] [--json]\n"
        "       openbar read DEVICE [REGION] NAME... [--card FILE] [--with-effects] [--requests] "
        "[--shared] [--vf-token UUID] [--json]",
    .description =
        R"(By offset: reads each element with one access of exactly the given width, in rising order,
and prints each on a separate line: 0x and all digits of its width.

By name: reads each register with the access that its description gives, and prints its value and
those of its fields. NAME is a register, a field (STATUS.DONE), or a pattern: 'RX[3].*'. The card's
description is found by its PCI ids; --card names a file. A register that is named is read, also if
that has effects. Of a pattern, registers are left out that reading changes or that are write-only,
and listed on standard error; --with-effects reads them.

A region is mapped if it can be. Others (port I/O, configuration space, registers of simulated
cards) are read by requests. Offset, length and alignment are checked before the first read. Reading
a register can have effects on the device, as its data sheet documents. After Ctrl-C no further
element is read.
)",
    .examples = R"(  openbar read 00:04.0 bar0 0                  the 32-bit register at offset 0
  openbar read 00:04.0 bar0 0x5400 --count 2   two registers in a row
  openbar read 00:04.0 config 0 --width 16     the vendor id
  openbar read sim:edu STATUS                  a register with its fields
  openbar read sim:edu 'DMA_*' --json          several, as JSON
)",
    .json = true,
    .declare = declare_read};

}  // namespace openbar::cli
