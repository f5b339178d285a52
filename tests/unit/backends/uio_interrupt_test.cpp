// The interrupt of a UIO node that is switched by writing to it, as uio_pdrv_genirq offers. A
// socket stands in for the node: it too passes on 4 bytes at a time each way. (Debian's kernels
// have no such driver to try.)
#include "backends/uio/uio_interrupt.hpp"

#include "base/system_calls.hpp"
#include "device/wait.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <thread>

namespace openbar {
namespace {

using namespace std::chrono_literals;

class UioNode : public ::testing::Test {
protected:
    UioNode() {
        int ends[2] = {-1, -1};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
        node = FileDescriptor(ends[0]);
        kernel = FileDescriptor(ends[1]);
    }
    ~UioNode() override { system_calls::set_hook_for_tests({}); }

    [[nodiscard]] Result<std::unique_ptr<InterruptSource>> enable() {
        return UioInterrupt::enable(line_switched_by_its_node(node.get(), "dt:/clock"), nullptr,
                                    in_use);
    }
    /// What was written to the node since the last look, or nothing.
    [[nodiscard]] std::optional<std::int32_t> written() const {
        std::int32_t value = 0;
        if (::read(kernel.get(), &value, sizeof value) != sizeof value) return std::nullopt;
        return value;
    }
    /// It fires, for the `total`-th time.
    void fire(std::uint32_t total) const {
        ASSERT_EQ(::write(kernel.get(), &total, sizeof total), 4);
    }

    FileDescriptor node;
    FileDescriptor kernel;
    std::atomic<bool> in_use = false;
};

TEST_F(UioNode,
       is_let_through_when_enabled_and_before_the_wait_after_each_and_kept_back_at_the_end) {
    {
        auto interrupt = enable();
        ASSERT_TRUE(interrupt) << interrupt.error().message();
        EXPECT_EQ(written(), 1);
        fire(1);
        EXPECT_EQ(wait_for(**interrupt, 1s).value(), 1u);
        EXPECT_EQ(written(), std::nullopt)
            << "its cause is not acknowledged yet: it would fire again";
        EXPECT_FALSE(wait_for(**interrupt, 0s));
        EXPECT_EQ(written(), 1);
        EXPECT_FALSE(wait_for(**interrupt, 0s));
        EXPECT_EQ(written(), std::nullopt) << "it is let through already";
    }
    EXPECT_EQ(written(), 0);
    EXPECT_FALSE(in_use);
}

TEST_F(UioNode, counts_what_fired_since_the_last_wait_and_not_what_fired_before_it_was_enabled) {
    fire(41);
    auto interrupt = enable();
    ASSERT_TRUE(interrupt);
    EXPECT_EQ(wait_for(**interrupt, 0s).error().code, ErrorCode::timed_out);
    fire(44);
    EXPECT_EQ(wait_for(**interrupt, 1s).value(), 3u);
    fire(45);
    EXPECT_EQ(wait_for(**interrupt, 1s).value(), 1u);
}

TEST_F(UioNode, that_fires_the_moment_it_is_let_through_is_waited_for) {
    fire(41);
    system_calls::set_hook_for_tests([this](std::string_view call) {
        if (call == "write") fire(42);
        return 0;
    });
    auto interrupt = enable();
    system_calls::set_hook_for_tests({});
    ASSERT_TRUE(interrupt);
    EXPECT_EQ(wait_for(**interrupt, 1s).value_or(0), 1u);
}

TEST_F(UioNode, counts_on_where_the_kernels_number_wraps) {
    fire(0xffff'fffe);
    auto interrupt = enable();
    ASSERT_TRUE(interrupt);
    fire(1);
    EXPECT_EQ(wait_for(**interrupt, 1s).value(), 3u);
}

TEST_F(UioNode, is_masked_and_unmasked_by_writing_to_it) {
    auto interrupt = enable();
    ASSERT_TRUE(interrupt);
    EXPECT_EQ(written(), 1);
    EXPECT_TRUE((*interrupt)->mask());
    EXPECT_EQ(written(), 0);
    EXPECT_TRUE((*interrupt)->unmask());
    EXPECT_EQ(written(), 1);
}

TEST_F(UioNode, stays_masked_while_somebody_waits) {
    auto interrupt = enable();
    ASSERT_TRUE(interrupt);
    ASSERT_TRUE((*interrupt)->mask());
    EXPECT_FALSE(wait_for(**interrupt, 0s));
    ASSERT_TRUE((*interrupt)->unmask());
    EXPECT_EQ(written(), 1) << "when it was enabled";
    EXPECT_EQ(written(), 0);
    EXPECT_EQ(written(), 1);
    EXPECT_EQ(written(), std::nullopt) << "the wait did not let it through";
}

TEST_F(UioNode, that_waits_can_be_cancelled) {
    auto interrupt = enable();
    ASSERT_TRUE(interrupt);
    std::jthread other([&] { (*interrupt)->cancel(); });
    EXPECT_EQ(wait_for(**interrupt, 10s).error().code, ErrorCode::cancelled);
}

TEST_F(UioNode, without_an_interrupt_says_so_and_can_be_tried_again) {
    system_calls::set_hook_for_tests(
        [](std::string_view call) { return call == "write" ? EIO : 0; });
    const auto refused = enable();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unsupported);
    EXPECT_NE(refused.error().message().find("no interrupt"), std::string::npos);
    EXPECT_FALSE(in_use);
    system_calls::set_hook_for_tests({});
    EXPECT_TRUE(enable());
}

TEST_F(UioNode, whose_driver_has_no_switch_is_waited_for_all_the_same) {
    system_calls::set_hook_for_tests(
        [](std::string_view call) { return call == "write" ? ENOSYS : 0; });
    auto interrupt = enable();
    ASSERT_TRUE(interrupt) << interrupt.error().message();
    fire(1);
    EXPECT_EQ(wait_for(**interrupt, 1s).value(), 1u);
    EXPECT_FALSE((*interrupt)->mask());
}

TEST_F(UioNode, has_one_interrupt_for_one_at_a_time) {
    const auto first = enable();
    ASSERT_TRUE(first);
    EXPECT_EQ(enable().error().code, ErrorCode::busy);
}

TEST_F(UioNode, that_went_away_is_reported_as_removed) {
    auto interrupt = enable();
    ASSERT_TRUE(interrupt);
    kernel.reset();
    const auto gone = wait_for(**interrupt, 1s);
    ASSERT_FALSE(gone);
    EXPECT_NE(gone.error().code, ErrorCode::timed_out) << gone.error().message();
}

}  // namespace
}  // namespace openbar
