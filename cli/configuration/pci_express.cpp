// PCI Express Base Specification, section 7.5.3 (PCI Express capability structure).
#include "cli/configuration/capability_layouts.hpp"

#include <array>

namespace openbar::cli {
namespace {

constexpr std::string_view payload_sizes = "128,256,512,1024,2048,4096";
constexpr std::string_view link_speeds = "unknown,2.5GT/s,5GT/s,8GT/s,16GT/s,32GT/s,64GT/s";
constexpr std::string_view l0s_latencies = "<64ns,<128ns,<256ns,<512ns,<1us,<2us,<4us,unlimited";
constexpr std::string_view l1_latencies = "<1us,<2us,<4us,<8us,<16us,<32us,<64us,unlimited";
constexpr std::string_view power_scales = "1W,0.1W,0.01W,0.001W";
constexpr std::string_view indicator_states = "reserved,on,blink,off";
constexpr std::string_view aspm_states = "none,L0s,L1,L0s+L1";

constexpr std::array flag_fields{
    Field{3, 0, "Version"},
    Field{7, 4, "Type",
          "Endpoint,Legacy Endpoint,,,Root Port,Upstream Port,Downstream Port,"
          "PCI-Express to PCI/PCI-X Bridge,PCI/PCI-X to PCI-Express Bridge,"
          "Root Complex Integrated Endpoint,Root Complex Event Collector"},
    Field{8, 8, "Slot"}, Field{13, 9, "MSI"}};
constexpr std::array device_capability_fields{Field{2, 0, "MaxPayload", payload_sizes},
                                              Field{4, 3, "PhantFunc"}, Field{5, 5, "ExtTag"},
                                              Field{15, 15, "RBE"}, Field{28, 28, "FLReset"}};
// With what only functions at the lower end of a link have.
constexpr std::array endpoint_capability_fields{Field{2, 0, "MaxPayload", payload_sizes},
                                                Field{4, 3, "PhantFunc"},
                                                Field{5, 5, "ExtTag"},
                                                Field{8, 6, "L0sLatency", l0s_latencies},
                                                Field{11, 9, "L1Latency", l1_latencies},
                                                Field{12, 12, "AttnBtn"},
                                                Field{13, 13, "AttnInd"},
                                                Field{14, 14, "PwrInd"},
                                                Field{15, 15, "RBE"},
                                                Field{25, 18, "SlotPowerLimit"},
                                                Field{27, 26, "SlotPowerScale", power_scales},
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
constexpr std::array link_status_fields{Field{3, 0, "Speed", link_speeds},
                                        Field{9, 4, "Width"},
                                        Field{10, 10, "TrErr"},
                                        Field{11, 11, "Train"},
                                        Field{12, 12, "SlotClk"},
                                        Field{13, 13, "DLActive"},
                                        Field{14, 14, "BWMgmt"},
                                        Field{15, 15, "ABWMgmt"}};
constexpr std::array slot_capability_fields{Field{0, 0, "AttnBtn"},
                                            Field{1, 1, "PwrCtrl"},
                                            Field{2, 2, "MRL"},
                                            Field{3, 3, "AttnInd"},
                                            Field{4, 4, "PwrInd"},
                                            Field{5, 5, "Surprise"},
                                            Field{6, 6, "HotPlug"},
                                            Field{14, 7, "PowerLimit"},
                                            Field{16, 15, "PowerScale", power_scales},
                                            Field{17, 17, "Interlock"},
                                            Field{18, 18, "NoCompl"},
                                            Field{31, 19, "Slot"}};
// Power, as lspci shows it, is the bit: set, it switches the slot off.
constexpr std::array slot_control_fields{Field{0, 0, "AttnBtn"},
                                         Field{1, 1, "PwrFlt"},
                                         Field{2, 2, "MRL"},
                                         Field{3, 3, "PresDet"},
                                         Field{4, 4, "CmdCplt"},
                                         Field{5, 5, "HPIrq"},
                                         Field{7, 6, "AttnInd", indicator_states},
                                         Field{9, 8, "PwrInd", indicator_states},
                                         Field{10, 10, "Power"},
                                         Field{11, 11, "Interlock"},
                                         Field{12, 12, "LinkChg"}};
constexpr std::array slot_status_fields{
    Field{0, 0, "AttnBtn"},        Field{1, 1, "PowerFlt"},  Field{2, 2, "MRLChanged"},
    Field{3, 3, "PresDetChanged"}, Field{4, 4, "CmdCplt"},   Field{5, 5, "MRL"},
    Field{6, 6, "PresDet"},        Field{7, 7, "Interlock"}, Field{8, 8, "LinkStateChanged"}};
constexpr std::array root_control_fields{Field{0, 0, "ErrCorrectable"}, Field{1, 1, "ErrNon-Fatal"},
                                         Field{2, 2, "ErrFatal"}, Field{3, 3, "PMEIntEna"},
                                         Field{4, 4, "CRSVisible"}};
constexpr std::array root_capability_fields{Field{0, 0, "CRSVisible"}};
constexpr std::array root_status_fields{Field{15, 0, "PMEReqID"}, Field{16, 16, "PMEStatus"},
                                        Field{17, 17, "PMEPending"}};
// Range A is 50 us to 10 ms, B to 250 ms, C to 4 s, D to 64 s.
constexpr std::array device_capability_2_fields{
    Field{3, 0, "TimeoutRanges", "none,A,B,AB,,,BC,ABC,,,,,,,BCD,ABCD"},
    Field{4, 4, "TimeoutDis"},
    Field{5, 5, "ARIFwd"},
    Field{6, 6, "AtomicOpRouting"},
    Field{7, 7, "AtomicOp32bit"},
    Field{8, 8, "AtomicOp64bit"},
    Field{9, 9, "AtomicOp128bitCAS"},
    Field{10, 10, "NROPrPrP"},
    Field{11, 11, "LTR"},
    Field{12, 12, "TPHComp"},
    Field{13, 13, "ExtTPHComp"},
    Field{16, 16, "10BitTagComp"},
    Field{17, 17, "10BitTagReq"},
    Field{19, 18, "OBFF", "none,message,WAKE#,message+WAKE#"},
    Field{20, 20, "ExtFmt"},
    Field{21, 21, "EETLPPrefix"},
    Field{23, 22, "MaxEETLPPrefixes", "4,1,2,3"},
    Field{25, 24, "EmergencyPowerReduction"},
    Field{26, 26, "EmergencyPowerReductionInit"},
    Field{31, 31, "FRS"}};
constexpr std::array device_control_2_fields{
    Field{3, 0, "Timeout",
          "50us-50ms,50us-100us,1ms-10ms,,,16ms-55ms,65ms-210ms,,,260ms-900ms,1s-3.5s,,,4s-13s,"
          "17s-64s"},
    Field{4, 4, "TimeoutDis"},
    Field{5, 5, "ARIFwd"},
    Field{6, 6, "AtomicOpReqEn"},
    Field{7, 7, "AtomicOpEgressBlck"},
    Field{8, 8, "IDOReq"},
    Field{9, 9, "IDOCompl"},
    Field{10, 10, "LTR"},
    Field{12, 12, "10BitTagReq"},
    Field{14, 13, "OBFF", "disabled,message A,message B,WAKE#"}};
constexpr std::array link_capability_2_fields{Field{1, 1, "2.5GT/s"},     Field{2, 2, "5GT/s"},
                                              Field{3, 3, "8GT/s"},       Field{4, 4, "16GT/s"},
                                              Field{5, 5, "32GT/s"},      Field{6, 6, "64GT/s"},
                                              Field{8, 8, "Crosslink"},   Field{23, 23, "Retimer"},
                                              Field{24, 24, "2Retimers"}, Field{31, 31, "DRS"}};
constexpr std::array link_control_2_fields{Field{3, 0, "TargetSpeed", link_speeds},
                                           Field{4, 4, "EnterCompliance"},
                                           Field{5, 5, "SpeedDis"},
                                           Field{9, 7, "TransmitMargin"},
                                           Field{10, 10, "EnterModifiedCompliance"},
                                           Field{11, 11, "ComplianceSOS"},
                                           Field{15, 12, "CompliancePreset"}};
constexpr std::array link_status_2_fields{Field{0, 0, "De-emphasis", "-6dB,-3.5dB"},
                                          Field{1, 1, "EqualizationComplete"},
                                          Field{2, 2, "EqualizationPhase1"},
                                          Field{3, 3, "EqualizationPhase2"},
                                          Field{4, 4, "EqualizationPhase3"},
                                          Field{5, 5, "LinkEqualizationRequest"},
                                          Field{6, 6, "Retimer"},
                                          Field{7, 7, "2Retimers"}};

unsigned port_type(const CapabilityOwner& owner) {
    return owner.header >> 20 & 0xf;
}
bool second_version(const CapabilityOwner& owner) {
    return (owner.header >> 16 & 0xf) >= 2;
}
// Endpoints, switches' upstream ports and bridges to PCI: a link leads up from them.
bool has_link_upwards(const CapabilityOwner& owner) {
    return port_type(owner) == 0 || port_type(owner) == 1 || port_type(owner) == 5 ||
           port_type(owner) == 7;
}
bool has_no_link_upwards(const CapabilityOwner& owner) {
    return !has_link_upwards(owner);
}
// Integrated endpoints and event collectors (types 9 and 10) have no link.
bool has_link(const CapabilityOwner& owner) {
    return port_type(owner) != 9 && port_type(owner) != 10;
}
bool has_second_link(const CapabilityOwner& owner) {
    return has_link(owner) && second_version(owner);
}
bool has_slot(const CapabilityOwner& owner) {
    return (owner.header >> 24 & 1) != 0;
}
bool is_root(const CapabilityOwner& owner) {
    return port_type(owner) == 4 || port_type(owner) == 10;
}

constexpr std::array pci_express_layout{
    RegisterLayout{"flags", 0x02, 2, flag_fields},
    RegisterLayout{"device_capabilities", 0x04, 4, endpoint_capability_fields, has_link_upwards},
    RegisterLayout{"device_capabilities", 0x04, 4, device_capability_fields, has_no_link_upwards},
    RegisterLayout{"device_control", 0x08, 2, device_control_fields},
    RegisterLayout{"device_status", 0x0a, 2, device_status_fields},
    RegisterLayout{"link_capabilities", 0x0c, 4, link_capability_fields, has_link},
    RegisterLayout{"link_control", 0x10, 2, link_control_fields, has_link},
    RegisterLayout{"link_status", 0x12, 2, link_status_fields, has_link},
    RegisterLayout{"slot_capabilities", 0x14, 4, slot_capability_fields, has_slot},
    RegisterLayout{"slot_control", 0x18, 2, slot_control_fields, has_slot},
    RegisterLayout{"slot_status", 0x1a, 2, slot_status_fields, has_slot},
    RegisterLayout{"root_control", 0x1c, 2, root_control_fields, is_root},
    RegisterLayout{"root_capabilities", 0x1e, 2, root_capability_fields, is_root},
    RegisterLayout{"root_status", 0x20, 4, root_status_fields, is_root},
    RegisterLayout{"device_capabilities_2", 0x24, 4, device_capability_2_fields, second_version},
    RegisterLayout{"device_control_2", 0x28, 2, device_control_2_fields, second_version},
    RegisterLayout{"link_capabilities_2", 0x2c, 4, link_capability_2_fields, has_second_link},
    RegisterLayout{"link_control_2", 0x30, 2, link_control_2_fields, has_second_link},
    RegisterLayout{"link_status_2", 0x32, 2, link_status_2_fields, has_second_link}};

}  // namespace

std::span<const RegisterLayout> pci_express_registers() {
    return pci_express_layout;
}

}  // namespace openbar::cli
