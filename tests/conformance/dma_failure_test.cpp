// DMA memory while the system refuses: every system call fails in turn, and nothing may be left of
// what was half done.
#include "base/system_calls.hpp"
#include "device_under_test.hpp"
#include "examples/registers/edu_dma.hpp"
#include "tests/soak/held.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <vector>

namespace openbar::conformance {
namespace {

using soak::Held;
using soak::held_by_this_process;

/// Makes the n-th call of this thread fail, from `arm` on, and only once. Other threads, such as a
/// simulated card's, are left alone.
class OneFailure {
public:
    OneFailure() {
        system_calls::set_hook_for_tests([this](std::string_view call) {
            if (!armed_ || std::this_thread::get_id() != thread_ || left_-- != 0) return 0;
            call_ = call;
            return error_;
        });
    }
    OneFailure(const OneFailure&) = delete;
    OneFailure& operator=(const OneFailure&) = delete;
    ~OneFailure() { system_calls::set_hook_for_tests({}); }

    void arm(int number, int error) {
        left_ = number;
        error_ = error;
        call_.clear();
        armed_ = true;
    }
    /// The call that failed; empty where there were not so many.
    std::string disarm() {
        armed_ = false;
        return call_;
    }

private:
    const std::thread::id thread_ = std::this_thread::get_id();
    std::atomic<bool> armed_ = false;
    int left_ = 0;
    int error_ = 0;
    std::string call_;
};

class FailingCalls : public DeviceUnderTest {
protected:
    void SetUp() override {
        DeviceUnderTest::SetUp();
        if (!device->info().capabilities.dma) return;
        ASSERT_TRUE(device->allocate_dma(1)) << "what stays from the first time on is there";
        uio = device->info().backend == BackendKind::uio;
        if (!uio) {
            ordinary.resize(5 * 4096);
            memory = std::span(ordinary).subspan(100, 3 * 4096);
            return;
        }
        void* const huge = ::mmap(nullptr, huge_size, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
        ASSERT_NE(huge, MAP_FAILED);
        memory = {static_cast<std::byte*>(huge) + 100, 3 * 4096};
    }
    void TearDown() override {
        if (uio && !memory.empty()) ::munmap(memory.data() - 100, huge_size);
    }

    /// All addresses up to 2 MiB but the first page, which is never given: there as long as nothing
    /// of it is taken. Without an IOMMU: as many huge pages as before.
    [[nodiscard]] bool nothing_is_taken() const {
        if (uio) return soak::free_huge_pages() == huge_pages_before;
        return device->allocate_dma((2 << 20) - 4096, limits).has_value();
    }

    /// `attempt` with each of its calls failing in turn, until it makes no more.
    template <typename Attempt>
    void each_call_failing(Attempt attempt) {
        const bool kernel_pins = device->info().backend == BackendKind::vfio;
        for (const int error : {ENOMEM, EPERM, EINVAL, EFAULT, EIO}) {
            int calls = 0;
            for (std::string failed = "all"; !failed.empty(); ++calls) {
                ASSERT_LT(calls, 100);
                const Held before = held_by_this_process();
                const auto pinned_before = soak::pinned_pages();
                huge_pages_before = soak::free_huge_pages();
                {
                    failure.arm(calls, error);
                    auto result = attempt();
                    failed = failure.disarm();
                    SCOPED_TRACE(failed + " failed with " + std::to_string(error));
                    if (failed.empty()) {
                        EXPECT_TRUE(result) << result.error().message();
                    } else if (!result) {
                        EXPECT_FALSE(result.error().attempted.empty());
                        EXPECT_FALSE(result.error().cause.empty());
                    }
                    // Where one call may fail without harm, as one that only asks, all must be
                    // well.
                    if (result) {
                        EXPECT_FALSE(result->segments().empty());
                    }
                }
                SCOPED_TRACE("after call " + std::to_string(calls) + ", " + failed);
                const Held after = held_by_this_process();
                ASSERT_EQ(after, before) << soak::difference(before, after);
                if (kernel_pins) {
                    ASSERT_EQ(soak::pinned_pages(), pinned_before);
                }
                ASSERT_TRUE(nothing_is_taken());
            }
            EXPECT_GE(calls, least_calls) << "it makes calls that a test can let fail";
        }
    }

    static constexpr std::size_t huge_size = 2 << 20;
    static constexpr DmaConstraints limits{.highest_address = (2 << 20) - 1};
    static constexpr int least_calls = 2;
    bool uio = false;
    std::int64_t huge_pages_before = 0;
    std::vector<std::byte> ordinary;
    std::span<std::byte> memory;
    OneFailure failure;
};

TEST_F(FailingCalls, leave_nothing_of_a_buffer) {
    OPENBAR_NEEDS(dma);
    each_call_failing([&] { return device->allocate_dma(5000, uio ? DmaConstraints{} : limits); });
}

TEST_F(FailingCalls, leave_nothing_of_a_pin) {
    OPENBAR_NEEDS(dma);
    each_call_failing([&] {
        return device->pin(memory, {.highest_address = uio ? UINT64_MAX : limits.highest_address});
    });
}

TEST_F(FailingCalls, of_opening_leave_nothing_open) {
    device.reset();
    const Held before = held_by_this_process();
    for (const int error : {ENOMEM, EPERM, EIO}) {
        int calls = 0;
        for (std::string failed = "all"; !failed.empty(); ++calls) {
            ASSERT_LT(calls, 200);
            {
                failure.arm(calls, error);
                const auto opened = Device::open(device_address());
                failed = failure.disarm();
                SCOPED_TRACE(failed + " failed with " + std::to_string(error));
                if (failed.empty()) {
                    EXPECT_TRUE(opened) << opened.error().message();
                } else if (!opened) {
                    EXPECT_FALSE(opened.error().cause.empty());
                }
            }
            const Held after = held_by_this_process();
            ASSERT_EQ(after, before)
                << failed << ", call " << calls << ": " << soak::difference(before, after);
        }
    }
}

// The kernel says that it did not take the memory back: then its addresses lead there still.
TEST_F(FailingCalls, of_taking_back_cost_the_addresses_and_nothing_else) {
    OPENBAR_NEEDS(dma);
    if (device->info().backend != BackendKind::vfio)
        GTEST_SKIP() << "taking back is a system call with VFIO only";
    {
        auto buffer = device->allocate_dma(4096, limits);
        ASSERT_TRUE(buffer);
        failure.arm(0, EIO);
    }
    EXPECT_EQ(failure.disarm(), "ioctl");
    EXPECT_FALSE(nothing_is_taken());
    const auto next = device->allocate_dma(4096, limits);
    ASSERT_TRUE(next) << next.error().message();
    device.reset();
}

}  // namespace
}  // namespace openbar::conformance
