#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/described_device.hpp"
#include "cli/support/place_words.hpp"
#include "cli/support/region_access.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace openbar::cli {
namespace {

struct WriteArguments {
    NameArguments common;
    PlaceWords place;
    std::uint64_t offset = 0;
    MaskedValue value;
    std::optional<unsigned> width{};  ///< bytes

    [[nodiscard]] unsigned bytes() const noexcept { return width.value_or(4); }
};

Result<ExitCode> write_offset(const WriteArguments& arguments) {
    auto device = Device::open(arguments.common.device, arguments.common.open);
    if (!device) return std::move(device).error();
    const auto access = RegionAccess::open(
        *device, *arguments.place.region, {arguments.offset, arguments.bytes()}, arguments.bytes(),
        arguments.value.mask ? Direction::modify : Direction::write, arguments.common.requests);
    if (!access) return access.error();

    std::uint64_t value = arguments.value.value;
    if (arguments.value.mask) {
        const auto old = access->read(arguments.offset);
        if (!old) return old.error();
        value = arguments.value.over(*old);
    }
    return done_or_error(access->write(arguments.offset, value));
}

Result<ExitCode> write_names(const WriteArguments& arguments) {
    OPENBAR_TRY(device, DescribedDevice::open(arguments.common));
    OPENBAR_TRY(writes, device.plan(arguments.place.names, arguments.common.effects()));
    std::vector<PlaceBus> buses;
    for (const description::Write& write : writes) {
        OPENBAR_TRY(bus,
                    device.bus(write.place, write.reads ? Direction::modify : Direction::write));
        buses.push_back(std::move(bus));
    }
    for (std::size_t i = 0; i < writes.size(); ++i) {
        OPENBAR_TRY(made, writes[i].make(buses[i]));
    }
    return ExitCode::done;
}

/// NAME VALUE is another way to write NAME=VALUE.
void join_name_and_value(std::vector<std::string>& words) {
    if (words.size() != 2 || words[0].find('=') != std::string::npos ||
        words[1].find('=') != std::string::npos)
        return;
    words = {words[0] + "=" + words[1]};
}

Run declare_write(CommandLine& line) {
    auto arguments = std::make_shared<WriteArguments>();
    add_device(line, arguments->common.device);
    auto words = std::make_shared<std::vector<std::string>>();
    line.words("PLACE",
               "REGION OFFSET VALUE, where VALUE:MASK reads once and changes only the bits that "
               "are set in MASK; or assignments to registers and fields by name",
               [words](const std::vector<std::string>& given) { *words = given; });
    add_width(line, arguments->width);
    add_name_options(line, arguments->common);
    line.flag("--requests", arguments->common.requests,
              "make requests, even if the region can be mapped");
    add_shared(line, arguments->common.open.shared);
    add_vf_token(line, arguments->common.open.vf_token);
    line.check([arguments, words] {
        arguments->place = place_words(*words, 1);
        arguments->common.region = arguments->place.region;
        if (!arguments->place.offset) {
            join_name_and_value(arguments->place.names);
            if (arguments->width)
                throw WrongUsage("--width", "it goes with an offset, and not with a name");
            return;
        }
        arguments->offset = value_or_throw("OFFSET", parse_number(*arguments->place.offset));
        arguments->value =
            value_or_throw("VALUE", parse_masked_value(arguments->place.names.front()));
        require_fit(arguments->value, arguments->bytes());
        refuse_name_options(arguments->common);
    });
    return [arguments](Console&) {
        if (arguments->place.offset) return write_offset(*arguments);
        auto done = write_names(*arguments);
        if (!done) refuse_misread_offset(arguments->place, done.error());
        return done;
    };
}

}  // namespace

constexpr Command write_command{
    .name = "write",
    .summary = "write registers, by name or by offset",
    .usage =
        "DEVICE REGION OFFSET VALUE[:MASK] [--width 8|16|32|64] [--requests] [--shared] "
        "[--vf-token UUID]\n"
        "       openbar write DEVICE [REGION] NAME=VALUE... [--card FILE] [--with-effects] "
        "[--requests] [--shared] [--vf-token UUID]",
    .description =
        R"(By offset: writes the value with one access of exactly the given width, and prints nothing.
It never reads, except with VALUE:MASK, which reads once, replaces the bits that are set in MASK by
those of VALUE, and writes the result once.

By name, in order:
  CTRL=0x41                  one write of the whole register
  CTRL.SLU=1 CTRL.SPEED=2    one read and one write, which change these fields
  CTRL:=SLU=1,SPEED=2        one write of the described reset value with these fields
The values of fields are numbers, or the names that the description gives them. Fields that a one
or a zero clears, sets or toggles are written so that nothing happens to them, unless they are
named. Changing fields is refused if reading the register or writing back what was read has
effects; --with-effects does it nevertheless.

Everything is checked first: after an error in what was asked nothing has been written. The data
sheet documents the effects of a write.
)",
    .examples = R"(  openbar write 00:04.0 bar0 0x4 0x12345678        one 32-bit write
  openbar write 00:04.0 bar0 0x20 0x80:0x80        set bit 7, keep the others
  openbar write 00:04.0 bar0 0x10 0xff --width 8   one 8-bit write
  openbar write sim:edu STATUS.INTERRUPT_WHEN_DONE=ON
  openbar write 00:05.0 CTRL.SLU=1 CTRL.SPEED=GBIT_1
)",
    .declare = declare_write};

}  // namespace openbar::cli
