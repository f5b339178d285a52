#include "cli/configuration/capability_layouts.hpp"
#include "cli/configuration/header.hpp"
#include "cli/configuration/location.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace openbar::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(ConfigurationLocation, takes_registers_by_name_in_their_own_width) {
    const auto command = parse_location("COMMAND");
    ASSERT_TRUE(command);
    EXPECT_EQ(command->offset, 0x04u);
    EXPECT_EQ(command->width, 2u);
    EXPECT_EQ(parse_location("command.B").value().width, 1u);
    EXPECT_EQ(parse_location("BASE_ADDRESS_2").value().offset, 0x18u);
    EXPECT_EQ(parse_location("secondary_bus").value().offset, 0x19u);
}

TEST(ConfigurationLocation, takes_offsets_as_32_bits_unless_told) {
    EXPECT_EQ(parse_location("0x40").value().width, 4u);
    EXPECT_EQ(parse_location("64.W").value().offset, 64u);
    EXPECT_EQ(parse_location("64.W").value().width, 2u);
    EXPECT_FALSE(parse_location("0x40.Q"));
}

TEST(ConfigurationLocation, takes_capabilities_as_setpci_does) {
    const auto msi = parse_location("CAP_MSI+2.W");
    ASSERT_TRUE(msi);
    EXPECT_EQ(msi->capability->id, 5u);
    EXPECT_FALSE(msi->capability->extended);
    EXPECT_EQ(msi->offset, 2u);
    EXPECT_EQ(msi->width, 2u);
    const auto errors = parse_location("ecap_aer+0x10");
    ASSERT_TRUE(errors);
    EXPECT_TRUE(errors->capability->extended);
    EXPECT_EQ(errors->offset, 0x10u);
    EXPECT_EQ(parse_location("CAP10+8.W").value().capability->id, 0x10u);
    EXPECT_EQ(parse_location("CAP_VNDR@1").value().capability->instance, 1u);
}

TEST(ConfigurationLocation, counts_capabilities_and_nothing_else) {
    EXPECT_TRUE(parse_location("CAP_VNDR@0"));
    EXPECT_FALSE(parse_location("command@0"));
    EXPECT_FALSE(parse_location("bar0@1"));
}

TEST(ConfigurationLocation, knows_the_registers_of_a_cardbus_bridge_by_setpcis_names) {
    struct Known {
        const char* name;
        std::uint64_t offset;
        unsigned width;
    };
    for (const Known& known : std::initializer_list<Known>{
             {"CB_CARDBUS_BASE", 0x10, 4},    {"CB_CAPABILITIES", 0x14, 2},
             {"CB_SEC_STATUS", 0x16, 2},      {"CB_BUS_NUMBER", 0x18, 1},
             {"CB_CARDBUS_NUMBER", 0x19, 1},  {"CB_SUBORDINATE_BUS", 0x1a, 1},
             {"CB_CARDBUS_LATENCY", 0x1b, 1}, {"CB_MEMORY_BASE_0", 0x1c, 4},
             {"CB_MEMORY_LIMIT_0", 0x20, 4},  {"CB_MEMORY_BASE_1", 0x24, 4},
             {"CB_MEMORY_LIMIT_1", 0x28, 4},  {"CB_IO_BASE_0", 0x2c, 2},
             {"CB_IO_BASE_0_HI", 0x2e, 2},    {"CB_IO_LIMIT_0", 0x30, 2},
             {"CB_IO_LIMIT_0_HI", 0x32, 2},   {"CB_IO_BASE_1", 0x34, 2},
             {"CB_IO_BASE_1_HI", 0x36, 2},    {"CB_IO_LIMIT_1", 0x38, 2},
             {"CB_IO_LIMIT_1_HI", 0x3a, 2},   {"CB_SUBSYSTEM_VENDOR_ID", 0x40, 2},
             {"CB_SUBSYSTEM_ID", 0x42, 2},    {"CB_LEGACY_MODE_BASE", 0x44, 4},
         }) {
        const auto location = parse_location(known.name);
        ASSERT_TRUE(location) << known.name;
        EXPECT_EQ(location->offset, known.offset) << known.name;
        EXPECT_EQ(location->width, known.width) << known.name;
    }
    EXPECT_THAT(parse_location("cb_bus_nunber").error().cause, HasSubstr("cb_bus_number"));
}

TEST(ConfigurationLocation, knows_every_name_of_setpci) {
    for (const char* name : {"VENDOR_ID",
                             "DEVICE_ID",
                             "COMMAND",
                             "STATUS",
                             "REVISION",
                             "CLASS_PROG",
                             "CLASS_DEVICE",
                             "CACHE_LINE_SIZE",
                             "LATENCY_TIMER",
                             "HEADER_TYPE",
                             "BIST",
                             "BASE_ADDRESS_0",
                             "BASE_ADDRESS_5",
                             "CARDBUS_CIS",
                             "SUBSYSTEM_VENDOR_ID",
                             "SUBSYSTEM_ID",
                             "ROM_ADDRESS",
                             "CAPABILITIES",
                             "INTERRUPT_LINE",
                             "INTERRUPT_PIN",
                             "MIN_GNT",
                             "MAX_LAT",
                             "PRIMARY_BUS",
                             "SECONDARY_BUS",
                             "SUBORDINATE_BUS",
                             "SEC_LATENCY_TIMER",
                             "IO_BASE",
                             "IO_LIMIT",
                             "SEC_STATUS",
                             "MEMORY_BASE",
                             "MEMORY_LIMIT",
                             "PREF_MEMORY_BASE",
                             "PREF_MEMORY_LIMIT",
                             "PREF_BASE_UPPER32",
                             "PREF_LIMIT_UPPER32",
                             "IO_BASE_UPPER16",
                             "IO_LIMIT_UPPER16",
                             "BRIDGE_ROM_ADDRESS",
                             "BRIDGE_CONTROL",
                             "CAP_PM",
                             "CAP_AGP",
                             "CAP_VPD",
                             "CAP_SLOTID",
                             "CAP_MSI",
                             "CAP_CHSWP",
                             "CAP_PCIX",
                             "CAP_HT",
                             "CAP_VNDR",
                             "CAP_DBG",
                             "CAP_CCRC",
                             "CAP_HOTPLUG",
                             "CAP_SSVID",
                             "CAP_AGP3",
                             "CAP_SECURE",
                             "CAP_EXP",
                             "CAP_MSIX",
                             "CAP_SATA",
                             "CAP_AF",
                             "CAP_EA",
                             "ECAP_AER",
                             "ECAP_VC",
                             "ECAP_DSN",
                             "ECAP_PB",
                             "ECAP_RCLINK",
                             "ECAP_RCILINK",
                             "ECAP_RCEC",
                             "ECAP_MFVC",
                             "ECAP_VC2",
                             "ECAP_RBCB",
                             "ECAP_VNDR",
                             "ECAP_ACS",
                             "ECAP_ARI",
                             "ECAP_ATS",
                             "ECAP_SRIOV",
                             "ECAP_MRIOV",
                             "ECAP_MCAST",
                             "ECAP_PRI",
                             "ECAP_REBAR",
                             "ECAP_DPA",
                             "ECAP_TPH",
                             "ECAP_LTR",
                             "ECAP_SECPCI",
                             "ECAP_PMUX",
                             "ECAP_PASID",
                             "ECAP_LNR",
                             "ECAP_DPC",
                             "ECAP_L1PM",
                             "ECAP_PTM",
                             "ECAP_M_PCIE",
                             "ECAP_FRS",
                             "ECAP_RTR",
                             "ECAP_DVSEC",
                             "ECAP_VF_REBAR",
                             "ECAP_DLNK",
                             "ECAP_16GT",
                             "ECAP_LMR",
                             "ECAP_HIER_ID",
                             "ECAP_NPEM"})
        EXPECT_TRUE(parse_location(name)) << name;
}

TEST(ConfigurationHeader, of_a_cardbus_bridge_is_shown_with_its_registers) {
    std::vector<std::string_view> names;
    for (const RegisterLayout& each : header_layout(2)) names.push_back(each.name);
    EXPECT_THAT(names, Contains("cb_memory_base_1"));
    EXPECT_THAT(names, Contains("vendor_id"));
    EXPECT_THAT(names, Not(Contains("bar0")));
}

TEST(ConfigurationHeader, tells_the_errors_of_the_bus_behind_a_bridge_as_received) {
    const RegisterLayout* status = find_bridge_register("sec_status");
    ASSERT_NE(status, nullptr);

    EXPECT_THAT(decode(0x4000, status->fields), Contains(Pair("<SERR", "+")));
    EXPECT_THAT(decode(0x0018, status->fields), Not(Contains(Pair("Cap", ::testing::_))));
}

TEST(ConfigurationLocation, offers_a_similar_name_for_an_unknown_one) {
    EXPECT_THAT(parse_location("comand").error().cause, HasSubstr("did you mean 'command'?"));
    EXPECT_THAT(parse_location("CAP_MSIY").error().cause, HasSubstr("CAP_MSI"));
    for (const char* text : {"", "+2", "CAP_", "CAP", "CAPzz", "CAP_MSI+", "CAP_MSI+x", "command+"})
        EXPECT_FALSE(parse_location(text)) << text;
}

TEST(ConfigurationFields, decode_flags_numbers_and_names) {
    static constexpr Field fields[] = {
        {0, 0, "Enable"}, {1, 1, "Masked"}, {6, 4, "Vectors", "1,2,4,8"}, {15, 8, "Count"}};

    EXPECT_THAT(decode(0x0721, fields), ElementsAre(Pair("Enable", "+"), Pair("Masked", "-"),
                                                    Pair("Vectors", "4"), Pair("Count", "7")));
}

TEST(ConfigurationFields, show_the_number_where_a_value_has_no_name) {
    static constexpr Field fields[] = {{3, 0, "Speed", "a,,c"}, {31, 0, "All"}};

    EXPECT_THAT(decode(1, fields), ElementsAre(Pair("Speed", "1"), Pair("All", "1")));
    EXPECT_THAT(decode(9, fields), ElementsAre(Pair("Speed", "9"), Pair("All", "9")));
}

TEST(ConfigurationFields, show_addresses_with_the_bits_below_them) {
    static constexpr Field fields[] = {{2, 0, "BAR"}, {31, 3, "Offset", {}, true}};

    EXPECT_THAT(decode(0x2001, fields), ElementsAre(Pair("BAR", "1"), Pair("Offset", "0x2000")));
}

TEST(ConfigurationFields, tell_the_upper_half_of_an_address_from_a_base_address) {
    std::array<DecodedRegister, 3> bars{DecodedRegister{"bar0", 0x10, 4, 0x1000000c},
                                        {"bar1", 0x14, 4, 0x1},
                                        {"bar2", 0x18, 4, 0xc001}};

    decode_base_addresses(bars);

    EXPECT_THAT(bars[0].fields,
                ElementsAre(Pair("Space", "memory"), Pair("Type", "64-bit"),
                            Pair("Prefetchable", "+"), Pair("Address", "0x10000000")));
    EXPECT_THAT(bars[1].fields, ElementsAre(Pair("UpperHalf", "0x1")));
    EXPECT_THAT(bars[2].fields, ElementsAre(Pair("Space", "I/O"), Pair("Address", "0xc000")));
}

/// The registers that a capability has for `owner`, by name.
std::vector<std::string_view> registers_of(std::string_view capability, bool extended,
                                           const CapabilityOwner& owner) {
    std::vector<std::string_view> names;
    for (const RegisterLayout& each : find_capability_layout(capability, extended)->registers)
        if (each.present == nullptr || each.present(owner)) names.push_back(each.name);
    return names;
}

DecodedFields decode_register(std::string_view capability, bool extended, std::string_view name,
                              std::uint32_t value, const CapabilityOwner& owner = {}) {
    for (const RegisterLayout& each : find_capability_layout(capability, extended)->registers)
        if (each.name == name && (each.present == nullptr || each.present(owner)))
            return decode(value, each.fields);
    ADD_FAILURE() << capability << " has no " << name;
    return {};
}

constexpr std::uint32_t root_port_with_slot = 0x0142'0010;  // as QEMU's pcie-root-port has it

TEST(CapabilityLayouts, tell_where_a_virtio_device_has_its_structures) {
    const CapabilityOwner notify{.header = 0x0214'4009, .vendor = 0x1af4, .device = 0x1041};

    EXPECT_THAT(registers_of("VNDR", false, notify),
                ElementsAre("length", "virtio_type", "virtio_bar", "virtio_id", "virtio_offset",
                            "virtio_size", "virtio_notify_multiplier"));
    EXPECT_THAT(decode_register("VNDR", false, "virtio_type", 2, notify),
                ElementsAre(Pair("Type", "Notify")));
    CapabilityOwner window = notify;
    window.header = 0x0514'4009;
    EXPECT_THAT(registers_of("VNDR", false, window), Not(Contains(HasSubstr("multiplier"))));
}

TEST(CapabilityLayouts, take_no_other_vendors_capability_for_virtios) {
    const CapabilityOwner other{.header = 0x0214'4009, .vendor = 0x8086, .device = 0x1041};
    const CapabilityOwner no_virtio{.header = 0x0214'4009, .vendor = 0x1af4, .device = 0x1110};

    EXPECT_THAT(registers_of("VNDR", false, other), ElementsAre("length"));
    EXPECT_THAT(registers_of("VNDR", false, no_virtio), ElementsAre("length"));
}

TEST(CapabilityLayouts, decode_what_controls_a_slot) {
    const CapabilityOwner port{.header = root_port_with_slot};

    // What lspci shows of QEMU's pcie-root-port without a card: "AttnInd Off, PwrInd Off, Power+".
    const auto empty = decode_register("EXP", false, "slot_control", 0x07c0, port);
    EXPECT_THAT(empty, Contains(Pair("AttnInd", "off")));
    EXPECT_THAT(empty, Contains(Pair("PwrInd", "off")));
    EXPECT_THAT(empty, Contains(Pair("Power", "+")));
    EXPECT_THAT(empty, Contains(Pair("HPIrq", "-")));
    // With one: "PwrInd On, Power-".
    EXPECT_THAT(decode_register("EXP", false, "slot_control", 0x01c0, port),
                Contains(Pair("PwrInd", "on")));
    EXPECT_THAT(decode_register("EXP", false, "slot_status", 0x0024, port),
                ::testing::AllOf(Contains(Pair("MRLChanged", "+")), Contains(Pair("MRL", "+")),
                                 Contains(Pair("PresDet", "-"))));
    EXPECT_THAT(decode_register("EXP", false, "slot_capabilities", 0x0002'007b, port),
                ::testing::AllOf(Contains(Pair("Interlock", "+")), Contains(Pair("NoCompl", "-")),
                                 Contains(Pair("PowerLimit", "0"))));
}

TEST(CapabilityLayouts, decode_what_a_root_port_is_told_to_report) {
    const CapabilityOwner port{.header = root_port_with_slot, .express_type = 4};
    const CapabilityOwner endpoint{.header = 0x0002'0010, .express_type = 0};

    EXPECT_THAT(
        decode_register("EXP", false, "root_control", 0x0018, port),
        ElementsAre(Pair("ErrCorrectable", "-"), Pair("ErrNon-Fatal", "-"), Pair("ErrFatal", "-"),
                    Pair("PMEIntEna", "+"), Pair("CRSVisible", "+")));
    EXPECT_THAT(decode_register("AER", true, "root_command", 7, port),
                ElementsAre(Pair("CERptEn", "+"), Pair("NFERptEn", "+"), Pair("FERptEn", "+")));
    EXPECT_THAT(registers_of("EXP", false, endpoint), Not(Contains("root_control")));
    EXPECT_THAT(registers_of("AER", true, endpoint), Not(Contains("root_command")));
}

TEST(CapabilityLayouts, decode_how_many_headers_error_reporting_keeps) {
    const auto control = decode_register("AER", true, "control", 0x02a0);

    EXPECT_THAT(control, Contains(Pair("MultHdrRecCap", "+")));
    EXPECT_THAT(control, Contains(Pair("MultHdrRecEn", "-")));
    EXPECT_THAT(control, Contains(Pair("ECRCChkCap", "+")));
    EXPECT_THAT(control, Contains(Pair("HdrLogCap", "-")));
}

TEST(CapabilityLayouts, name_the_ranges_of_the_completion_timeout) {
    const CapabilityOwner second{.header = 0x0002'0010};

    for (const auto& [value, ranges] :
         {std::pair(0x0u, "none"), std::pair(0x1u, "A"), std::pair(0x3u, "AB"),
          std::pair(0xfu, "ABCD"), std::pair(0x4u, "4")})
        EXPECT_THAT(decode_register("EXP", false, "device_capabilities_2", value, second),
                    Contains(Pair("TimeoutRanges", ranges)));
    const auto endpoint =
        decode_register("EXP", false, "device_capabilities_2", 0x0030'0000, second);
    EXPECT_THAT(endpoint, Contains(Pair("MaxEETLPPrefixes", "4")));
    EXPECT_THAT(decode_register("EXP", false, "device_control_2", 0x6, second),
                Contains(Pair("Timeout", "65ms-210ms")));
}

TEST(CapabilityLayouts, leave_out_of_a_port_what_only_endpoints_have) {
    const auto port = decode_register("EXP", false, "device_capabilities", 0x8000,
                                      {.header = root_port_with_slot});
    const auto endpoint =
        decode_register("EXP", false, "device_capabilities", 0x1000'8000, {.header = 0x0002'0010});

    EXPECT_THAT(port, Not(Contains(Pair("L1Latency", ::testing::_))));
    EXPECT_THAT(endpoint, Contains(Pair("L1Latency", "<1us")));
    EXPECT_THAT(endpoint, Contains(Pair("FLReset", "+")));
}

TEST(CapabilityLayouts, describe_fields_within_their_registers) {
    for (std::uint16_t id = 0; id < 0x40; ++id)
        for (const bool extended : {false, true}) {
            const CapabilityLayout* layout = find_capability_layout(id, extended);
            if (layout == nullptr) continue;
            EXPECT_EQ(find_capability_layout(layout->setpci_name, extended), layout);
            for (const RegisterLayout& each : layout->registers) {
                EXPECT_EQ(each.offset % each.width, 0) << layout->setpci_name << " " << each.name;
                for (const Field& field : each.fields) {
                    EXPECT_LE(field.low, field.high) << each.name << " " << field.name;
                    EXPECT_LT(field.high, 8 * each.width) << each.name << " " << field.name;
                }
            }
        }
}

}  // namespace
}  // namespace openbar::cli
