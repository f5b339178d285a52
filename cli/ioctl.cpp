#include "cli/commands.hpp"
#include "cli/ioctl/control_code.hpp"
#include "cli/ioctl/send.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/command_line.hpp"
#include "cli/support/hexdump.hpp"
#include "cli/support/input_file.hpp"
#include "cli/support/json.hpp"
#include "cli/support/output_file.hpp"
#include "cli/support/text.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>

namespace openbar::cli {
namespace {

struct IoctlArguments {
    std::string action;
    std::string first, second;  ///< by their place, behind the action
    std::optional<std::uint16_t> device_type{};
    std::optional<std::uint64_t> function{};
    std::optional<TransferMethod> method{};
    std::optional<RequiredAccess> access{};
    std::string input, bulk;
    std::optional<std::uint64_t> out{};
    std::string output;
    std::uint32_t code = 0;
};

constexpr std::array<std::string_view, 4> what_happens{
    "one kernel buffer holds a copy of the input, and then the output",
    "the first buffer is copied, the second is locked and read by the driver in place",
    "the first buffer is copied, the second is locked and filled by the driver in place",
    "the driver gets the program's own pointers, and must check them"};
constexpr std::array<std::string_view, 4> who_may{"any handle", "handles opened for reading",
                                                  "handles opened for writing",
                                                  "handles opened for both"};

Json code_json(const ControlCode& code) {
    const auto name = device_type_name(code.device_type);
    Json json{{"code", hex(code.encode(), 4)},
              {"device_type", {{"value", hex(code.device_type, 2)}}},
              {"function",
               {{"value", code.function},
                {"vendor", code.function >= ControlCode::first_vendor_function}}},
              {"method", c_name(code.method)},
              {"access", c_name(code.access)},
              {"c", c_text(code)}};
    if (name) json["device_type"]["name"] = fmt::format("FILE_DEVICE_{}", *name);
    json["device_type"]["vendor"] = code.device_type >= ControlCode::first_vendor_type;
    return json;
}

void print_fields(const ControlCode& code, Output& out) {
    const auto whose = [](bool vendor) { return vendor ? "a vendor's" : "Microsoft's"; };
    const auto name = device_type_name(code.device_type);
    out.print("{}  {}\n", out.colored(Color::bold, hex(code.encode(), 4)), c_text(code));
    out.print("  device type  {}, {}{}\n", hex(code.device_type, 2),
              whose(code.device_type >= ControlCode::first_vendor_type),
              name ? fmt::format(": FILE_DEVICE_{}", *name) : "");
    out.print("  function     {:#05x}, {}\n", code.function,
              whose(code.function >= ControlCode::first_vendor_function));
    out.print("  method       {}: {}\n", c_name(code.method),
              what_happens[static_cast<std::size_t>(code.method)]);
    out.print("  access       {}: {}\n", c_name(code.access),
              who_may[static_cast<std::size_t>(code.access)]);
}

/// Control codes are written in hexadecimal nearly everywhere, and "222010" is a number in both.
void note_decimal(const std::string& word, std::uint32_t code, Output& diagnostics) {
    constexpr std::size_t fewest_digits = 5;  // of a code with a device type
    if (word.size() < fewest_digits || word.find_first_not_of("0123456789") != word.npos) return;
    diagnostics.print(
        "openbar: {} is read as a decimal number, {:#x}\n  hint: for a hexadecimal "
        "one write 0x{}\n",
        word, code, word);
}

Result<ExitCode> decode(const IoctlArguments& arguments, Console& console) {
    note_decimal(arguments.first, arguments.code, console.diagnostics);
    const ControlCode code = ControlCode::decode(arguments.code);
    if (console.json)
        print_json(console.out, code_json(code));
    else
        print_fields(code, console.out);
    return ExitCode::done;
}

Result<ExitCode> encode(const IoctlArguments& arguments, Console& console) {
    const ControlCode code{.device_type = *arguments.device_type,
                           .function = static_cast<std::uint16_t>(arguments.function.value_or(0)),
                           .method = arguments.method.value_or(TransferMethod::buffered),
                           .access = arguments.access.value_or(RequiredAccess::any)};
    if (console.json)
        print_json(console.out, code_json(code));
    else
        console.out.print("{}\n", hex(code.encode(), 4));
    return ExitCode::done;
}

/// "48 65 6c" or "48656c", or the bytes of a file: "@FILE".
Result<std::string> bytes_of(std::string_view text) {
    if (text.starts_with('@')) {
        OPENBAR_TRY(file, InputFile::open(std::string(text.substr(1))));
        // One byte more than the limit, so that an endless file is an error and is not read.
        return file.rest(ControlRequest::largest_buffer + 1);
    }
    std::string digits;
    std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != ' '; });
    if (digits.size() % 2 != 0 || digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos)
        return Error{ErrorCode::invalid_argument, fmt::format("read the bytes '{}'", text),
                     "bytes are written with two hexadecimal digits each, or as @FILE"};
    std::string bytes;
    for (std::size_t at = 0; at < digits.size(); at += 2)
        bytes.push_back(static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16)));
    return bytes;
}

Result<ControlRequest> request_of(const IoctlArguments& arguments) {
    ControlRequest request{.path = arguments.first, .code = arguments.code};
    auto input = bytes_of(arguments.input);
    if (!input) return std::move(input).error();
    auto output = bytes_of(arguments.bulk);
    if (!output) return std::move(output).error();
    const std::uint64_t room = arguments.out.value_or(output->size());
    if (std::max<std::uint64_t>({input->size(), output->size(), room}) >
        ControlRequest::largest_buffer)
        return Error{ErrorCode::out_of_range, fmt::format("send {}", hex(request.code, 4)),
                     fmt::format("a buffer has at most {} bytes", ControlRequest::largest_buffer)};
    request.input = std::move(*input);
    request.output = std::move(*output);
    request.output.resize(static_cast<std::size_t>(room));
    return request;
}

Result<void> write_to(const std::string& path, std::string_view bytes) {
    auto file = OutputFile::create(path);
    if (!file) return std::move(file).error();
    if (auto written = file->write(bytes); !written) return written;
    return file->commit();
}

void print(const ControlAnswer& answer, Console& console) {
    if (!console.json) return Hexdump(console.out, 0, 1).add(answer.output);
    std::string digits;
    for (const char byte : answer.output)
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    print_json(
        console.out,
        {{"returned", answer.output.size()}, {"bytes", digits}, {"more_data", answer.more_data}});
}

Result<ExitCode> send(const IoctlArguments& arguments, Console& console) {
    auto request = request_of(arguments);
    if (!request) return std::move(request).error();
    note_decimal(arguments.second, arguments.code, console.diagnostics);
    const auto answer = send_control(std::move(*request));
    if (!answer) return answer.error();
    if (arguments.output.empty())
        print(*answer, console);
    else if (auto written = write_to(arguments.output, answer->output); !written)
        return std::move(written).error();
    if (!answer->more_data) return ExitCode::done;
    console.diagnostics.print(
        "openbar: the driver has more data than --out has room for (ERROR_MORE_DATA); what came "
        "may be the size that it needs\n");
    return ExitCode::failed;
}

std::uint32_t code_of(std::string_view argument, const std::string& word) {
    if (word.empty())
        throw WrongUsage(fmt::format("{} is missing: a control code, such as 0x222010", argument));
    const auto number = value_or_throw(argument, parse_number(word));
    if (number > UINT32_MAX) throw WrongUsage(argument, "control codes have 32 bits");
    return static_cast<std::uint32_t>(number);
}

void check_encode(const IoctlArguments& arguments) {
    if (!arguments.first.empty())
        throw WrongUsage(fmt::format("'{}': encode takes options only", arguments.first));
    if (!arguments.device_type) throw WrongUsage("encode needs --device-type");
    if (arguments.function.value_or(0) > ControlCode::last_function)
        throw WrongUsage("--function",
                         "functions have 12 bits: 0 to 0xfff; Microsoft's are below "
                         "0x800, yours from there on");
}

void check(IoctlArguments& arguments, bool json) {
    const bool sends = arguments.action == "send";
    if (arguments.action == "decode") {
        arguments.code = code_of("CODE", arguments.first);
    } else if (arguments.action == "encode") {
        check_encode(arguments);
    } else if (sends) {
        if (arguments.first.empty()) throw WrongUsage("PATH is missing: \\\\.\\Name or Name");
        arguments.code = code_of("CODE", arguments.second);
    } else {
        throw WrongUsage("ACTION",
                         fmt::format("'{}' is none of decode, encode, send", arguments.action));
    }
    if (!sends && !arguments.second.empty())
        throw WrongUsage(
            fmt::format("'{}': {} takes one code", arguments.second, arguments.action));
    if (arguments.action != "encode" &&
        (arguments.device_type || arguments.function || arguments.method || arguments.access))
        throw WrongUsage("--device-type, --function, --method and --access need encode");
    if (!sends && (arguments.out || !(arguments.input + arguments.bulk + arguments.output).empty()))
        throw WrongUsage("--in, --bulk, --out and --output need send");
    if (json && !arguments.output.empty())
        throw WrongUsage("--output writes raw bytes: omit --json, or redirect the standard output");
}

Run declare_ioctl(CommandLine& line) {
    auto arguments = std::make_shared<IoctlArguments>();
    line.required("ACTION", "decode, encode or send",
                  [arguments](const std::string& word) { arguments->action = word; });
    line.optional("CODE|PATH", "the code to decode, or the device to send to",
                  [arguments](const std::string& word) { arguments->first = word; });
    line.optional("CODE", "the code to send",
                  [arguments](const std::string& word) { arguments->second = word; });
    line.option("--device-type", "TYPE", "a number, or FILE_DEVICE_UNKNOWN, or unknown",
                [arguments](const std::string& word) {
                    arguments->device_type =
                        value_or_throw("--device-type", parse_device_type(word));
                });
    add_number(line, "--function", arguments->function,
               "0 to 0xfff; vendors' functions start at 0x800 (0)");
    line.option("--method", "METHOD", "buffered, in-direct, out-direct or neither (buffered)",
                [arguments](const std::string& word) {
                    arguments->method = value_or_throw("--method", parse_transfer_method(word));
                });
    line.option("--access", "ACCESS", "any, read, write or read-write (any)",
                [arguments](const std::string& word) {
                    arguments->access = value_or_throw("--access", parse_required_access(word));
                });
    line.option("--in", "HEX|@FILE", "bytes of the first buffer (none)",
                [arguments](const std::string& word) { arguments->input = word; });
    line.option("--bulk", "HEX|@FILE", "contents of the second buffer before the call (zeros)",
                [arguments](const std::string& word) { arguments->bulk = word; });
    add_number(line, "--out", arguments->out, "bytes of the second buffer (those of --bulk, or 0)");
    line.option("--output", "FILE", "write the output to this file, raw",
                [arguments](const std::string& word) { arguments->output = word; });
    line.check([arguments, &json = line.json()] { check(*arguments, json); });
    return [arguments](Console& console) {
        if (arguments->action == "decode") return decode(*arguments, console);
        if (arguments->action == "encode") return encode(*arguments, console);
        return send(*arguments, console);
    };
}

}  // namespace

constexpr Command ioctl_command{
    .name = "ioctl",
    .summary = "decode, encode and send Windows' control codes",
    .usage =
        "decode CODE\n"
        "       openbar ioctl encode --device-type T [--function N] [--method M] [--access A]\n"
        "       openbar ioctl send PATH CODE [--in HEX|@FILE] [--out BYTES]",
    .description =
        R"(A control code contains the function of a driver, the method for its buffers, and the
access that the handle needs. This works for every driver, not only for openbar's.

send opens PATH (\\.\Name, Name alone, or the path of a device interface) with the access that the
code requires, and prints the output in hexadecimal. For METHOD_IN_DIRECT the second buffer is
input, too: --bulk fills it. The driver decides what a request does: a wrong request to a disk
driver can destroy data.
)",
    .examples = R"(  openbar ioctl decode 0x222010
  openbar ioctl encode --device-type unknown --function 0x804 --method buffered --access any
  openbar ioctl send OpenbarSharedBuffer 0x22200c --out 4
)",
    .json = true,
    .declare = declare_ioctl};

}  // namespace openbar::cli
