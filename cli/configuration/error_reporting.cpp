// PCI Express Base Specification, section 7.8.4 (Advanced Error Reporting extended capability).
#include "cli/configuration/capability_layouts.hpp"

#include <array>

namespace openbar::cli {
namespace {

constexpr std::array uncorrectable_fields{Field{4, 4, "DLP"},
                                          Field{5, 5, "SDES"},
                                          Field{12, 12, "TLP"},
                                          Field{13, 13, "FCP"},
                                          Field{14, 14, "CmpltTO"},
                                          Field{15, 15, "CmpltAbrt"},
                                          Field{16, 16, "UnxCmplt"},
                                          Field{17, 17, "RxOF"},
                                          Field{18, 18, "MalfTLP"},
                                          Field{19, 19, "ECRC"},
                                          Field{20, 20, "UnsupReq"},
                                          Field{21, 21, "ACSViol"},
                                          Field{22, 22, "UncorrIntErr"},
                                          Field{23, 23, "BlockedTLP"},
                                          Field{24, 24, "AtomicOpBlocked"},
                                          Field{25, 25, "TLPBlockedErr"}};
constexpr std::array correctable_fields{
    Field{0, 0, "RxErr"},        Field{6, 6, "BadTLP"},    Field{7, 7, "BadDLLP"},
    Field{8, 8, "Rollover"},     Field{12, 12, "Timeout"}, Field{13, 13, "AdvNonFatalErr"},
    Field{14, 14, "CorrIntErr"}, Field{15, 15, "HeaderOF"}};
constexpr std::array control_fields{
    Field{4, 0, "FirstError"},     Field{5, 5, "ECRCGenCap"},   Field{6, 6, "ECRCGenEn"},
    Field{7, 7, "ECRCChkCap"},     Field{8, 8, "ECRCChkEn"},    Field{9, 9, "MultHdrRecCap"},
    Field{10, 10, "MultHdrRecEn"}, Field{11, 11, "TLPPfxPres"}, Field{12, 12, "HdrLogCap"}};
constexpr std::array root_command_fields{Field{0, 0, "CERptEn"}, Field{1, 1, "NFERptEn"},
                                         Field{2, 2, "FERptEn"}};
constexpr std::array root_error_status_fields{Field{0, 0, "CERcvd"},     Field{1, 1, "MultCERcvd"},
                                              Field{2, 2, "UERcvd"},     Field{3, 3, "MultUERcvd"},
                                              Field{4, 4, "FirstFatal"}, Field{5, 5, "NonFatalMsg"},
                                              Field{6, 6, "FatalMsg"},   Field{31, 27, "IntMsg"}};

// Root ports and event collectors (types 4 and 10) collect what others report.
bool collects_errors(const CapabilityOwner& owner) {
    return owner.express_type == 4 || owner.express_type == 10;
}

constexpr std::array error_reporting_layout{
    RegisterLayout{"uncorrectable_status", 0x04, 4, uncorrectable_fields},
    RegisterLayout{"uncorrectable_mask", 0x08, 4, uncorrectable_fields},
    RegisterLayout{"uncorrectable_severity", 0x0c, 4, uncorrectable_fields},
    RegisterLayout{"correctable_status", 0x10, 4, correctable_fields},
    RegisterLayout{"correctable_mask", 0x14, 4, correctable_fields},
    RegisterLayout{"control", 0x18, 4, control_fields},
    RegisterLayout{"header_log_0", 0x1c, 4},
    RegisterLayout{"header_log_1", 0x20, 4},
    RegisterLayout{"header_log_2", 0x24, 4},
    RegisterLayout{"header_log_3", 0x28, 4},
    RegisterLayout{"root_command", 0x2c, 4, root_command_fields, collects_errors},
    RegisterLayout{"root_status", 0x30, 4, root_error_status_fields, collects_errors},
    RegisterLayout{"correctable_source", 0x34, 2, {}, collects_errors},
    RegisterLayout{"uncorrectable_source", 0x36, 2, {}, collects_errors}};

}  // namespace

std::span<const RegisterLayout> error_reporting_registers() {
    return error_reporting_layout;
}

}  // namespace openbar::cli
