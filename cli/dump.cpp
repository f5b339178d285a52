#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/decoded.hpp"
#include "cli/support/hexdump.hpp"
#include "cli/support/json.hpp"
#include "cli/support/output_file.hpp"
#include "cli/support/progress.hpp"
#include "cli/support/region_access.hpp"
#include "cli/support/stop_request.hpp"
#include "cli/support/text.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace openbar::cli {
namespace {

struct DumpArguments {
    NameArguments common;
    RegionIndex region = 0;
    std::vector<std::string> names{};  ///< with --registers
    std::uint64_t offset = 0;
    std::string offset_name{};  ///< of --offset, a register
    std::optional<std::uint64_t> length;
    unsigned width = 4;  ///< bytes
    std::optional<unsigned> given_width{};
    std::string output;
    bool hexadecimal = false;
    bool registers = false;
};

constexpr std::uint64_t chunk_size = 4096;

/// Hands the region's bytes to `take`, in chunks, as the accesses gave them (little-endian).
Result<void> read_all(const RegionAccess& access, Range part, unsigned width, Console& console,
                      const std::function<Result<void>(std::string_view)>& take) {
    const StopRequest stop;
    Progress progress(console.diagnostics, "read", part.length);
    std::string bytes;
    for (std::uint64_t done = 0; done < part.length; done += width) {
        const auto value = access.read(part.offset + done);
        if (!value) return value.error();
        for (unsigned byte = 0; byte < width; ++byte)
            bytes.push_back(static_cast<char>((*value >> (8 * byte)) & 0xff));
        if (bytes.size() < chunk_size && done + width < part.length) continue;
        if (auto taken = take(bytes); !taken) return taken;
        bytes.clear();
        progress.reached(done + width);
        if (stop.made() || console.out.closed()) return interrupted("dump the region");
    }
    return {};
}

/// The hint for a part that is not a whole number of elements.
std::string whole_elements(Range part, const DumpArguments& arguments) {
    unsigned width = arguments.width;
    while ((part.offset | part.length) % width != 0) width /= 2;
    const std::string narrower = fmt::format("--width {}", 8 * width);
    const std::uint64_t length = part.length - part.length % arguments.width;
    if (!arguments.length || length == 0 || part.offset % arguments.width != 0) return narrower;
    return fmt::format("{}, or --length {:#x}", narrower, length);
}

Json describe(const Device& device, const DumpArguments& arguments, Range part) {
    return {{"device", device.info().address},
            {"region", arguments.region},
            {"offset", part.offset},
            {"length", part.length},
            {"width", 8 * arguments.width}};
}

Result<void> dump_to_file(const RegionAccess& access, Range part, const DumpArguments& arguments,
                          Console& console) {
    auto file = OutputFile::create(arguments.output);
    if (!file) return std::move(file).error();
    auto read = read_all(access, part, arguments.width, console,
                         [&](std::string_view bytes) { return file->write(bytes); });
    if (!read) return read;
    return file->commit();
}

Result<void> dump_to_output(const Device& device, const RegionAccess& access, Range part,
                            const DumpArguments& arguments, Console& console) {
    if (console.json) {
        GrowingJson values(console.out, describe(device, arguments, part), "values");
        return read_all(access, part, arguments.width, console, [&](std::string_view bytes) {
            for (std::size_t at = 0; at < bytes.size(); at += arguments.width)
                values.add(hex(element_at(bytes, at, arguments.width), arguments.width));
            return Result<void>();
        });
    }
    if (arguments.hexadecimal || console.out.is_terminal()) {
        Hexdump lines(console.out, part.offset, arguments.width);
        return read_all(access, part, arguments.width, console, [&](std::string_view bytes) {
            lines.add(bytes);
            return Result<void>();
        });
    }
    console.out.use_binary_mode();
    return read_all(access, part, arguments.width, console, [&](std::string_view bytes) {
        console.out.write(bytes);
        return console.out.flush();
    });
}

/// Of --offset: a number, or where a register begins.
Result<std::uint64_t> first_byte(const Device& device, const DumpArguments& arguments) {
    if (arguments.offset_name.empty()) return arguments.offset;
    OPENBAR_TRY(card, card_of(device.info(), arguments.common.card));
    const DescribedDevice described(device, std::move(card), arguments.region);
    OPENBAR_TRY(named, described.find(arguments.offset_name));
    return named.places.front().offset();
}

Result<ExitCode> dump(const DumpArguments& arguments, Console& console) {
    auto device = Device::open(arguments.common.device, arguments.common.open);
    if (!device) return std::move(device).error();
    const auto region = device->region(arguments.region);
    if (!region) return region.error();
    // An offset at the end or behind it is refused like any element there.
    OPENBAR_TRY(offset, first_byte(*device, arguments));
    Range part{offset, arguments.length.value_or(arguments.width)};
    if (!arguments.length && part.offset < region->size())
        part.length = region->size() - part.offset;
    auto access = RegionAccess::open(*device, arguments.region, part, arguments.width,
                                     Direction::read, arguments.common.requests);
    if (!access) {
        if (part.length % arguments.width != 0 && access.error().hint.empty())
            access.error().hint = whole_elements(part, arguments);
        return std::move(access).error();
    }

    auto dumped = arguments.output.empty()
                      ? dump_to_output(*device, *access, part, arguments, console)
                      : dump_to_file(*access, part, arguments, console);
    if (!dumped && console.out.closed()) return ExitCode::done;  // the reader has what it wanted
    return done_or_error(std::move(dumped));
}

/// The registers of the device, or those of one region, or those that match.
Result<std::vector<description::Place>> registers_of(const DescribedDevice& device,
                                                     const DumpArguments& arguments) {
    std::vector<description::Place> places;
    if (!arguments.names.empty()) {
        for (const std::string& name : arguments.names) {
            OPENBAR_TRY(found, device.card().match(device.scoped(name)));
            places.insert(places.end(), found.begin(), found.end());
        }
        return places;
    }
    Result<void> regions;
    device.card().for_each_register([&](const description::Place& place) {
        const auto region = device.region_of(place.region());
        if (!region) regions = region.error();
        if (region && (!arguments.common.region || *region == *arguments.common.region))
            places.push_back(place);
        return regions.has_value();
    });
    if (!regions) return std::move(regions).error();
    return places;
}

/// By an access at all, whatever its effects.
bool can_be_read(const description::Place& place) {
    return description::accesses_of(place.description()).has_value();
}

Result<ExitCode> dump_registers(const DumpArguments& arguments, Console& console) {
    OPENBAR_TRY(device, DescribedDevice::open(arguments.common));
    OPENBAR_TRY(places, registers_of(device, arguments));
    const StopRequest stop;
    DecodedOutput output(device, console, true);
    Result<void> done;
    for (const description::Place& place : places) {
        if (console.out.closed()) break;
        const std::string why = description::why_not_listed(place.description());
        if (!why.empty() && (!arguments.common.with_effects || !can_be_read(place))) {
            output.leave_out(place, why);
            continue;
        }
        if (const auto outside = device.bus(place, Direction::read); !outside) {
            output.leave_out(place, outside.error().cause);
            continue;
        }
        done = stop.made() ? interrupted("dump the registers") : output.read(place);
        if (!done) break;
    }
    output.finish();
    return done_or_error(std::move(done));
}

/// REGION, or with --registers [REGION] [NAME...].
void take_words(DumpArguments& arguments, std::vector<std::string> words) {
    if (!words.empty()) {
        auto region = parse_region(words.front());
        if (!region && !arguments.registers) throw WrongUsage("REGION", region.error().message());
        if (region) {
            arguments.region = *region;
            arguments.common.region = *region;
            words.erase(words.begin());
        }
    } else if (!arguments.registers) {
        throw WrongUsage("REGION", "is missing");
    }
    if (!arguments.registers && !words.empty())
        throw WrongUsage(words.front(), "was not expected behind the region");
    arguments.names = std::move(words);
    if (!arguments.registers && (arguments.offset_name.empty() || arguments.common.with_effects))
        refuse_name_options(arguments.common);
    arguments.width = arguments.given_width.value_or(arguments.width);
    if (arguments.registers &&
        (arguments.given_width || arguments.length || arguments.offset != 0 ||
         !arguments.offset_name.empty() || !arguments.output.empty() || arguments.hexadecimal))
        throw WrongUsage("--registers",
                         "it does not go with --offset, --length, --output and "
                         "--hex");
}

Run declare_dump(CommandLine& line) {
    auto arguments = std::make_shared<DumpArguments>();
    add_device(line, arguments->common.device);
    auto words = std::make_shared<std::vector<std::string>>();
    line.words("REGION",
               "bar0 … bar5 (or 0 … 5), rom, or config for the configuration space; with "
               "--registers also names and patterns",
               [words](const std::vector<std::string>& given) { *words = given; });
    line.flag("--registers", arguments->registers, "read described registers, and decode them");
    line.option("--offset", "NUMBER|NAME", "first byte, or a register that begins there (0)",
                [arguments](const std::string& word) {
                    if (word.front() >= '0' && word.front() <= '9')
                        arguments->offset = value_or_throw("--offset", parse_number(word));
                    else
                        arguments->offset_name = word;
                });
    add_number(line, "--length", arguments->length, "number of bytes (to the end of the region)");
    add_width(line, arguments->given_width);
    line.option("--output", "FILE", "write the raw bytes to this file",
                [arguments](const std::string& word) { arguments->output = word; });
    line.flag("--hex", arguments->hexadecimal,
              "hexadecimal lines, even if the output is not a terminal");
    add_name_options(line, arguments->common);
    line.flag("--requests", arguments->common.requests,
              "make requests, even if the region can be mapped");
    add_shared(line, arguments->common.open.shared);
    add_vf_token(line, arguments->common.open.vf_token);
    line.check([arguments, words, &json = line.json()] {
        if (!arguments->output.empty() && (arguments->hexadecimal || json))
            throw WrongUsage(
                "--output writes raw bytes: omit --hex and --json, or redirect the standard "
                "output");
        if (arguments->hexadecimal && json)
            throw WrongUsage("--hex and --json are two forms of the output: omit one");
        if (arguments->length == 0u)
            throw WrongUsage("--length", "0 bytes\n  hint: ask for 1 or more");
        take_words(*arguments, *words);
    });
    return [arguments](Console& console) {
        return arguments->registers ? dump_registers(*arguments, console)
                                    : dump(*arguments, console);
    };
}

}  // namespace

constexpr Command dump_command{
    .name = "dump",
    .summary = "copy a region, or part of it, to the terminal or a file",
    .usage =
        "DEVICE REGION [--offset N|NAME] [--length N] [--output FILE] [--width 8|16|32|64] [--hex] "
        "[--requests] [--shared] [--vf-token UUID] [--json]\n"
        "       openbar dump DEVICE [REGION] --registers [NAME...] [--card FILE] [--with-effects] "
        "[--requests] [--shared] [--vf-token UUID] [--json]",
    .description =
        R"(Reads the region with accesses of one width, in rising order. On a terminal, or with
--hex, prints lines of hexadecimal elements, each as a value of that width; lines that repeat the
line before are shortened to *. Into a pipe, or with --output, writes the raw bytes, each element
with its lowest byte first.

With --registers, reads each described register once, and prints its offset, name and value, and its
fields. Registers that reading changes or that are write-only are left out, and listed on standard
error; --with-effects reads them. NAME is a register or a pattern such as 'RX[3].*'.

The file of --output appears when it is complete: after an error or Ctrl-C, an earlier file of that
name is unchanged. Reading registers can have effects, as the data sheet documents; if in doubt, use
--offset and --length.
)",
    .examples =
        R"(  openbar dump 00:04.0 bar0 --length 0x100      the first 256 bytes, on the terminal
  openbar dump 00:04.0 rom --output card.rom    the expansion ROM, into a file
  openbar dump 00:04.0 config --width 8 | xxd   the configuration space, by bytes
  openbar dump 00:05.0 --registers              every described register, decoded
)",
    .json = true,
    .declare = declare_dump};

}  // namespace openbar::cli
