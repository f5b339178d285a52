// PCI Express Base Specification, section 7.5.3 (PCI Express capability structure).
#include "cli/configuration/capability_layouts.hpp"

#include <array>

namespace openbar::cli {
namespace {

constexpr std::string_view payload_sizes = "128,256,512,1024,2048,4096";
constexpr std::string_view link_speeds = "unknown,2.5GT/s,5GT/s,8GT/s,16GT/s,32GT/s,64GT/s";
constexpr std::string_view l0s_latencies = "<64ns,<128ns,<256ns,<512ns,<1us,<2us,<4us,unlimited";
constexpr std::string_view l1_latencies = "<1us,<2us,<4us,<8us,<16us,<32us,<64us,unlimited";
constexpr std::string_view aspm_states = "none,L0s,L1,L0s+L1";

constexpr std::array flag_fields{
    Field{3, 0, "Version"},
    Field{7, 4, "Type",
          "Endpoint,Legacy Endpoint,,,Root Port,Upstream Port,Downstream Port,"
          "PCI-Express to PCI/PCI-X Bridge,PCI/PCI-X to PCI-Express Bridge,"
          "Root Complex Integrated Endpoint,Root Complex Event Collector"},
    Field{8, 8, "Slot"}, Field{13, 9, "MSI"}};
constexpr std::array device_capability_fields{Field{2, 0, "MaxPayload", payload_sizes},
                                              Field{4, 3, "PhantFunc"},
                                              Field{5, 5, "ExtTag"},
                                              Field{8, 6, "L0sLatency", l0s_latencies},
                                              Field{11, 9, "L1Latency", l1_latencies},
                                              Field{15, 15, "RBE"},
                                              Field{25, 18, "SlotPowerLimit"},
                                              Field{28, 28, "FLReset"}};
constexpr std::array device_control_fields{Field{0, 0, "CorrErr"},
                                           Field{1, 1, "NonFatalErr"},
                                           Field{2, 2, "FatalErr"},
                                           Field{3, 3, "UnsupReq"},
                                           Field{4, 4, "RlxdOrd"},
                                           Field{7, 5, "MaxPayload", payload_sizes},
                                           Field{8, 8, "ExtTag"},
                                           Field{9, 9, "PhantFunc"},
                                           Field{10, 10, "AuxPwr"},
                                           Field{11, 11, "NoSnoop"},
                                           Field{14, 12, "MaxReadReq", payload_sizes},
                                           Field{15, 15, "FLReset"}};
constexpr std::array device_status_fields{Field{0, 0, "CorrErr"},  Field{1, 1, "NonFatalErr"},
                                          Field{2, 2, "FatalErr"}, Field{3, 3, "UnsupReq"},
                                          Field{4, 4, "AuxPwr"},   Field{5, 5, "TransPend"}};
constexpr std::array link_capability_fields{Field{3, 0, "Speed", link_speeds},
                                            Field{9, 4, "Width"},
                                            Field{11, 10, "ASPM", aspm_states},
                                            Field{14, 12, "L0sExitLatency", l0s_latencies},
                                            Field{17, 15, "L1ExitLatency", l1_latencies},
                                            Field{18, 18, "ClockPM"},
                                            Field{19, 19, "Surprise"},
                                            Field{20, 20, "LLActRep"},
                                            Field{21, 21, "BwNot"},
                                            Field{22, 22, "ASPMOptComp"},
                                            Field{31, 24, "Port"}};
constexpr std::array link_control_fields{
    Field{1, 0, "ASPM", aspm_states}, Field{3, 3, "RCB", "64,128"}, Field{4, 4, "Disabled"},
    Field{5, 5, "Retrain"},           Field{6, 6, "CommClk"},       Field{7, 7, "ExtSynch"},
    Field{8, 8, "ClockPM"},           Field{9, 9, "AutWidDis"},     Field{10, 10, "BWInt"},
    Field{11, 11, "AutBWInt"}};
constexpr std::array link_status_fields{
    Field{3, 0, "Speed", link_speeds}, Field{9, 4, "Width"},      Field{11, 11, "Train"},
    Field{12, 12, "SlotClk"},          Field{13, 13, "DLActive"}, Field{14, 14, "BWMgmt"},
    Field{15, 15, "ABWMgmt"}};
constexpr std::array slot_capability_fields{
    Field{0, 0, "AttnBtn"}, Field{1, 1, "PwrCtrl"},     Field{2, 2, "MRL"},
    Field{3, 3, "AttnInd"}, Field{4, 4, "PwrInd"},      Field{5, 5, "Surprise"},
    Field{6, 6, "HotPlug"}, Field{17, 17, "Interlock"}, Field{31, 19, "Slot"}};
constexpr std::array slot_status_fields{Field{0, 0, "AttnBtn"},  Field{1, 1, "PowerFlt"},
                                        Field{2, 2, "MRL"},      Field{3, 3, "PresDetChanged"},
                                        Field{4, 4, "CmdCplt"},  Field{6, 6, "PresDet"},
                                        Field{8, 8, "LinkState"}};
constexpr std::array device_capability_2_fields{
    Field{3, 0, "TimeoutRanges"}, Field{4, 4, "TimeoutDis"}, Field{5, 5, "ARIFwd"},
    Field{11, 11, "LTR"},         Field{20, 20, "ExtFmt"},   Field{21, 21, "EETLPPrefix"}};
constexpr std::array device_control_2_fields{Field{3, 0, "Timeout"}, Field{4, 4, "TimeoutDis"},
                                             Field{5, 5, "ARIFwd"}, Field{10, 10, "LTR"}};
constexpr std::array link_control_2_fields{Field{3, 0, "TargetSpeed", link_speeds},
                                           Field{4, 4, "EnterCompliance"}, Field{5, 5, "SpeedDis"}};

unsigned version(std::uint32_t header) {
    return header >> 16 & 0xf;
}
unsigned type(std::uint32_t header) {
    return header >> 20 & 0xf;
}
bool second_version(std::uint32_t header) {
    return version(header) >= 2;
}
// Integrated endpoints and event collectors (types 9 and 10) have no link.
bool has_link(std::uint32_t header) {
    return type(header) != 9 && type(header) != 10;
}
bool has_second_link(std::uint32_t header) {
    return has_link(header) && second_version(header);
}
bool has_slot(std::uint32_t header) {
    return (header >> 24 & 1) != 0;
}
bool is_root(std::uint32_t header) {
    return type(header) == 4 || type(header) == 10;
}

constexpr std::array registers{
    RegisterLayout{"flags", 0x02, 2, flag_fields},
    RegisterLayout{"device_capabilities", 0x04, 4, device_capability_fields},
    RegisterLayout{"device_control", 0x08, 2, device_control_fields},
    RegisterLayout{"device_status", 0x0a, 2, device_status_fields},
    RegisterLayout{"link_capabilities", 0x0c, 4, link_capability_fields, has_link},
    RegisterLayout{"link_control", 0x10, 2, link_control_fields, has_link},
    RegisterLayout{"link_status", 0x12, 2, link_status_fields, has_link},
    RegisterLayout{"slot_capabilities", 0x14, 4, slot_capability_fields, has_slot},
    RegisterLayout{"slot_control", 0x18, 2, {}, has_slot},
    RegisterLayout{"slot_status", 0x1a, 2, slot_status_fields, has_slot},
    RegisterLayout{"root_control", 0x1c, 2, {}, is_root},
    RegisterLayout{"root_status", 0x20, 4, {}, is_root},
    RegisterLayout{"device_capabilities_2", 0x24, 4, device_capability_2_fields, second_version},
    RegisterLayout{"device_control_2", 0x28, 2, device_control_2_fields, second_version},
    RegisterLayout{"link_capabilities_2", 0x2c, 4, {}, has_second_link},
    RegisterLayout{"link_control_2", 0x30, 2, link_control_2_fields, has_second_link},
    RegisterLayout{"link_status_2", 0x32, 2, {}, has_second_link}};

}  // namespace

std::span<const RegisterLayout> pci_express_registers() {
    return registers;
}

}  // namespace openbar::cli
