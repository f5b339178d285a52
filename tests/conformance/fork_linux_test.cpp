// A forked child, which shares the descriptors of its parent's device.
#include "device_under_test.hpp"
#include "examples/registers/edu.hpp"

#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;

namespace openbar::conformance {
namespace {

using ForkedChild = DeviceUnderTest;

constexpr DmaConstraints reachable{.highest_address = (1u << edu::dma_address_bits) - 1};

TEST_F(ForkedChild, that_destroys_what_it_inherited_leaves_the_parents_device_alone) {
    if (device->info().backend == BackendKind::vfio_user)
        GTEST_SKIP() << "threads of the library's do not follow into a child";
    static_cast<void>(device->set_bus_master(true));
    std::optional<Interrupt> vector;
    if (device->info().capabilities.interrupts) {
        auto enabled = device->vector(0);
        ASSERT_TRUE(enabled) << enabled.error().message();
        vector.emplace(std::move(*enabled));
    }
    std::optional<DmaBuffer> buffer;
    if (device->info().capabilities.dma) {
        auto allocated = device->allocate_dma(4096, reachable);
        ASSERT_TRUE(allocated) << allocated.error().message();
        buffer.emplace(std::move(*allocated));
    }
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        buffer.reset();
        vector.reset();
        device.reset();
        ::_exit(0);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);

    const RequestRegisters registers(*device->region(edu::bar));
    EXPECT_EQ(registers.read<edu::Identification>().get<edu::Identification::Magic>(), edu::magic);
    if (vector) {
        registers.write<edu::InterruptRaise>(1);
        const auto count = vector->wait(5s);
        EXPECT_TRUE(count) << count.error().message();
        registers.write<edu::InterruptAcknowledge>(1);
    }
    if (!buffer) return;
    // An address that something else than this program has taken back is not used again.
    const auto iova = buffer->segments().front().iova;
    buffer.reset();
    const auto again = device->allocate_dma(4096, reachable);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->segments().front().iova, iova) << "the parent's own was there to take back";
}

}  // namespace
}  // namespace openbar::conformance
