#include "simulator/host/interrupts.hpp"

#include "openbar/pci_registers.hpp"

#include <gtest/gtest.h>

namespace openbar::simulator {
namespace {

class CountingSink final : public InterruptSink {
public:
    explicit CountingSink(int& count) : count_(count) {}
    void signal() noexcept override { ++count_; }

private:
    int& count_;
};

class InterruptsTest : public ::testing::Test {
protected:
    static Description card() {
        Description description{.name = "card"};
        description.regions = {{.index = 0, .size = 0x4000}};
        description.intx = true;
        description.msi_vectors = 4;
        description.msi_maskable = true;
        description.msix_vectors = 3;
        return description;
    }
    void connect(InterruptKind kind, std::uint32_t vector) {
        std::unique_ptr<InterruptSink> sink = std::make_unique<CountingSink>(count);
        interrupts.connect(kind, vector, std::span(&sink, 1));
    }
    void master_the_bus(bool on) {
        space.set_bus_master(on);
        interrupts.look_again();
    }

    Description description = card();
    ConfigurationSpace space{description};
    MsixTable table{description};
    Interrupts interrupts{description, space, table, {}};
    int count = 0;
};

TEST_F(InterruptsTest, as_messages_are_lost_while_the_card_may_not_master_the_bus) {
    for (const auto kind : {InterruptKind::msi, InterruptKind::msix}) {
        connect(kind, 1);
        EXPECT_TRUE(interrupts.send_message(1)) << "no reason to fall back on the line";
        EXPECT_EQ(count, 0);
        master_the_bus(true);
        EXPECT_EQ(count, 0) << "it is lost, not late";
        EXPECT_TRUE(interrupts.send_message(1));
        EXPECT_EQ(count, 1);
        interrupts.release(kind);
        master_the_bus(false);
        count = 0;
    }
}

TEST_F(InterruptsTest, of_vectors_that_the_card_lacks_are_refused) {
    master_the_bus(true);
    EXPECT_FALSE(interrupts.send_message(0)) << "neither kind is on";
    connect(InterruptKind::msi, 0);
    EXPECT_TRUE(interrupts.send_message(3));
    EXPECT_FALSE(interrupts.send_message(4));
    interrupts.release(InterruptKind::msi);
    connect(InterruptKind::msix, 0);
    EXPECT_TRUE(interrupts.send_message(2));
    EXPECT_FALSE(interrupts.send_message(3));
}

TEST_F(InterruptsTest, that_are_masked_stay_pending_until_they_may_be_sent) {
    connect(InterruptKind::msix, 2);
    table.write(2 * MsixTable::entry_size + pci::msix_vector_control, 4, 1);
    master_the_bus(true);
    EXPECT_TRUE(interrupts.send_message(2));
    master_the_bus(false);
    table.write(2 * MsixTable::entry_size + pci::msix_vector_control, 4, 0);
    interrupts.look_again();
    EXPECT_EQ(count, 0);
    master_the_bus(true);
    EXPECT_EQ(count, 1);
}

TEST_F(InterruptsTest, are_forgotten_by_a_reset) {
    master_the_bus(true);
    connect(InterruptKind::msix, 2);
    table.write(2 * MsixTable::entry_size + pci::msix_vector_control, 4, 1);
    EXPECT_TRUE(interrupts.send_message(2));
    interrupts.set_line(true);
    interrupts.reset();
    table.write(2 * MsixTable::entry_size + pci::msix_vector_control, 4, 0);
    interrupts.look_again();
    interrupts.release(InterruptKind::msix);
    connect(InterruptKind::intx, 0);
    EXPECT_EQ(count, 0);
    EXPECT_EQ(space.read(pci::status, 2) & pci::status_interrupt, 0u);
}

TEST_F(InterruptsTest, of_a_line_that_was_disabled_arrive_once_it_is_enabled) {
    connect(InterruptKind::intx, 0);
    space.write(pci::command, 2, pci::command_interrupt_disable);
    interrupts.set_line(true);
    EXPECT_EQ(count, 0);
    space.write(pci::command, 2, 0);
    interrupts.look_again();
    EXPECT_EQ(count, 1);
    interrupts.look_again();
    EXPECT_EQ(count, 1) << "it masks itself";
    interrupts.unmask(InterruptKind::intx, 0);
    EXPECT_EQ(count, 2) << "still asserted";
}

}  // namespace
}  // namespace openbar::simulator
