#include "openbar/device_tree.hpp"

#include "compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openbar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::physical_ranges;
using testing::tree_of;

Error only_error(const DeviceTree& tree, std::string_view path) {
    const auto blocks = tree.find(path).value().registers();
    if (!blocks) return blocks.error();
    EXPECT_EQ(blocks->size(), 1U);
    EXPECT_FALSE(blocks->front().physical) << "a physical address was found";
    return blocks->front().physical ? Error{} : blocks->front().physical.error();
}

TEST(DeviceTreeAddresses, a_node_below_the_root_is_where_it_says) {
    const auto tree = tree_of(R"(/ { #address-cells = <2>; #size-cells = <2>;
        pl031@9010000 { reg = <0 0x9010000 0 0x1000>; }; };)");
    EXPECT_THAT(physical_ranges(tree, "/pl031@9010000"),
                ElementsAre(PhysicalRange{0x9010000, 0x1000}));
}

TEST(DeviceTreeAddresses, a_bus_without_cell_counts_has_two_for_addresses_and_one_for_sizes) {
    const auto tree = tree_of("/ { dev { reg = <0x1 0x2000 0x30>; }; };");
    EXPECT_THAT(physical_ranges(tree, "/dev"), ElementsAre(PhysicalRange{0x1'0000'2000, 0x30}));
}

TEST(DeviceTreeAddresses, ranges_move_a_block_to_where_the_processor_sees_it) {
    // As on the Raspberry Pi: bus address 7e201000 is physical 3f201000.
    const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        soc { #address-cells = <1>; #size-cells = <1>;
            ranges = <0x7e000000 0x3f000000 0x1000000>, <0x40000000 0x40000000 0x1000>;
            serial@7e201000 { reg = <0x7e201000 0x200>, <0x40000100 0x10>; reg-names = "regs"; };
        }; };)");
    EXPECT_THAT(physical_ranges(tree, "/soc/serial"),
                ElementsAre(PhysicalRange{0x3f201000, 0x200}, PhysicalRange{0x40000100, 0x10}));
    const auto blocks = tree.find("/soc/serial").value().registers().value();
    EXPECT_EQ(blocks[0].bus_address, 0x7e201000U);
    EXPECT_EQ(blocks[0].name, "regs");
    EXPECT_EQ(blocks[1].name, "");
}

TEST(DeviceTreeAddresses, every_bus_on_the_way_up_translates_with_its_own_cells) {
    const auto tree = tree_of(R"(/ { #address-cells = <2>; #size-cells = <2>;
        outer { #address-cells = <1>; #size-cells = <1>;
            ranges = <0x0 0x8 0x00000000 0x10000000>;
            middle { #address-cells = <2>; #size-cells = <1>;
                ranges = <0x3 0x0 0x100000 0x10000>;
                inner { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0x3 0x2000 0x1000>;
                    dev@40 { reg = <0x40 0x8>; }; }; }; }; };)");
    EXPECT_THAT(physical_ranges(tree, "/outer/middle/inner/dev@40"),
                ElementsAre(PhysicalRange{0x8'0010'2040, 8}));
}

TEST(DeviceTreeAddresses, empty_ranges_change_nothing_whatever_the_cells) {
    const auto tree = tree_of(R"(/ { #address-cells = <2>; #size-cells = <2>;
        soc { #address-cells = <1>; #size-cells = <1>; ranges;
            dev@fed00000 { reg = <0xfed00000 0x400>; }; }; };)");
    EXPECT_THAT(physical_ranges(tree, "/soc/dev@fed00000"),
                ElementsAre(PhysicalRange{0xfed00000, 0x400}));
}

TEST(DeviceTreeAddresses, a_chip_select_is_part_of_the_address) {
    // A local bus of two cells: chip select, offset. Each chip select has a window.
    const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        localbus { #address-cells = <2>; #size-cells = <1>;
            ranges = <0 0 0xfe000000 0x1000000>, <1 0 0xf8000000 0x8000>;
            fpga@1,100 { reg = <1 0x100 0x20>; }; flash@0,0 { reg = <0 0 0x1000000>; }; }; };)");
    EXPECT_THAT(physical_ranges(tree, "/localbus/fpga"),
                ElementsAre(PhysicalRange{0xf8000100, 0x20}));
    EXPECT_THAT(physical_ranges(tree, "/localbus/flash"),
                ElementsAre(PhysicalRange{0xfe000000, 0x1000000}));
}

TEST(DeviceTreeAddresses, a_bus_without_ranges_leads_nowhere_and_says_so) {
    const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        spi@1000 { reg = <0x1000 0x100>; #address-cells = <1>; #size-cells = <1>;
            flash@0 { reg = <0 0x1000>; }; }; };)");
    const Error error = only_error(tree, "/spi@1000/flash@0");
    EXPECT_EQ(error.code, ErrorCode::unsupported);
    EXPECT_THAT(error.message(), HasSubstr("/spi@1000 has no `ranges`"));
    EXPECT_THAT(physical_ranges(tree, "/spi@1000"), ElementsAre(PhysicalRange{0x1000, 0x100}));
}

TEST(DeviceTreeAddresses, an_i2c_chip_has_a_number_and_no_address) {
    const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        i2c@1000 { #address-cells = <1>; #size-cells = <0>; eeprom@50 { reg = <0x50>; }; }; };)");
    const Error error = only_error(tree, "/i2c@1000/eeprom");
    EXPECT_EQ(error.code, ErrorCode::unsupported);
    EXPECT_THAT(error.message(), HasSubstr("`#size-cells` of /i2c@1000 is 0"));
}

TEST(DeviceTreeAddresses, the_part_in_the_window_is_followed_to_the_root) {
    const auto tree = tree_of(R"(/ { #address-cells = <2>; #size-cells = <1>;
        soc { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0x1 0x0 0x10000>;
            bus { #address-cells = <1>; #size-cells = <1>; ranges = <0x100 0x2000 0x80>;
                big@100 { reg = <0x100 0x100>; }; }; };
        narrow { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0x1 0x0 0x40>;
            bus { #address-cells = <1>; #size-cells = <1>; ranges = <0x100 0x0 0x80>;
                big@120 { reg = <0x120 0x100>; }; }; }; };)");
    EXPECT_EQ(only_error(tree, "/soc/bus/big").hint,
              "open the part in the window as mem:0x100002000+0x80");
    const Error twice = only_error(tree, "/narrow/bus/big");
    EXPECT_THAT(twice.cause, HasSubstr("0x100 bytes at 0x120 run past the end of a window in "
                                       "`ranges` of /narrow/bus"));
    EXPECT_EQ(twice.hint, "open the part in the window as mem:0x100000020+0x20");
}

TEST(DeviceTreeAddresses, an_address_outside_every_window_is_refused) {
    const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        soc { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0xe0000000 0x1000>;
            out@2000 { reg = <0x2000 0x10>; }; over@ff0 { reg = <0xff0 0x20>; };
            last@ff0 { reg = <0xff0 0x10>; }; }; };)");
    EXPECT_THAT(only_error(tree, "/soc/out@2000").cause, HasSubstr("covers 0x2000"));
    EXPECT_THAT(only_error(tree, "/soc/over@ff0").cause, HasSubstr("past the end of a window"));
    EXPECT_EQ(only_error(tree, "/soc/over@ff0").hint,
              "open the part in the window as mem:0xe0000ff0+0x10");
    EXPECT_THAT(physical_ranges(tree, "/soc/last@ff0"),
                ElementsAre(PhysicalRange{0xe0000ff0, 0x10}));
}

TEST(DeviceTreeAddresses, pci_memory_and_io_go_through_windows_of_their_own) {
    const auto tree = tree_of(R"(/ { #address-cells = <2>; #size-cells = <2>;
        pcie@10000000 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
            ranges = <0x01000000 0 0x0        0 0x3eff0000 0 0x10000>,
                     <0x02000000 0 0x10000000 0 0x10000000 0 0x2eff0000>,
                     <0x43000000 0x80 0       0x80 0       0x80 0>;
            eth@1,0 { reg = <0x800 0 0 0 0>, <0x2000810 0 0 0 0x20000>;
                assigned-addresses = <0x82000810 0 0x10010000 0 0x20000>,
                                     <0x81000814 0 0x40       0 0x20>,
                                     <0xc3000818 0x80 0x4000  0 0x4000>; };
            plain@2,0 { reg = <0x1000 0 0 0 0x1000>; }; }; };)");
    EXPECT_THAT(physical_ranges(tree, "/pcie@10000000/eth@1,0"),
                ElementsAre(PhysicalRange{0x10010000, 0x20000}, PhysicalRange{0x3eff0040, 0x20},
                            PhysicalRange{0x80'0000'4000, 0x4000}));
    EXPECT_THAT(only_error(tree, "/pcie@10000000/plain@2,0").cause,
                HasSubstr("configuration space"));
}

TEST(DeviceTreeAddresses, isa_below_pci_reaches_its_ports) {
    const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        pci@80000000 { device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
            ranges = <0x01000000 0 0 0xfe000000 0 0x10000>;
            isa { #address-cells = <2>; #size-cells = <1>;
                ranges = <1 0 0x01000000 0 0 0x10000>;
                rtc@70 { reg = <1 0x70 2>; }; memory@70 { reg = <0 0x70 2>; }; }; }; };)");
    EXPECT_THAT(physical_ranges(tree, "/pci@80000000/isa/rtc@70"),
                ElementsAre(PhysicalRange{0xfe000070, 2}));
    EXPECT_THAT(only_error(tree, "/pci@80000000/isa/memory@70").cause, HasSubstr("covers 0x70"));
}

TEST(DeviceTreeAddresses, sums_that_wrap_are_errors) {
    const auto tree = tree_of(R"(/ { #address-cells = <2>; #size-cells = <2>;
        soc { #address-cells = <2>; #size-cells = <2>;
            ranges = <0 0  0xffffffff 0xfffff000  0xffffffff 0xffffffff>;
            dev@0 { reg = <0 0x2000 0 0x10>; }; end@ff0 { reg = <0 0xff0 0 0x11>; };
            fits@ff0 { reg = <0 0xff0 0 0x10>; }; };
        wrap { reg = <0xffffffff 0xfffffff0 0 0x11>; }; };)");
    EXPECT_EQ(only_error(tree, "/soc/dev@0").code, ErrorCode::protocol);
    EXPECT_EQ(only_error(tree, "/soc/end@ff0").code, ErrorCode::protocol);
    EXPECT_EQ(only_error(tree, "/wrap").code, ErrorCode::protocol);
    EXPECT_THAT(physical_ranges(tree, "/soc/fits@ff0"),
                ElementsAre(PhysicalRange{0xffff'ffff'ffff'fff0, 0x10}));
}

TEST(DeviceTreeAddresses, broken_counts_and_sizes_are_errors_that_name_the_bus) {
    const auto tree = tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        ragged { reg = <1 2 3>; }; none { };
        wide { #address-cells = <9>; #size-cells = <1>; ranges; dev { reg = <1 2>; }; };
        torn { #address-cells = <1>; #size-cells = <1>; ranges = <1 2>; dev { reg = <1 2>; }; };
    };)");
    EXPECT_EQ(only_error(tree, "/ragged").code, ErrorCode::protocol);
    EXPECT_EQ(only_error(tree, "/none").code, ErrorCode::not_found);
    EXPECT_THAT(only_error(tree, "/wide/dev").message(), HasSubstr("/wide writes addresses in 9"));
    EXPECT_THAT(only_error(tree, "/torn/dev").message(), HasSubstr("`ranges` of /torn"));
}

}  // namespace
}  // namespace openbar
