#include "openbar/configuration.hpp"

#include "cli/commands.hpp"
#include "cli/configuration/capability_layouts.hpp"
#include "cli/configuration/header.hpp"
#include "cli/configuration/location.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/json.hpp"
#include "cli/support/text.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace openbar::cli {
namespace {

struct ConfigArguments {
    DeviceAddress device;
    OpenOptions open;
    std::optional<ConfigurationLocation> location;
    std::optional<MaskedValue> value;
};

/// The header, or one capability.
struct Block {
    std::string title;
    std::string kind{};         ///< "CAP_MSI"; empty for the header
    std::string setpci_name{};  ///< "CAP_VNDR@1"
    std::uint16_t offset = 0;
    std::vector<DecodedRegister> registers{};
};

Result<Block> read_header(const Configuration& configuration) {
    OPENBAR_TRY(type, configuration.region().read<std::uint8_t>(0x0e));
    OPENBAR_TRY(registers, read_registers(configuration, 0, {}, header_layout(type & 0x7f)));
    decode_base_addresses(registers);
    return Block{"header", {}, {}, 0, std::move(registers)};
}

/// What the function says of itself that its capabilities depend on.
Result<CapabilityOwner> read_owner(const Configuration& configuration,
                                   std::span<const PciCapability> capabilities) {
    constexpr std::uint16_t express = 0x10;
    const Region& region = configuration.region();
    const auto ids = region.read<std::uint32_t>(configuration::vendor_id.offset);
    if (!ids) return ids.error();
    CapabilityOwner owner{.vendor = static_cast<std::uint16_t>(*ids),
                          .device = static_cast<std::uint16_t>(*ids >> 16)};
    for (const PciCapability& capability : capabilities) {
        if (capability.id != express || capability.extended) continue;
        const auto flags = region.read<std::uint16_t>(capability.offset + 2u);
        if (!flags) return flags.error();
        owner.express_type = *flags >> 4 & 0xf;
    }
    return owner;
}

Result<Block> read_capability(const Configuration& configuration, CapabilityOwner owner,
                              const PciCapability& capability) {
    Block block{std::string(capability.name), {}, {}, capability.offset};
    const CapabilityLayout* layout = find_capability_layout(capability.id, capability.extended);
    const std::string prefix = capability.extended ? "ECAP" : "CAP";
    if (layout == nullptr) {
        block.kind = block.setpci_name =
            fmt::format("{}{:0{}x}", prefix, capability.id, capability.extended ? 4 : 2);
        return block;
    }
    block.kind = block.setpci_name = fmt::format("{}_{}", prefix, layout->setpci_name);
    const auto header = configuration.region().read<std::uint32_t>(capability.offset);
    if (!header) return header.error();
    owner.header = *header;
    auto registers = read_registers(configuration, capability.offset, owner, layout->registers);
    if (!registers) return std::move(registers).error();
    block.registers = std::move(*registers);
    return block;
}

Json block_json(const Block& block) {
    Json json;
    json["name"] = block.title;
    if (!block.setpci_name.empty()) json["setpci_name"] = block.setpci_name;
    json["offset"] = block.offset;
    json["registers"] = Json::array();
    for (const DecodedRegister& each : block.registers) {
        Json entry{{"name", each.name},
                   {"offset", each.offset},
                   {"width", 8 * each.width},
                   {"value", hex(each.value, each.width)}};
        for (const auto& [name, text] : each.fields) {
            if (text == "+" || text == "-")
                entry["fields"][name] = text == "+";
            else
                entry["fields"][name] = text;
        }
        json["registers"].push_back(std::move(entry));
    }
    return json;
}

std::string fields_text(const DecodedFields& fields) {
    std::string text;
    for (const auto& [name, value] : fields)
        text += fmt::format("{}{}{}{}", text.empty() ? "" : " ", name,
                            value == "+" || value == "-" ? "" : "=", value);
    return text;
}

void print(const Block& block, Output& out) {
    const std::string title =
        block.setpci_name.empty()
            ? block.title
            : fmt::format("{:#04x} {}: {}", block.offset, block.setpci_name, block.title);
    out.print("{}\n", out.colored(Color::bold, title));
    for (const DecodedRegister& each : block.registers) {
        std::string line = fmt::format("  0x{:03x} {:<24} {:<10}  {}", each.offset, each.name,
                                       hex(each.value, each.width), fields_text(each.fields));
        while (line.ends_with(' ')) line.pop_back();
        out.print("{}\n", line);
    }
}

/// Every block up to the first error, which is returned with what was read before it.
std::pair<std::vector<Block>, std::optional<Error>> read_blocks(
    const Configuration& configuration) {
    std::vector<Block> blocks;
    auto header = read_header(configuration);
    if (!header) return {std::move(blocks), std::move(header).error()};
    blocks.push_back(std::move(*header));
    const auto capabilities = configuration.capabilities();
    if (!capabilities) return {std::move(blocks), capabilities.error()};
    const auto owner = read_owner(configuration, *capabilities);
    if (!owner) return {std::move(blocks), owner.error()};
    for (const PciCapability& capability : *capabilities) {
        auto block = read_capability(configuration, *owner, capability);
        if (!block) return {std::move(blocks), std::move(block).error()};
        if (const auto before = std::ranges::count(blocks, block->kind, &Block::kind); before != 0)
            block->setpci_name += fmt::format("@{}", before);
        blocks.push_back(std::move(*block));
    }
    return {std::move(blocks), std::nullopt};
}

Result<ExitCode> print_all(const Device& device, const Configuration& configuration,
                           Console& console) {
    auto [blocks, error] = read_blocks(configuration);
    // The kernel shows the first 64 bytes to everybody, and the rest to root.
    const bool hidden = error && error->code == ErrorCode::permission_denied && !blocks.empty();
    if (console.json) {
        Json json{{"device", device.info().address}, {"blocks", Json::array()}};
        for (const Block& block : blocks) json["blocks"].push_back(block_json(block));
        if (hidden) json["hidden_because"] = error->cause;
        print_json(console.out, json);
    } else {
        for (const Block& block : blocks) print(block, console.out);
        if (hidden)
            console.out.print("capabilities\n  {}\n  hint: {}\n", error->cause, error->hint);
    }
    if (error && !hidden) return std::move(*error);
    return ExitCode::done;
}

Result<ExitCode> write_one(const Configuration& configuration, std::uint64_t offset, unsigned width,
                           const MaskedValue& value) {
    const Region& region = configuration.region();
    std::uint64_t written = value.value;
    if (value.mask) {
        const auto old = region.read_width(offset, width);
        if (!old) return old.error();
        written = value.over(*old);
    }
    return done_or_error(region.write_width(offset, width, written));
}

Result<ExitCode> config(const ConfigArguments& arguments, Console& console) {
    // Reading the configuration space disturbs nobody who has the device; writing may.
    OpenOptions options = arguments.open;
    options.shared = !arguments.value;
    auto device = Device::open(arguments.device, options);
    if (!device) return std::move(device).error();
    const auto configuration = device->configuration();
    if (!configuration) return configuration.error();
    if (!arguments.location) return print_all(*device, *configuration, console);

    const unsigned width = arguments.location->width;
    const auto offset = resolve(*arguments.location, *configuration);
    if (!offset) return offset.error();
    if (arguments.value) return write_one(*configuration, *offset, width, *arguments.value);
    const auto value = configuration->region().read_width(*offset, width);
    if (!value) return value.error();
    if (console.json)
        print_json(console.out, {{"device", device->info().address},
                                 {"offset", *offset},
                                 {"width", 8 * width},
                                 {"value", hex(*value, width)}});
    else
        console.out.print("{}\n", hex(*value, width));
    return ExitCode::done;
}

Run declare_config(CommandLine& line) {
    auto arguments = std::make_shared<ConfigArguments>();
    add_device(line, arguments->device);
    add_vf_token(line, arguments->open.vf_token);
    line.optional(
        "REGISTER",
        "a register by name (command, CAP_MSI+2.W) or an offset (0x40, 0x40.B); without it, all",
        [arguments](const std::string& text) {
            arguments->location = value_or_throw("REGISTER", parse_location(text));
        });
    line.optional("VALUE",
                  "the value to write; VALUE:MASK changes only the bits that are set in MASK",
                  [arguments](const std::string& text) {
                      arguments->value = value_or_throw("VALUE", parse_masked_value(text));
                  });
    line.check([arguments, &json = line.json()] {
        if (arguments->value && json)
            throw WrongUsage("--json goes with reading: a write prints nothing");
        if (arguments->value) require_fit(*arguments->value, arguments->location->width);
    });
    return [arguments](Console& console) { return config(*arguments, console); };
}

}  // namespace

constexpr Command config_command{
    .name = "config",
    .summary = "show, read and write the PCI configuration space",
    .usage = "DEVICE [NAME|OFFSET[.B|.W|.L] [VALUE[:MASK]]] [--vf-token UUID] [--json]",
    .description =
        R"(Without a register, prints the whole header and every capability, decoded, with lspci's
names of fields: Name+ and Name- for single bits, Name=value for others.

With a register, prints its value. With a value, writes it and prints nothing. A register is
  command, vendor_id, bar0, …    a register of the header, with setpci's name, in its width
  CAP_MSI+2.W, ECAP_AER+0x10     an offset in a capability
  CAP05+2.W, ECAP0001+4          the same by the capability's id, in hexadecimal
  CAP_VNDR@0, CAP_VNDR@1         the first and the second of several
  0x40, 0x40.W, 64.B             an offset
The suffixes .B, .W and .L mean 8, 16 and 32 bits. Offsets and capabilities have 32 bits by default.

For users of setpci: numbers are decimal unless they begin with 0x: setpci's CAP_EXP+10.w is
CAP_EXP+0x10.W here. Values have no equals sign.
)",
    .examples = R"(  openbar config 00:04.0                      everything, decoded
  openbar config 00:04.0 vendor_id            0x1234
  openbar config 00:04.0 command 4:4          switch bus mastering on, keep the other bits
  openbar config 00:04.0 CAP_MSI+2.W          the message control register of MSI
)",
    .json = true,
    .declare = declare_config};

}  // namespace openbar::cli
