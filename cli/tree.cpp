#include "openbar/device_tree.hpp"

#include "base/printable.hpp"
#include "cli/commands.hpp"
#include "cli/device_tree/property_text.hpp"
#include "cli/support/arguments.hpp"
#include "cli/support/command_line.hpp"
#include "cli/support/json.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace openbar::cli {
namespace {

constexpr std::size_t longest_property = 4096;

struct TreeArguments {
    std::string path;
    std::string file;
};

std::string block_text(const PeripheralRegisters& block) {
    const std::string name = block.name.empty() ? "" : " " + printable(block.name);
    if (!block.physical) return fmt::format("{:#x} on its bus{}", block.bus_address, name);
    return fmt::format("{:#x}+{:#x}{}", block.physical->address, block.length, name);
}

std::string interrupt_text(const InterruptSpecifier& interrupt) {
    std::string cells;
    for (const std::uint32_t cell : interrupt.cells) cells += fmt::format("{:#x} ", cell);
    const std::string name =
        interrupt.name.empty() ? "" : fmt::format(" ({})", printable(interrupt.name));
    return fmt::format("{}at {}{}", cells, interrupt.controller, name);
}

/// "pl031@9010000  arm,pl031  0x9010000+0x1000"
void print_line(const DeviceTreeNode& node, std::size_t depth, Output& out) {
    std::string line(2 * depth, ' ');
    line += out.colored(Color::bold, node.parent() ? printable(node.name()) : "/");
    if (const auto models = node.compatible(); !models.empty())
        line += "  " + printable(models.front());
    if (const auto blocks = node.registers())
        for (const auto& block : *blocks) line += "  " + block_text(block);
    if (node.status() != DeviceTreeStatus::okay)
        line += fmt::format("  ({})", to_string(node.status()));
    out.print("{}\n", line);
}

void print_below(const DeviceTreeNode& node, std::size_t depth, Output& out) {
    for (const auto& child : node.children()) {
        if (out.closed()) return;
        print_line(child, depth, out);
        print_below(child, depth + 1, out);
    }
}

void print_registers(const DeviceTreeNode& node, Output& out) {
    const auto blocks = node.registers();
    if (!blocks && blocks.error().code == ErrorCode::not_found) return;
    if (!blocks) {
        out.print("  registers    none: {}\n", blocks.error().cause);
        return;
    }
    for (const auto& block : *blocks) {
        out.print("  registers    {}\n", block_text(block));
        if (!block.physical) {
            out.print("               no physical address: {}\n", block.physical.error().cause);
            if (const std::string& hint = block.physical.error().hint; !hint.empty())
                out.print("               hint: {}\n", hint);
        }
        if (block.physical && block.bus_address != block.physical->address)
            out.print("               {:#x} on its bus\n", block.bus_address);
    }
}

void print_interrupts(const DeviceTreeNode& node, Output& out) {
    const auto interrupts = node.interrupts();
    if (!interrupts) {
        out.print("  interrupts   unknown: {}\n", interrupts.error().cause);
        return;
    }
    for (const auto& interrupt : *interrupts)
        out.print("  interrupt    {}\n", interrupt_text(interrupt));
}

void print_in_full(const DeviceTreeNode& node, Output& out) {
    out.print("{}\n", out.colored(Color::bold, node.path()));
    out.print("  status       {}\n", to_string(node.status()));
    print_registers(node, out);
    print_interrupts(node, out);
    for (const auto name : node.property_names()) {
        const std::string value = property_text(name, *node.property(name), longest_property);
        out.print("  {}{}{}\n", printable(name), value.empty() ? "" : " = ", value);
    }
    if (node.children().empty()) return;
    out.print("\n");
    print_below(node, 1, out);
}

Json registers_json(const PeripheralRegisters& block) {
    Json json;
    if (!block.name.empty()) json["name"] = printable(block.name);
    json["bus_address"] = fmt::format("{:#x}", block.bus_address);
    json["length"] = block.length;
    if (block.physical) {
        json["physical_address"] = fmt::format("{:#x}", block.physical->address);
    } else {
        json["no_physical_address_because"] = block.physical.error().cause;
        if (const std::string& hint = block.physical.error().hint; !hint.empty())
            json["hint"] = hint;
    }
    return json;
}

Json node_json(const DeviceTreeNode& node) {
    Json json;
    json["path"] = node.path();
    json["compatible"] = Json::array();
    for (const auto& model : node.compatible()) json["compatible"].push_back(printable(model));
    json["status"] = to_string(node.status());
    if (const auto blocks = node.registers()) {
        for (const auto& block : *blocks) json["registers"].push_back(registers_json(block));
    } else if (blocks.error().code != ErrorCode::not_found) {
        json["no_registers_because"] = blocks.error().cause;
    }
    if (const auto interrupts = node.interrupts()) {
        for (const auto& interrupt : *interrupts)
            json["interrupts"].push_back({{"name", printable(interrupt.name)},
                                          {"controller", interrupt.controller},
                                          {"cells", interrupt.cells}});
    } else {
        json["no_interrupts_because"] = interrupts.error().cause;
    }
    for (const auto name : node.property_names()) {
        const auto value = *node.property(name);
        json["properties"][printable(name)] = property_text(name, value);
        json["property_bytes"][printable(name)] = property_bytes(value);
    }
    json["children"] = Json::array();
    for (const auto& child : node.children()) json["children"].push_back(node_json(child));
    return json;
}

Result<ExitCode> show_tree(const TreeArguments& arguments, Console& console) {
    const auto tree =
        arguments.file.empty() ? DeviceTree::live() : DeviceTree::from_file(arguments.file);
    if (!tree) return tree.error();
    const auto node = tree->find(arguments.path.empty() ? "/" : arguments.path);
    if (!node) return node.error();
    if (console.json) {
        print_json(console.out, node_json(*node));
    } else if (arguments.path.empty()) {
        print_line(*node, 0, console.out);
        print_below(*node, 1, console.out);
    } else {
        print_in_full(*node, console.out);
    }
    return ExitCode::done;
}

Run declare_tree(CommandLine& line) {
    auto arguments = std::make_shared<TreeArguments>();
    line.optional("PATH", "a node: a path, an alias, or &label (the whole tree)",
                  [arguments](const std::string& word) { arguments->path = word; });
    line.option("--dtb", "FILE", "a .dtb file, or a folder like /proc/device-tree",
                [arguments](const std::string& word) { arguments->file = word; });
    return [arguments](Console& console) { return show_tree(*arguments, console); };
}

}  // namespace

constexpr Command tree_command{
    .name = "tree",
    .summary = "the device tree: peripherals and the addresses of their registers",
    .usage = "[PATH] [--dtb FILE] [--json]",
    .description =
        R"(Prints a line for each node: its name, its compatible models, and its registers as
physical address + length, translated through the address windows of every bus above. With PATH,
prints all properties of that node, then a line for each node below.

Registers that the processor cannot reach are shown with their bus address; PATH then prints
the reason. docs/device-tree.md explains the translation.
)",
    .examples = R"(  openbar tree                              this system
  openbar tree serial0                      its first serial port
  openbar tree --dtb board.dtb /soc         a part of a file
  openbar read dt:/pl031@9010000 0 0        read a register of a node
)",
    .json = true,
    .declare = declare_tree};

}  // namespace openbar::cli
