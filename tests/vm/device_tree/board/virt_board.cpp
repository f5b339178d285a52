// Runs on QEMU's ARM board `virt`: reads the live device tree, finds the pl031 clock in it, and
// reads and sets that clock through /dev/mem. Exit code 0 if all is as it must be.
//
// Registers and identification: ARM PrimeCell Real Time Clock (PL031) Technical Reference Manual
// (DDI 0224), chapter 3.
#include "openbar/device_tree.hpp"

#include "base/file_descriptor.hpp"
#include "base/file_mapping.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <set>
#include <string>

namespace {

using openbar::DeviceTree;
using openbar::DeviceTreeNode;

int failures = 0;

void check(bool holds, const std::string& what) {
    std::printf("%s %s\n", holds ? "ok    " : "FAILED", what.c_str());
    failures += holds ? 0 : 1;
}

void collect_paths(const DeviceTreeNode& node, std::set<std::string>& paths) {
    paths.insert(node.path());
    for (const auto& child : node.children()) collect_paths(child, paths);
}

/// The board names its nodes by where the processor sees them.
void check_unit_addresses(const DeviceTree& tree) {
    int compared = 0;
    bool equal = true;
    for (const auto& node : tree.root().children()) {
        const auto at = node.name().find('@');
        const auto blocks = node.registers();
        if (at == std::string_view::npos || !blocks || !blocks->front().physical) continue;
        std::uint64_t unit = 0;
        std::from_chars(node.name().data() + at + 1, node.name().data() + node.name().size(), unit,
                        16);
        // The PCI host is named by its memory window, its registers are the configuration space.
        if (node.is_compatible("pci-host-ecam-generic")) continue;
        equal &= blocks->front().physical->address == unit;
        ++compared;
    }
    check(equal && compared > 20,
          std::to_string(compared) + " nodes have their registers where their names say");
}

void check_interrupts(const DeviceTreeNode& clock) {
    const auto interrupts = clock.interrupts();
    check(interrupts && interrupts->size() == 1 &&
              interrupts->front().controller == "/intc@8000000" &&
              interrupts->front().cells == std::vector<std::uint32_t>{0, 2, 4},
          "its interrupt is shared interrupt 2 of the GIC, level-triggered");
}

class Clock {
public:
    explicit Clock(std::byte* base) : base_(base) {}
    [[nodiscard]] std::uint32_t load(std::size_t offset) const {
        return *reinterpret_cast<volatile std::uint32_t*>(base_ + offset);
    }
    void store(std::size_t offset, std::uint32_t value) const {
        *reinterpret_cast<volatile std::uint32_t*>(base_ + offset) = value;
    }

private:
    std::byte* base_;
};

void check_clock(const Clock& clock) {
    constexpr std::size_t data = 0x0;
    constexpr std::size_t load = 0x8;
    constexpr std::size_t identification = 0xfe0;
    constexpr std::array<std::uint32_t, 8> expected{0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    bool identified = true;
    for (std::size_t i = 0; i < expected.size(); ++i)
        identified &= clock.load(identification + 4 * i) == expected[i];
    check(identified, "it identifies itself as a pl031");
    const std::uint32_t before = clock.load(data);
    ::sleep(2);
    const std::uint32_t after = clock.load(data);
    check(after > before && after - before < 60, "its time goes on");
    clock.store(load, 0x1234'5678);
    const std::uint32_t set = clock.load(data);
    check(set >= 0x1234'5678 && set - 0x1234'5678 < 60, "its time can be set");
}

void check_board(const DeviceTree& tree) {
    const auto blob = DeviceTree::from_file("/sys/firmware/fdt");
    std::set<std::string> live_paths;
    std::set<std::string> blob_paths;
    collect_paths(tree.root(), live_paths);
    if (blob) collect_paths(blob->root(), blob_paths);
    check(!blob_paths.empty() && live_paths == blob_paths,
          "/proc/device-tree and /sys/firmware/fdt have the same " +
              std::to_string(live_paths.size()) + " nodes");
    check_unit_addresses(tree);
}

}  // namespace

int main() {
    const auto tree = DeviceTree::live();
    if (!tree) {
        std::printf("FAILED %s\n", tree.error().message().c_str());
        return 1;
    }
    check_board(*tree);
    const auto peripheral = openbar::resolve_peripheral("/pl031");
    const auto node = tree->find("/pl031@9010000");
    if (!peripheral || !node) {
        std::printf("FAILED %s\n",
                    (peripheral ? node.error() : peripheral.error()).message().c_str());
        return 1;
    }
    const auto range = peripheral->registers.front().physical.value();
    check(peripheral->path == "/pl031@9010000" && peripheral->registers.size() == 1 &&
              range == openbar::PhysicalRange{0x9010000, 0x1000},
          "the pl031 clock has 4 KiB of registers at 0x9010000");
    check(node->is_compatible("arm,pl031"), "it is compatible with arm,pl031");
    check_interrupts(*node);
    const openbar::FileDescriptor memory(::open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC));
    const auto mapping =
        openbar::map_file(memory.get(), {range.address, range.length}, true, "map it", nullptr);
    if (!mapping) {
        std::printf("FAILED %s\n", mapping.error().message().c_str());
        return 1;
    }
    check_clock(Clock(mapping->base));
    return failures == 0 ? 0 : 1;
}
