#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/region_access.hpp"

#include <memory>

namespace openbar::cli {
namespace {

struct WriteArguments {
    DeviceAddress device;
    RegionIndex region = 0;
    std::uint64_t offset = 0;
    MaskedValue value;
    unsigned width = 4;
    bool requests = false;
    OpenOptions open;
};

Result<ExitCode> write(const WriteArguments& arguments) {
    auto device = Device::open(arguments.device, arguments.open);
    if (!device) return std::move(device).error();
    const auto access = RegionAccess::open(
        *device, arguments.region, {arguments.offset, arguments.width}, arguments.width,
        arguments.value.mask ? Direction::modify : Direction::write, arguments.requests);
    if (!access) return access.error();

    std::uint64_t value = arguments.value.value;
    if (arguments.value.mask) {
        const auto old = access->read(arguments.offset);
        if (!old) return old.error();
        value = arguments.value.over(*old);
    }
    return done_or_error(access->write(arguments.offset, value));
}

Run declare_write(CommandLine& line) {
    auto arguments = std::make_shared<WriteArguments>();
    add_device(line, arguments->device);
    add_region(line, arguments->region);
    add_offset(line, arguments->offset);
    add_masked_value(line, arguments->value);
    add_width(line, arguments->width);
    line.flag("--requests", arguments->requests, "make requests, even if the region can be mapped");
    add_shared(line, arguments->open.shared);
    add_vf_token(line, arguments->open.vf_token);
    line.check([arguments] { require_fit(arguments->value, arguments->width); });
    return [arguments](Console&) { return write(*arguments); };
}

}  // namespace

constexpr Command write_command{
    .name = "write",
    .summary = "write a value to a region",
    .usage =
        "DEVICE REGION OFFSET VALUE[:MASK] [--width 8|16|32|64] [--requests] [--shared] "
        "[--vf-token UUID]",
    .description =
        R"(Writes the value with one access of exactly the given width, and prints nothing. It never
reads, except with VALUE:MASK, which reads once, replaces the bits that are set in MASK by those of
VALUE, and writes the result once.

Everything is checked first: after an error nothing has been written. The data sheet documents the
effects of a write.
)",
    .examples = R"(  openbar write 00:04.0 bar0 0x4 0x12345678        one 32-bit write
  openbar write 00:04.0 bar0 0x20 0x80:0x80        set bit 7, keep the others
  openbar write 00:04.0 bar0 0x10 0xff --width 8   one 8-bit write
)",
    .declare = declare_write};

}  // namespace openbar::cli
