// Interrupts from the card to a client's eventfds, as Linux VFIO does them.
#include "base/file_descriptor.hpp"
#include "unit/vfio_user/running_card.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <array>

namespace openbar::vfio_user {
namespace {

using namespace std::chrono_literals;
using testing::fires;
using testing::RunningCard;

FileDescriptor new_eventfd() {
    return FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

/// How often it was signalled since it was last asked.
std::uint64_t count_of(const FileDescriptor& descriptor) {
    std::uint64_t count = 0;
    return ::read(descriptor.get(), &count, sizeof count) == sizeof count ? count : 0;
}

TEST(VfioUserInterrupt, kinds_are_described) {
    const RunningCard running;
    const auto intx = *running.client->interrupt(InterruptKind::intx);
    EXPECT_EQ(intx.count, 1U);
    EXPECT_TRUE(intx.eventfd && intx.maskable && intx.automasked);
    EXPECT_EQ(running.client->interrupt(InterruptKind::msi).value().count, 16U);
    EXPECT_EQ(running.client->interrupt(InterruptKind::msix).value().count, 0U);
    EXPECT_EQ(running.client->interrupt(InterruptKind::error).value().count, 1U);
    EXPECT_EQ(running.client->interrupt(InterruptKind::request).value().count, 1U);
}

TEST(VfioUserInterrupt, intx_fires_once_and_again_on_unmask_while_asserted) {
    const RunningCard running;
    const auto& client = *running.client;
    const auto event = new_eventfd();
    ASSERT_TRUE(client.set_eventfds(InterruptKind::intx, 0, {{event.get()}}));
    ASSERT_TRUE(client.write_width(0, 0x20, 4, 1));
    EXPECT_EQ(count_of(event), 1U);
    ASSERT_TRUE(client.write_width(0, 0x20, 4, 1));
    EXPECT_EQ(count_of(event), 0U) << "it has masked itself";
    ASSERT_TRUE(client.unmask(InterruptKind::intx, 0, 1));
    EXPECT_EQ(count_of(event), 1U) << "the line is still asserted";
    ASSERT_TRUE(client.write_width(0, 0x20, 4, 0));
    ASSERT_TRUE(client.unmask(InterruptKind::intx, 0, 1));
    EXPECT_EQ(count_of(event), 0U);
}

TEST(VfioUserInterrupt, intx_stays_away_while_masked_or_disabled) {
    const RunningCard running;
    const auto& client = *running.client;
    const auto event = new_eventfd();
    ASSERT_TRUE(client.set_eventfds(InterruptKind::intx, 0, {{event.get()}}));
    ASSERT_TRUE(client.mask(InterruptKind::intx, 0, 1));
    ASSERT_TRUE(client.write_width(0, 0x20, 4, 1));
    EXPECT_EQ(count_of(event), 0U);
    ASSERT_TRUE(client.write_width(7, 4, 2, 0x0407));  // interrupt disable
    ASSERT_TRUE(client.unmask(InterruptKind::intx, 0, 1));
    EXPECT_EQ(count_of(event), 0U);
    ASSERT_TRUE(client.write_width(7, 4, 2, 0x0007));
    EXPECT_EQ(count_of(event), 1U);
}

TEST(VfioUserInterrupt, a_line_asserted_earlier_fires_when_somebody_listens) {
    const RunningCard running;
    ASSERT_TRUE(running.client->write_width(0, 0x20, 4, 1));
    const auto event = new_eventfd();
    ASSERT_TRUE(running.client->set_eventfds(InterruptKind::intx, 0, {{event.get()}}));
    EXPECT_EQ(count_of(event), 1U);
}

TEST(VfioUserInterrupt, messages_reach_their_own_vector) {
    const RunningCard running;
    const auto& client = *running.client;
    std::array<FileDescriptor, 16> events;
    std::array<int, 16> numbers{};
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[i] = new_eventfd();
        numbers[i] = events[i].get();
    }
    ASSERT_TRUE(client.set_eventfds(InterruptKind::msi, 0, numbers));
    for (std::uint64_t vector = 0; vector < 16; ++vector) {
        ASSERT_TRUE(client.write_width(0, 0x24, 4, vector));
        for (std::size_t i = 0; i < events.size(); ++i) {
            EXPECT_EQ(count_of(events[i]), i == vector ? 1U : 0U) << vector << " " << i;
        }
    }
}

TEST(VfioUserInterrupt, messages_are_sent_at_the_cards_own_time) {
    const RunningCard running;
    const auto event = new_eventfd();
    ASSERT_TRUE(running.client->set_eventfds(InterruptKind::msi, 0, {{event.get()}}));
    ASSERT_TRUE(running.client->write_width(0, 0x28, 4, 0));
    EXPECT_FALSE(fires(event.get(), 1ms));
    EXPECT_TRUE(fires(event.get(), 2s));
}

TEST(VfioUserInterrupt, vectors_without_a_descriptor_are_released) {
    const RunningCard running;
    const auto& client = *running.client;
    const auto first = new_eventfd();
    const auto second = new_eventfd();
    ASSERT_TRUE(client.set_eventfds(InterruptKind::msi, 0, {{first.get(), second.get()}}));
    ASSERT_TRUE(client.set_eventfds(InterruptKind::msi, 0, {{-1, second.get()}}));
    ASSERT_TRUE(client.write_width(0, 0x24, 4, 0));
    ASSERT_TRUE(client.write_width(0, 0x24, 4, 1));
    EXPECT_EQ(count_of(first), 0U);
    EXPECT_EQ(count_of(second), 1U);
}

// As with Linux VFIO, which masks single vectors of INTx alone.
TEST(VfioUserInterrupt,
     a_message_is_masked_in_the_configuration_space_and_comes_once_it_is_unmasked) {
    const RunningCard running;
    const auto& client = *running.client;
    const auto event = new_eventfd();
    ASSERT_TRUE(client.set_eventfds(InterruptKind::msi, 0, {{event.get()}}));
    EXPECT_FALSE(client.interrupt(InterruptKind::msi).value().maskable);
    EXPECT_FALSE(client.mask(InterruptKind::msi, 0, 1));
    constexpr std::uint64_t msi_mask = 0x40 + 16;
    ASSERT_TRUE(client.write_width(7, msi_mask, 4, 1));
    ASSERT_TRUE(client.write_width(0, 0x24, 4, 0));
    EXPECT_EQ(count_of(event), 0U);
    ASSERT_TRUE(client.write_width(7, msi_mask, 4, 0));
    EXPECT_EQ(count_of(event), 1U);
}

TEST(VfioUserInterrupt, disabled_kinds_are_silent) {
    const RunningCard running;
    const auto event = new_eventfd();
    ASSERT_TRUE(running.client->set_eventfds(InterruptKind::msi, 0, {{event.get()}}));
    ASSERT_TRUE(running.client->disable_interrupts(InterruptKind::msi));
    ASSERT_TRUE(running.client->write_width(0, 0x24, 4, 0));
    EXPECT_EQ(count_of(event), 0U);
}

TEST(VfioUserInterrupt, selected_vectors_can_be_triggered_by_hand) {
    const RunningCard running;
    const auto& client = *running.client;
    const std::array<FileDescriptor, 3> events{new_eventfd(), new_eventfd(), new_eventfd()};
    ASSERT_TRUE(client.set_eventfds(InterruptKind::msi, 4,
                                    {{events[0].get(), events[1].get(), events[2].get()}}));
    const std::array<std::uint8_t, 3> selected{1, 0, 255};
    ASSERT_TRUE(client.trigger(InterruptKind::msi, 4, 3, selected));
    EXPECT_EQ(count_of(events[0]), 1U);
    EXPECT_EQ(count_of(events[1]), 0U);
    EXPECT_EQ(count_of(events[2]), 1U);
    ASSERT_TRUE(client.trigger(InterruptKind::msi, 5, 1));
    EXPECT_EQ(count_of(events[1]), 1U);
}

TEST(VfioUserInterrupt, error_and_request_have_an_eventfd_each) {
    const RunningCard running;
    for (const auto kind : {InterruptKind::error, InterruptKind::request}) {
        const auto event = new_eventfd();
        ASSERT_TRUE(running.client->set_eventfds(kind, 0, {{event.get()}}));
        ASSERT_TRUE(running.client->trigger(kind, 0, 1));
        EXPECT_EQ(count_of(event), 1U);
    }
}

TEST(VfioUserInterrupt, vectors_that_do_not_exist_are_out_of_range) {
    const RunningCard running;
    const auto& client = *running.client;
    const auto event = new_eventfd();
    const auto code = [](const Result<void>& result) { return result.error().code; };
    EXPECT_EQ(code(client.set_eventfds(InterruptKind::msi, 16, {{event.get()}})),
              ErrorCode::out_of_range);
    EXPECT_EQ(code(client.set_eventfds(InterruptKind::msix, 0, {{event.get()}})),
              ErrorCode::out_of_range);
    EXPECT_EQ(code(client.mask(InterruptKind::msi, 0xffffffff, 2)), ErrorCode::out_of_range);
    EXPECT_EQ(code(client.mask(InterruptKind::msi, 0, 0)), ErrorCode::invalid_argument);
    EXPECT_EQ(code(client.set_eventfds(static_cast<InterruptKind>(9), 0, {{event.get()}})),
              ErrorCode::not_found);
}

TEST(VfioUserInterrupt, what_is_no_eventfd_is_refused) {
    const RunningCard running;
    const FileDescriptor file(::open("/dev/null", O_RDWR));
    const auto result = running.client->set_eventfds(InterruptKind::intx, 0, {{file.get()}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
}

TEST(VfioUserInterrupt, a_full_counter_does_not_stop_the_card) {
    const RunningCard running;
    const FileDescriptor event(::eventfd(0, EFD_CLOEXEC));
    const std::uint64_t full = 0xfffffffffffffffe;
    ASSERT_EQ(::write(event.get(), &full, sizeof full), 8);
    ASSERT_TRUE(running.client->set_eventfds(InterruptKind::msi, 0, {{event.get()}}));
    ASSERT_TRUE(running.client->write_width(0, 0x24, 4, 0));
    EXPECT_EQ(*running.client->read_width(0, 0, 4), 0x0badcafeU);
}

}  // namespace
}  // namespace openbar::vfio_user
