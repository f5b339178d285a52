// PCI Express Base Specification, section 7.8.4 (Advanced Error Reporting extended capability).
#include "cli/configuration/capability_layouts.hpp"

#include <array>

namespace openbar::cli {
namespace {

constexpr std::array uncorrectable_fields{
    Field{4, 4, "DLP"},        Field{5, 5, "SDES"},       Field{12, 12, "TLP"},
    Field{13, 13, "FCP"},      Field{14, 14, "CmpltTO"},  Field{15, 15, "CmpltAbrt"},
    Field{16, 16, "UnxCmplt"}, Field{17, 17, "RxOF"},     Field{18, 18, "MalfTLP"},
    Field{19, 19, "ECRC"},     Field{20, 20, "UnsupReq"}, Field{21, 21, "ACSViol"}};
constexpr std::array correctable_fields{Field{0, 0, "RxErr"},     Field{6, 6, "BadTLP"},
                                        Field{7, 7, "BadDLLP"},   Field{8, 8, "Rollover"},
                                        Field{12, 12, "Timeout"}, Field{13, 13, "AdvNonFatalErr"}};
constexpr std::array control_fields{Field{4, 0, "FirstError"}, Field{5, 5, "ECRCGenCap"},
                                    Field{6, 6, "ECRCGenEn"}, Field{7, 7, "ECRCChkCap"},
                                    Field{8, 8, "ECRCChkEn"}};

constexpr std::array registers{
    RegisterLayout{"uncorrectable_status", 0x04, 4, uncorrectable_fields},
    RegisterLayout{"uncorrectable_mask", 0x08, 4, uncorrectable_fields},
    RegisterLayout{"uncorrectable_severity", 0x0c, 4, uncorrectable_fields},
    RegisterLayout{"correctable_status", 0x10, 4, correctable_fields},
    RegisterLayout{"correctable_mask", 0x14, 4, correctable_fields},
    RegisterLayout{"control", 0x18, 4, control_fields},
    RegisterLayout{"header_log_0", 0x1c, 4},
    RegisterLayout{"header_log_1", 0x20, 4},
    RegisterLayout{"header_log_2", 0x24, 4},
    RegisterLayout{"header_log_3", 0x28, 4}};

}  // namespace

std::span<const RegisterLayout> error_reporting_registers() {
    return registers;
}

}  // namespace openbar::cli
