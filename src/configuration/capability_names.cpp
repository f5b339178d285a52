// PCI Code and ID Assignment Specification, sections 2 and 3, as in linux/pci_regs.h.
#include "configuration/capability_names.hpp"

#include <array>

namespace openbar::configuration {
namespace {

constexpr std::array<std::string_view, 0x16> standard{"null",
                                                      "power management",
                                                      "AGP",
                                                      "VPD",
                                                      "slot id",
                                                      "MSI",
                                                      "CompactPCI hot swap",
                                                      "PCI-X",
                                                      "HyperTransport",
                                                      "vendor specific",
                                                      "debug port",
                                                      "CompactPCI control",
                                                      "hot plug",
                                                      "subsystem id",
                                                      "AGP 8x",
                                                      "secure device",
                                                      "PCI Express",
                                                      "MSI-X",
                                                      "SATA",
                                                      "advanced features",
                                                      "enhanced allocation",
                                                      "flattening portal bridge"};

constexpr std::array<std::string_view, 0x2f> extended_names{"null",
                                                            "advanced error reporting",
                                                            "virtual channel",
                                                            "device serial number",
                                                            "power budgeting",
                                                            "root complex link declaration",
                                                            "root complex internal link control",
                                                            "root complex event collector",
                                                            "multi-function virtual channel",
                                                            "virtual channel",
                                                            "root complex register block",
                                                            "vendor specific",
                                                            "configuration access correlation",
                                                            "access control services",
                                                            "alternative routing id",
                                                            "address translation services",
                                                            "single root I/O virtualization",
                                                            "multi root I/O virtualization",
                                                            "multicast",
                                                            "page request",
                                                            "reserved for AMD",
                                                            "resizable BAR",
                                                            "dynamic power allocation",
                                                            "TPH requester",
                                                            "latency tolerance reporting",
                                                            "secondary PCI Express",
                                                            "protocol multiplexing",
                                                            "process address space id",
                                                            "LN requester",
                                                            "downstream port containment",
                                                            "L1 PM substates",
                                                            "precision time measurement",
                                                            "PCI Express over M-PHY",
                                                            "FRS queueing",
                                                            "readiness time reporting",
                                                            "designated vendor specific",
                                                            "VF resizable BAR",
                                                            "data link feature",
                                                            "physical layer 16.0 GT/s",
                                                            "receiver lane margining",
                                                            "hierarchy id",
                                                            "native PCIe enclosure management",
                                                            "physical layer 32.0 GT/s",
                                                            "alternate protocol",
                                                            "system firmware intermediary",
                                                            "shadow functions",
                                                            "data object exchange"};

}  // namespace

std::string_view capability_name(std::uint16_t id, bool extended) noexcept {
    if (extended) return id < extended_names.size() ? extended_names[id] : "unknown";
    return id < standard.size() ? standard[id] : "unknown";
}

}  // namespace openbar::configuration
