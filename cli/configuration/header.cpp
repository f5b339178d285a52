// PCI Local Bus Specification 3.0, chapter 6; PCI-to-PCI Bridge Architecture Specification 1.2,
// chapter 3; the names of fields are lspci's.
#include "cli/configuration/header.hpp"

#include <algorithm>
#include <array>

namespace openbar::cli {
namespace {

constexpr std::array command_fields{
    Field{0, 0, "I/O"},       Field{1, 1, "Mem"},       Field{2, 2, "BusMaster"},
    Field{3, 3, "SpecCycle"}, Field{4, 4, "MemWINV"},   Field{5, 5, "VGASnoop"},
    Field{6, 6, "ParErr"},    Field{7, 7, "Stepping"},  Field{8, 8, "SERR"},
    Field{9, 9, "FastB2B"},   Field{10, 10, "DisINTx"},
};
constexpr std::array status_fields{
    Field{3, 3, "INTx"},
    Field{4, 4, "Cap"},
    Field{5, 5, "66MHz"},
    Field{6, 6, "UDF"},
    Field{7, 7, "FastB2B"},
    Field{8, 8, "ParErr"},
    Field{10, 9, "DEVSEL", "fast,medium,slow"},
    Field{11, 11, ">TAbort"},
    Field{12, 12, "<TAbort"},
    Field{13, 13, "<MAbort"},
    Field{14, 14, ">SERR"},
    Field{15, 15, "<PERR"},
};
// Of the bus behind a bridge: bit 14 reports an SERR# from there.
constexpr std::array secondary_status_fields{
    Field{5, 5, "66MHz"},     Field{7, 7, "FastB2B"},
    Field{8, 8, "ParErr"},    Field{10, 9, "DEVSEL", "fast,medium,slow"},
    Field{11, 11, ">TAbort"}, Field{12, 12, "<TAbort"},
    Field{13, 13, "<MAbort"}, Field{14, 14, "<SERR"},
    Field{15, 15, "<PERR"},
};
constexpr std::array header_type_fields{Field{6, 0, "Type", "device,PCI bridge,CardBus bridge"},
                                        Field{7, 7, "MultiFunction"}};
constexpr std::array bist_fields{Field{3, 0, "Result"}, Field{6, 6, "Start"},
                                 Field{7, 7, "Capable"}};
constexpr std::array port_bar_fields{Field{0, 0, "Space", "memory,I/O"},
                                     Field{31, 2, "Address", {}, true}};
constexpr std::array memory_bar_fields{
    Field{0, 0, "Space", "memory,I/O"}, Field{2, 1, "Type", "32-bit,below 1M,64-bit"},
    Field{3, 3, "Prefetchable"}, Field{31, 4, "Address", {}, true}};
constexpr std::array upper_bar_fields{Field{31, 0, "UpperHalf", {}, true}};
constexpr std::array rom_fields{Field{0, 0, "Enable"}};
constexpr std::array pin_fields{Field{7, 0, "Pin", "none,INTA,INTB,INTC,INTD"}};
constexpr std::array bridge_control_fields{
    Field{0, 0, "Parity"},     Field{1, 1, "SERR"},          Field{2, 2, "NoISA"},
    Field{3, 3, "VGA"},        Field{4, 4, "VGA16"},         Field{5, 5, "MAbort"},
    Field{6, 6, ">Reset"},     Field{7, 7, "FastB2B"},       Field{8, 8, "PriDiscTmr"},
    Field{9, 9, "SecDiscTmr"}, Field{10, 10, "DiscTmrStat"}, Field{11, 11, "DiscTmrSERREn"},
};

constexpr std::array bridge_registers{
    RegisterLayout{"primary_bus", 0x18, 1},
    RegisterLayout{"secondary_bus", 0x19, 1},
    RegisterLayout{"subordinate_bus", 0x1a, 1},
    RegisterLayout{"sec_latency_timer", 0x1b, 1},
    RegisterLayout{"io_base", 0x1c, 1},
    RegisterLayout{"io_limit", 0x1d, 1},
    RegisterLayout{"sec_status", 0x1e, 2, secondary_status_fields},
    RegisterLayout{"memory_base", 0x20, 2},
    RegisterLayout{"memory_limit", 0x22, 2},
    RegisterLayout{"pref_memory_base", 0x24, 2},
    RegisterLayout{"pref_memory_limit", 0x26, 2},
    RegisterLayout{"pref_base_upper32", 0x28, 4},
    RegisterLayout{"pref_limit_upper32", 0x2c, 4},
    RegisterLayout{"io_base_upper16", 0x30, 2},
    RegisterLayout{"io_limit_upper16", 0x32, 2},
    RegisterLayout{"capability_list", 0x34, 1},
    RegisterLayout{"bridge_rom_address", 0x38, 4, rom_fields},
    RegisterLayout{"interrupt_line", 0x3c, 1},
    RegisterLayout{"interrupt_pin", 0x3d, 1, pin_fields},
    RegisterLayout{"bridge_control", 0x3e, 2, bridge_control_fields},
};

// PC Card Standard 8.0, volume 2, section 4.5: the header of a CardBus bridge.
constexpr std::array cardbus_control_fields{
    Field{0, 0, "Parity"},      Field{1, 1, "SERR"},     Field{2, 2, "ISA"},
    Field{3, 3, "VGA"},         Field{5, 5, "MAbort"},   Field{6, 6, ">Reset"},
    Field{7, 7, "16bInt"},      Field{8, 8, "PrefMem0"}, Field{9, 9, "PrefMem1"},
    Field{10, 10, "PostWrite"},
};
constexpr std::array cardbus_registers{
    RegisterLayout{"cb_cardbus_base", 0x10, 4},
    RegisterLayout{"cb_capabilities", 0x14, 2},
    RegisterLayout{"cb_sec_status", 0x16, 2, secondary_status_fields},
    RegisterLayout{"cb_bus_number", 0x18, 1},
    RegisterLayout{"cb_cardbus_number", 0x19, 1},
    RegisterLayout{"cb_subordinate_bus", 0x1a, 1},
    RegisterLayout{"cb_cardbus_latency", 0x1b, 1},
    RegisterLayout{"cb_memory_base_0", 0x1c, 4},
    RegisterLayout{"cb_memory_limit_0", 0x20, 4},
    RegisterLayout{"cb_memory_base_1", 0x24, 4},
    RegisterLayout{"cb_memory_limit_1", 0x28, 4},
    RegisterLayout{"cb_io_base_0", 0x2c, 2},
    RegisterLayout{"cb_io_base_0_hi", 0x2e, 2},
    RegisterLayout{"cb_io_limit_0", 0x30, 2},
    RegisterLayout{"cb_io_limit_0_hi", 0x32, 2},
    RegisterLayout{"cb_io_base_1", 0x34, 2},
    RegisterLayout{"cb_io_base_1_hi", 0x36, 2},
    RegisterLayout{"cb_io_limit_1", 0x38, 2},
    RegisterLayout{"cb_io_limit_1_hi", 0x3a, 2},
    RegisterLayout{"interrupt_line", 0x3c, 1},
    RegisterLayout{"interrupt_pin", 0x3d, 1, pin_fields},
    RegisterLayout{"bridge_control", 0x3e, 2, cardbus_control_fields},
    RegisterLayout{"cb_subsystem_vendor_id", 0x40, 2},
    RegisterLayout{"cb_subsystem_id", 0x42, 2},
    RegisterLayout{"cb_legacy_mode_base", 0x44, 4},
};

std::span<const Field> fields_of(std::string_view name) {
    if (name == "command") return command_fields;
    if (name == "status") return status_fields;
    if (name == "header_type") return header_type_fields;
    if (name == "bist") return bist_fields;
    if (name == "rom_address") return rom_fields;
    if (name == "interrupt_pin") return pin_fields;
    return {};
}

}  // namespace

std::vector<RegisterLayout> header_layout(std::uint8_t header_type) {
    constexpr std::uint16_t first_of_its_type = 0x10;
    constexpr std::uint16_t first_after_bars_of_bridge = 0x18;
    std::vector<RegisterLayout> layout;
    for (const ConfigurationRegister& each : configuration::header_registers()) {
        const bool in_all = each.offset < first_of_its_type;
        const bool in_bridge = each.offset < first_after_bars_of_bridge;
        if (in_all || header_type == 0 || (header_type == 1 && in_bridge))
            layout.push_back({each.name, each.offset, each.width, fields_of(each.name)});
    }
    if (header_type == 1)
        layout.insert(layout.end(), bridge_registers.begin(), bridge_registers.end());
    if (header_type == 2)
        layout.insert(layout.end(), cardbus_registers.begin(), cardbus_registers.end());
    return layout;
}

void decode_base_addresses(std::span<DecodedRegister> registers) {
    bool upper_half = false;
    for (DecodedRegister& each : registers) {
        if (!each.name.starts_with("bar")) continue;
        const bool port = !upper_half && (each.value & 1) != 0;
        const bool wide = !upper_half && !port && (each.value >> 1 & 3) == 2;
        if (each.value != 0 || upper_half)
            each.fields = upper_half ? decode(each.value, upper_bar_fields)
                          : port     ? decode(each.value, port_bar_fields)
                                     : decode(each.value, memory_bar_fields);
        upper_half = wide;
    }
}

const RegisterLayout* find_bridge_register(std::string_view name) {
    for (const std::span<const RegisterLayout> registers :
         {std::span<const RegisterLayout>(bridge_registers),
          std::span<const RegisterLayout>(cardbus_registers)})
        for (const RegisterLayout& each : registers)
            if (each.name == name) return &each;
    return nullptr;
}

std::vector<std::string_view> bridge_register_names() {
    std::vector<std::string_view> names;
    for (const RegisterLayout& each : bridge_registers) names.push_back(each.name);
    for (const RegisterLayout& each : cardbus_registers) names.push_back(each.name);
    return names;
}

}  // namespace openbar::cli
