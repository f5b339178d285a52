// PCI Local Bus Specification 3.0, section 6.8 (MSI, MSI-X); PCI Bus Power Management Interface
// Specification 1.2, chapter 3; PCI Express Base Specification, chapter 7; ids and setpci names as
// `setpci --dumpregs` lists them.
#include "cli/configuration/capability_layouts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace openbar::cli {
namespace {

constexpr std::array pm_capability_fields{
    Field{2, 0, "Version"},
    Field{3, 3, "PMEClk"},
    Field{5, 5, "DSI"},
    Field{8, 6, "AuxCurrent", "0mA,55mA,100mA,160mA,220mA,270mA,320mA,375mA"},
    Field{9, 9, "D1"},
    Field{10, 10, "D2"},
    Field{11, 11, "PME(D0)"},
    Field{12, 12, "PME(D1)"},
    Field{13, 13, "PME(D2)"},
    Field{14, 14, "PME(D3hot)"},
    Field{15, 15, "PME(D3cold)"}};
constexpr std::array pm_control_fields{Field{1, 0, "State", "D0,D1,D2,D3hot"},
                                       Field{3, 3, "NoSoftRst"},
                                       Field{8, 8, "PME-Enable"},
                                       Field{12, 9, "DSel"},
                                       Field{14, 13, "DScale"},
                                       Field{15, 15, "PME"}};
constexpr std::array pm_registers{RegisterLayout{"capabilities", 2, 2, pm_capability_fields},
                                  RegisterLayout{"control", 4, 2, pm_control_fields}};

constexpr std::string_view powers_of_two = "1,2,4,8,16,32";
constexpr std::array msi_control_fields{
    Field{0, 0, "Enable"}, Field{3, 1, "Capable", powers_of_two},
    Field{6, 4, "Enabled", powers_of_two}, Field{7, 7, "64bit"}, Field{8, 8, "Maskable"}};
bool has_64bit_address(const CapabilityOwner& owner) {
    return (owner.header >> 23 & 1) != 0;
}
bool has_32bit_address(const CapabilityOwner& owner) {
    return !has_64bit_address(owner);
}
bool masks_with_64bit_address(const CapabilityOwner& owner) {
    return has_64bit_address(owner) && (owner.header >> 24 & 1) != 0;
}
bool masks_with_32bit_address(const CapabilityOwner& owner) {
    return has_32bit_address(owner) && (owner.header >> 24 & 1) != 0;
}
constexpr std::array msi_registers{RegisterLayout{"control", 2, 2, msi_control_fields},
                                   RegisterLayout{"address", 4, 4},
                                   RegisterLayout{"address_high", 8, 4, {}, has_64bit_address},
                                   RegisterLayout{"data", 8, 2, {}, has_32bit_address},
                                   RegisterLayout{"data", 12, 2, {}, has_64bit_address},
                                   RegisterLayout{"mask", 12, 4, {}, masks_with_32bit_address},
                                   RegisterLayout{"pending", 16, 4, {}, masks_with_32bit_address},
                                   RegisterLayout{"mask", 16, 4, {}, masks_with_64bit_address},
                                   RegisterLayout{"pending", 20, 4, {}, masks_with_64bit_address}};

constexpr std::array msix_control_fields{Field{10, 0, "LastVector"}, Field{14, 14, "Masked"},
                                         Field{15, 15, "Enable"}};
constexpr std::array msix_table_fields{Field{2, 0, "BAR"}, Field{31, 3, "Offset", {}, true}};
constexpr std::array msix_registers{RegisterLayout{"control", 2, 2, msix_control_fields},
                                    RegisterLayout{"table", 4, 4, msix_table_fields},
                                    RegisterLayout{"pending_bits", 8, 4, msix_table_fields}};

constexpr std::array subsystem_registers{RegisterLayout{"subsystem_vendor_id", 4, 2},
                                         RegisterLayout{"subsystem_id", 6, 2}};
constexpr std::array serial_registers{RegisterLayout{"serial_low", 4, 4},
                                      RegisterLayout{"serial_high", 8, 4}};
constexpr std::array ats_capability_fields{Field{4, 0, "QueueDepth"}, Field{5, 5, "PageAligned"}};
constexpr std::array ats_control_fields{Field{4, 0, "STU"}, Field{15, 15, "Enable"}};
constexpr std::array ats_registers{RegisterLayout{"capabilities", 4, 2, ats_capability_fields},
                                   RegisterLayout{"control", 6, 2, ats_control_fields}};
constexpr std::array ari_capability_fields{Field{0, 0, "MFVC"}, Field{1, 1, "ACS"},
                                           Field{15, 8, "NextFunction"}};
constexpr std::array ari_registers{RegisterLayout{"capabilities", 4, 2, ari_capability_fields},
                                   RegisterLayout{"control", 6, 2}};
constexpr std::array acs_fields{Field{0, 0, "SrcValid"},    Field{1, 1, "TransBlk"},
                                Field{2, 2, "ReqRedir"},    Field{3, 3, "CmpltRedir"},
                                Field{4, 4, "UpstreamFwd"}, Field{5, 5, "EgressCtrl"},
                                Field{6, 6, "DirectTrans"}};
constexpr std::array acs_registers{RegisterLayout{"capabilities", 4, 2, acs_fields},
                                   RegisterLayout{"control", 6, 2, acs_fields}};
constexpr std::array sriov_control_fields{Field{0, 0, "Enable"}, Field{1, 1, "Migration"},
                                          Field{2, 2, "MigrationInterrupt"}, Field{3, 3, "MSE"},
                                          Field{4, 4, "ARIHierarchy"}};
constexpr std::array sriov_registers{RegisterLayout{"capabilities", 0x04, 4},
                                     RegisterLayout{"control", 0x08, 2, sriov_control_fields},
                                     RegisterLayout{"status", 0x0a, 2},
                                     RegisterLayout{"initial_vfs", 0x0c, 2},
                                     RegisterLayout{"total_vfs", 0x0e, 2},
                                     RegisterLayout{"num_vfs", 0x10, 2},
                                     RegisterLayout{"vf_offset", 0x14, 2},
                                     RegisterLayout{"vf_stride", 0x16, 2},
                                     RegisterLayout{"vf_device_id", 0x1a, 2}};

const std::vector<CapabilityLayout>& layouts() {
    static const std::vector<CapabilityLayout> all{
        {0x01, false, "PM", pm_registers},
        {0x02, false, "AGP"},
        {0x03, false, "VPD"},
        {0x04, false, "SLOTID"},
        {0x05, false, "MSI", msi_registers},
        {0x06, false, "CHSWP"},
        {0x07, false, "PCIX"},
        {0x08, false, "HT"},
        {0x09, false, "VNDR", vendor_specific_registers()},
        {0x0a, false, "DBG"},
        {0x0b, false, "CCRC"},
        {0x0c, false, "HOTPLUG"},
        {0x0d, false, "SSVID", subsystem_registers},
        {0x0e, false, "AGP3"},
        {0x0f, false, "SECURE"},
        {0x10, false, "EXP", pci_express_registers()},
        {0x11, false, "MSIX", msix_registers},
        {0x12, false, "SATA"},
        {0x13, false, "AF"},
        {0x14, false, "EA"},
        {0x01, true, "AER", error_reporting_registers()},
        {0x02, true, "VC"},
        {0x03, true, "DSN", serial_registers},
        {0x04, true, "PB"},
        {0x05, true, "RCLINK"},
        {0x06, true, "RCILINK"},
        {0x07, true, "RCEC"},
        {0x08, true, "MFVC"},
        {0x09, true, "VC2"},
        {0x0a, true, "RBCB"},
        {0x0b, true, "VNDR"},
        {0x0d, true, "ACS", acs_registers},
        {0x0e, true, "ARI", ari_registers},
        {0x0f, true, "ATS", ats_registers},
        {0x10, true, "SRIOV", sriov_registers},
        {0x11, true, "MRIOV"},
        {0x12, true, "MCAST"},
        {0x13, true, "PRI"},
        {0x15, true, "REBAR"},
        {0x16, true, "DPA"},
        {0x17, true, "TPH"},
        {0x18, true, "LTR"},
        {0x19, true, "SECPCI"},
        {0x1a, true, "PMUX"},
        {0x1b, true, "PASID"},
        {0x1c, true, "LNR"},
        {0x1d, true, "DPC"},
        {0x1e, true, "L1PM"},
        {0x1f, true, "PTM"},
        {0x20, true, "M_PCIE"},
        {0x21, true, "FRS"},
        {0x22, true, "RTR"},
        {0x23, true, "DVSEC"},
        {0x24, true, "VF_REBAR"},
        {0x25, true, "DLNK"},
        {0x26, true, "16GT"},
        {0x27, true, "LMR"},
        {0x28, true, "HIER_ID"},
        {0x29, true, "NPEM"},
    };
    return all;
}

}  // namespace

const CapabilityLayout* find_capability_layout(std::uint16_t id, bool extended) {
    const auto found = std::ranges::find_if(layouts(), [&](const CapabilityLayout& layout) {
        return layout.id == id && layout.extended == extended;
    });
    return found == layouts().end() ? nullptr : &*found;
}

const CapabilityLayout* find_capability_layout(std::string_view setpci_name, bool extended) {
    const auto same = [&](const CapabilityLayout& layout) {
        return layout.extended == extended &&
               std::ranges::equal(layout.setpci_name, setpci_name, {}, {}, [](char letter) {
                   return static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
               });
    };
    const auto found = std::ranges::find_if(layouts(), same);
    return found == layouts().end() ? nullptr : &*found;
}

std::vector<std::string> capability_names() {
    std::vector<std::string> names;
    for (const CapabilityLayout& layout : layouts())
        names.push_back((layout.extended ? "ECAP_" : "CAP_") + std::string(layout.setpci_name));
    return names;
}

}  // namespace openbar::cli
