#include "openbar/register_access.hpp"

#include "cli/commands.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/decoded.hpp"
#include "cli/support/stop_request.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace openbar::cli {
namespace {

struct WaitArguments {
    NameArguments common;
    std::string name;
    std::string value;
    std::optional<double> timeout{};
};

/// A register, and what is awaited of it.
struct Condition {
    description::Place place;
    std::optional<description::Field> field;
    std::uint64_t mask = 0;
    std::uint64_t value = 0;  ///< within the mask
};

Result<Condition> find_condition(const DescribedDevice& device, const WaitArguments& arguments) {
    OPENBAR_TRY(named, device.find(arguments.name));
    if (named.by_pattern)
        return Error{ErrorCode::invalid_argument, "wait for " + arguments.name,
                     "a pattern is not one register", "name one register or field"};
    Condition condition{named.places.front(), {}, ~std::uint64_t{0}, 0};
    if (named.fields.empty()) {
        OPENBAR_TRY(value, parse_number(arguments.value));
        condition.value = value;
    } else {
        condition.field = named.fields.front();
        OPENBAR_TRY(value, description::parse_value(*condition.field, arguments.value,
                                                    description::Use::reading));
        condition.mask = description::mask_of(*condition.field);
        condition.value = value << condition.field->low();
    }
    if (const std::string why = description::why_not_listed(condition.place.description());
        !why.empty() && !arguments.common.with_effects)
        return Error{ErrorCode::unsupported, "wait for " + arguments.name, why,
                     "--with-effects reads it, again and again"};
    return condition;
}

Timeout time_limit_of(const WaitArguments& arguments) {
    if (!arguments.timeout) return std::chrono::years(100);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(*arguments.timeout));
}

Result<ExitCode> wait(const WaitArguments& arguments, Console& console) {
    OPENBAR_TRY(device, DescribedDevice::open(arguments.common));
    OPENBAR_TRY(condition, find_condition(device, arguments));
    OPENBAR_TRY(bus, device.bus(condition.place, Direction::read));
    const StopRequest stop;
    const detail::Polling polling(time_limit_of(arguments));
    for (;;) {
        const bool last = polling.expired();
        OPENBAR_TRY(image, description::read(condition.place, bus));
        if ((image & condition.mask) == condition.value) {
            DecodedOutput output(device, console, false);
            output.show(condition.place, image, condition.field);
            output.finish();
            return ExitCode::done;
        }
        if (last)
            return Error{ErrorCode::timed_out,
                         fmt::format("wait for {}={}", arguments.name, arguments.value),
                         fmt::format("not within {} s; {} last read {}", *arguments.timeout,
                                     condition.place.name(),
                                     value_text(condition.place.description(), image)),
                         ""};
        if (stop.made()) return interrupted("wait for " + arguments.name);
        polling.pause();
    }
}

Run declare_wait(CommandLine& line) {
    auto arguments = std::make_shared<WaitArguments>();
    add_device(line, arguments->common.device);
    auto words = std::make_shared<std::vector<std::string>>();
    line.words("NAME=VALUE", "a register or field, and the value to wait for",
               [words](const std::vector<std::string>& given) { *words = given; });
    add_seconds(line, "--timeout", arguments->timeout,
                "end with exit code 3 after this time (never)");
    add_name_options(line, arguments->common);
    line.flag("--requests", arguments->common.requests,
              "make requests, even if the region can be mapped");
    add_shared(line, arguments->common.open.shared);
    add_vf_token(line, arguments->common.open.vf_token);
    line.check([arguments, words] {
        if (words->size() == 2)
            arguments->common.region = value_or_throw("REGION", parse_region(words->front()));
        const std::size_t equals = words->empty() ? 0 : words->back().find('=');
        if (words->empty() || words->size() > 2 || equals == std::string::npos || equals == 0)
            throw WrongUsage("NAME=VALUE", "write one condition, such as STATUS.DONE=1");
        arguments->name = words->back().substr(0, equals);
        arguments->value = words->back().substr(equals + 1);
    });
    return [arguments](Console& console) { return wait(*arguments, console); };
}

}  // namespace

constexpr Command wait_command{
    .name = "wait",
    .summary = "wait until a register or field has a value",
    .usage =
        "DEVICE [REGION] NAME=VALUE [--timeout SECONDS] [--card FILE] [--with-effects] "
        "[--requests] [--shared] [--vf-token UUID] [--json]",
    .description =
        R"(Reads one register until it, or one field of it, has the value; prints it as 'read' does
then. Polls without a pause for 50 us, and then less and less often, at least every millisecond.
Reads once more after --timeout, and then ends with exit code 3. A register that reading changes is
refused; --with-effects reads it.
)",
    .examples = R"(  openbar wait sim:edu STATUS.COMPUTING=DONE --timeout 1s
  openbar wait 00:05.0 STATUS.LU=UP --timeout 5
)",
    .json = true,
    .declare = declare_wait};

}  // namespace openbar::cli
