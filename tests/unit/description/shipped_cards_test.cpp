// The card files that come with openbar, against the register headers of the examples.
#include "openbar/card_files.hpp"

#include "examples/registers/edu.hpp"
#include "examples/registers/intel_82540em.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace openbar::testing {
namespace {

using namespace description;

std::string problems_of(const Description& card) {
    std::ostringstream text;
    for (const Problem& problem : card.check()) text << problem << "\n";
    return text.str();
}

std::uint64_t offset_of(const Description& card, std::string_view name) {
    const auto place = card.find_register(name);
    return place ? place->offset() : ~std::uint64_t{0};
}

unsigned bit_of(const Description& card, std::string_view name) {
    const auto place = card.find_field(name);
    return place ? place->field.low() : ~0U;
}

TEST(ShippedCards, DescribeEduAsTheExamplesDo) {
    const auto card = find_card({edu::vendor_id, edu::device_id}).value();
    EXPECT_EQ(problems_of(card), "");
    EXPECT_EQ(offset_of(card, "IDENTIFICATION"), edu::Identification::offset);
    EXPECT_EQ(offset_of(card, "LIVENESS"), edu::Liveness::offset);
    EXPECT_EQ(offset_of(card, "FACTORIAL"), edu::Factorial::offset);
    EXPECT_EQ(offset_of(card, "STATUS"), edu::Status::offset);
    EXPECT_EQ(offset_of(card, "INTERRUPT_STATUS"), edu::InterruptStatus::offset);
    EXPECT_EQ(offset_of(card, "INTERRUPT_RAISE"), edu::InterruptRaise::offset);
    EXPECT_EQ(offset_of(card, "INTERRUPT_ACKNOWLEDGE"), edu::InterruptAcknowledge::offset);
    EXPECT_EQ(offset_of(card, "DMA_SOURCE"), edu::DmaSource::offset);
    EXPECT_EQ(offset_of(card, "DMA_DESTINATION"), edu::DmaDestination::offset);
    EXPECT_EQ(offset_of(card, "DMA_COUNT"), edu::DmaCount::offset);
    EXPECT_EQ(offset_of(card, "DMA_COMMAND"), edu::DmaCommand::offset);
    EXPECT_EQ(bit_of(card, "STATUS.INTERRUPT_WHEN_DONE"), 7u);
    EXPECT_EQ(bit_of(card, "DMA_COMMAND.DIRECTION"), 1u);
    EXPECT_EQ(card.find_register("DMA_COMMAND").value().description().width(), 64u);
    EXPECT_EQ(card.find_register("INTERRUPT_ACKNOWLEDGE").value().description().target(),
              "INTERRUPT_STATUS");
}

TEST(ShippedCards, DescribeThe82540emAsTheExamplesDo) {
    const auto card = find_card({intel_82540em::vendor_id, intel_82540em::device_id}).value();
    EXPECT_EQ(problems_of(card), "");
    EXPECT_EQ(offset_of(card, "CTRL"), intel_82540em::Control::offset);
    EXPECT_EQ(offset_of(card, "STATUS"), intel_82540em::Status::offset);
    EXPECT_EQ(offset_of(card, "EERD"), intel_82540em::EepromRead::offset);
    EXPECT_EQ(offset_of(card, "MDIC"), intel_82540em::PhyAccess::offset);
    EXPECT_EQ(offset_of(card, "ICR"), intel_82540em::InterruptCauseRead::offset);
    EXPECT_EQ(offset_of(card, "ICS"), intel_82540em::InterruptCauseSet::offset);
    EXPECT_EQ(offset_of(card, "IMS"), intel_82540em::InterruptMaskSet::offset);
    EXPECT_EQ(offset_of(card, "IMC"), intel_82540em::InterruptMaskClear::offset);
    EXPECT_EQ(offset_of(card, "RCTL"), intel_82540em::ReceiveControl::offset);
    EXPECT_EQ(offset_of(card, "TCTL"), intel_82540em::TransmitControl::offset);
    EXPECT_EQ(offset_of(card, "GPRC"), intel_82540em::GoodFramesReceived::offset);
    EXPECT_EQ(offset_of(card, "GPTC"), intel_82540em::GoodFramesSent::offset);
    EXPECT_EQ(offset_of(card, "RDT"), 0x2818u);
    EXPECT_EQ(offset_of(card, "TDT"), 0x3818u);
    EXPECT_EQ(offset_of(card, "RAH[15]"), 0x547cu);
    EXPECT_EQ(bit_of(card, "CTRL.SLU"), 6u);
    EXPECT_EQ(bit_of(card, "RAH[0].AV"), 31u);
    EXPECT_EQ(bit_of(card, "MDIC.PHYADD"), 21u);
    const auto icr = card.find_register("ICR").value().description();
    EXPECT_TRUE(icr.reading_has_effects());
    EXPECT_EQ(icr.write_effect(), WriteEffect::one_to_clear);
}

}  // namespace
}  // namespace openbar::testing
