#include "openbar/device_tree.hpp"

#include "compile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace openbar {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::tree_of;

std::vector<InterruptSpecifier> interrupts(const DeviceTree& tree, std::string_view path) {
    const auto found = tree.find(path).value().interrupts();
    if (!found) ADD_FAILURE() << found.error().message();
    return found.value_or(std::vector<InterruptSpecifier>{});
}

Error error_of(const DeviceTree& tree, std::string_view path) {
    const auto found = tree.find(path).value().interrupts();
    EXPECT_FALSE(found) << "interrupts were found";
    return found ? Error{} : found.error();
}

TEST(DeviceTreeInterrupts, the_interrupt_parent_is_inherited) {
    const auto tree = tree_of(R"(/ { interrupt-parent = <&gic>;
        gic: intc { interrupt-controller; #interrupt-cells = <3>; };
        soc { dev { interrupts = <0 2 4>, <1 13 0xf08>; interrupt-names = "done", "failed"; }; }; };)");
    const auto found = interrupts(tree, "/soc/dev");
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].controller, "/intc");
    EXPECT_EQ(found[0].name, "done");
    EXPECT_THAT(found[0].cells, ElementsAre(0, 2, 4));
    EXPECT_EQ(found[1].name, "failed");
    EXPECT_THAT(found[1].cells, ElementsAre(1, 13, 0xf08));
}

TEST(DeviceTreeInterrupts, a_controller_above_the_node_needs_no_phandle) {
    const auto tree = tree_of(R"(/ { gpio { interrupt-controller; #interrupt-cells = <1>;
        hub { button { interrupts = <7>; }; }; }; };)");
    const auto found = interrupts(tree, "/gpio/hub/button");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].controller, "/gpio");
    EXPECT_THAT(found[0].cells, ElementsAre(7));
}

TEST(DeviceTreeInterrupts, extended_interrupts_may_end_at_several_controllers_and_win) {
    const auto tree = tree_of(R"(/ { interrupt-parent = <&a>;
        a: a { interrupt-controller; #interrupt-cells = <1>; };
        b: b { interrupt-controller; #interrupt-cells = <2>; };
        dev { interrupts = <99>; interrupts-extended = <&a 5>, <&b 6 1>; }; };)");
    const auto found = interrupts(tree, "/dev");
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].controller, "/a");
    EXPECT_THAT(found[0].cells, ElementsAre(5));
    EXPECT_EQ(found[1].controller, "/b");
    EXPECT_THAT(found[1].cells, ElementsAre(6, 1));
}

TEST(DeviceTreeInterrupts, a_node_without_interrupts_has_none) {
    EXPECT_THAT(interrupts(tree_of("/ { dev { }; };"), "/dev"), IsEmpty());
}

TEST(DeviceTreeInterrupts, an_interrupt_map_passes_pci_interrupts_on_by_slot_and_pin) {
    const auto tree = tree_of(R"(/ { #address-cells = <2>; #size-cells = <2>;
        gic: intc@8000000 { interrupt-controller; #interrupt-cells = <3>; #address-cells = <2>; };
        pcie { device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
            #interrupt-cells = <1>; interrupt-map-mask = <0x1800 0 0 7>;
            interrupt-map = <0x0000 0 0 1 &gic 0 0 0 3 4>, <0x0000 0 0 2 &gic 0 0 0 4 4>,
                            <0x0800 0 0 1 &gic 0 0 0 4 4>, <0x0800 0 0 2 &gic 0 0 0 5 4>;
            eth@1,0 { reg = <0x800 0 0 0 0>; interrupts = <1>; };
            nvme@4,0 { reg = <0x2000 0 0 0 0>; interrupts = <2>; };
            odd@2,0 { reg = <0x1000 0 0 0 0>; interrupts = <1>; }; }; };)");
    EXPECT_THAT(interrupts(tree, "/pcie/eth@1,0").at(0).cells, ElementsAre(0, 4, 4));
    EXPECT_EQ(interrupts(tree, "/pcie/eth@1,0").at(0).controller, "/intc@8000000");
    EXPECT_THAT(interrupts(tree, "/pcie/nvme@4,0").at(0).cells, ElementsAre(0, 4, 4));
    EXPECT_THAT(error_of(tree, "/pcie/odd@2,0").cause, HasSubstr("no row of `interrupt-map`"));
}

/// NXP's external interrupts: the rows leave out the address cells of the parent.
DeviceTree external_interrupts(const std::string& model) {
    return tree_of(R"(/ { #address-cells = <1>; #size-cells = <1>;
        gic: pic@100 { #interrupt-cells = <3>; #address-cells = <2>; interrupt-controller;
            reg = <0x100 0x10>; };
        ext: mux@14 { compatible = ")" +
                   model + R"("; #interrupt-cells = <2>; #address-cells = <0>;
            interrupt-controller; reg = <0x14 4>; interrupt-map-mask = <0xf 0>;
            interrupt-map = <0 0 &gic 0 0 4>, <1 0 &gic 0 1 4>, <2 0 &gic 0 2 4>; };
        phy@20 { reg = <0x20 4>; interrupts-extended = <&ext 0 8>; };
        rtc@30 { reg = <0x30 4>; interrupts-extended = <&ext 2 8>; }; };)");
}

TEST(DeviceTreeInterrupts, controllers_that_linux_exempts_are_the_last_ones) {
    for (const char* model :
         {"CBEA,platform-spider-pic", "sti,platform-spider-pic", "realtek,rtl-intc",
          "fsl,ls1021a-extirq", "fsl,ls1043a-extirq", "fsl,ls1088a-extirq", "renesas,rza1-irqc",
          "pasemi,rootbus", "fsl,ls2080a-extirq\", \"fsl,ls1088a-extirq"}) {
        const auto found = interrupts(external_interrupts(model), "/rtc@30");
        ASSERT_THAT(found, SizeIs(1)) << model;
        EXPECT_EQ(found[0].controller, "/mux@14") << model;
        EXPECT_THAT(found[0].cells, ElementsAre(2, 8)) << model;
    }
}

TEST(DeviceTreeInterrupts, rows_of_another_length_are_an_error_that_names_their_node) {
    const auto tree = external_interrupts("acme,mux");
    for (const char* node : {"/phy@20", "/rtc@30"}) {
        const Error error = error_of(tree, node);
        EXPECT_EQ(error.code, ErrorCode::protocol);
        EXPECT_THAT(error.cause, HasSubstr("`interrupt-map` of /mux@14")) << node;
    }
    const auto innocent = tree_of(R"(/ { lamp: lamp { };
        nexus: nexus { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map = <1 &lamp>; };
        dev { interrupts-extended = <&nexus 1>; }; };)");
    EXPECT_THAT(error_of(innocent, "/dev").cause, HasSubstr("`interrupt-map` of /nexus leads to"));
}

TEST(DeviceTreeInterrupts, rows_to_controllers_that_are_switched_off_are_left_out) {
    const auto tree = tree_of(R"(/ {
        off: off { #interrupt-cells = <1>; status = "disabled"; };
        on: on { #interrupt-cells = <1>; };
        nexus: nexus { #interrupt-cells = <1>; #address-cells = <0>;
            interrupt-map = <1 &off 5>, <1 &on 6>; };
        dev { interrupts-extended = <&nexus 1>; }; };)");
    const auto found = interrupts(tree, "/dev");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].controller, "/on");
    EXPECT_THAT(found[0].cells, ElementsAre(6));
}

TEST(DeviceTreeInterrupts, maps_chain_from_nexus_to_nexus) {
    const auto tree = tree_of(R"(/ {
        gic: intc { interrupt-controller; #interrupt-cells = <1>; };
        outer: outer { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <8 &gic 80>; };
        inner { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <2 &outer 8>;
            dev { interrupts = <2>; }; }; };)");
    EXPECT_THAT(interrupts(tree, "/inner/dev").at(0).cells, ElementsAre(80));
    EXPECT_EQ(interrupts(tree, "/inner/dev").at(0).controller, "/intc");
}

TEST(DeviceTreeInterrupts, interrupt_parents_in_a_circle_are_an_error) {
    const auto tree =
        tree_of(R"(/ { a: a { interrupt-parent = <&b>; }; b: b { interrupt-parent = <&a>; };
        dev { interrupt-parent = <&a>; interrupts = <1>; };
        self: self { interrupt-parent = <&self>; interrupts = <1>; }; };)");
    EXPECT_EQ(error_of(tree, "/dev").code, ErrorCode::protocol);
    EXPECT_THAT(error_of(tree, "/dev").cause, HasSubstr("circle"));
    EXPECT_THAT(error_of(tree, "/self").cause, HasSubstr("circle"));
}

TEST(DeviceTreeInterrupts, interrupt_maps_in_a_circle_are_an_error) {
    const auto tree = tree_of(R"(/ {
        a: a { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <1 &b 1>;
            dev { interrupts = <1>; }; };
        b: b { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <1 &a 1>; }; };)");
    EXPECT_EQ(error_of(tree, "/a/dev").code, ErrorCode::protocol);
    EXPECT_THAT(error_of(tree, "/a/dev").cause, HasSubstr("back to it"));
}

TEST(DeviceTreeInterrupts, phandles_that_lead_nowhere_or_to_two_nodes_are_errors) {
    const auto tree = tree_of(R"(/ { lost { interrupt-parent = <0x77>; interrupts = <1>; };
        x { phandle = <5>; #interrupt-cells = <1>; }; y { phandle = <5>; #interrupt-cells = <1>; };
        torn { interrupts-extended = <5 1>; }; orphan { interrupts = <1>; }; };)");
    EXPECT_THAT(error_of(tree, "/lost").cause, HasSubstr("phandle 0x77"));
    EXPECT_THAT(error_of(tree, "/torn").cause, HasSubstr("several nodes claim"));
    EXPECT_THAT(error_of(tree, "/orphan").cause, HasSubstr("no node above it"));
}

TEST(DeviceTreeInterrupts, counts_of_cells_that_make_no_sense_are_errors) {
    const auto tree = tree_of(R"(/ {
        zero { interrupt-controller; #interrupt-cells = <0>; dev { interrupts = <1>; }; };
        many { interrupt-controller; #interrupt-cells = <0xffffffff>; dev { interrupts = <1>; }; };
        three { interrupt-controller; #interrupt-cells = <3>; dev { interrupts = <1 2>; }; };
        t: t { interrupt-controller; #interrupt-cells = <3>; };
        short { interrupts-extended = <&t 1 2>; };
        map { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <1 &t 1>;
            dev { interrupts = <1>; }; }; };)");
    for (const char* path : {"/zero/dev", "/many/dev", "/three/dev", "/short", "/map/dev"})
        EXPECT_EQ(error_of(tree, path).code, ErrorCode::protocol) << path;
}

}  // namespace
}  // namespace openbar
