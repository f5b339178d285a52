// Simulated cards through the public interface: inside the program, and of a server.
#include "openbar/openbar.hpp"
#include "openbar/pci_registers.hpp"

#include "simulator/host/live_card.hpp"
#include "simulator/registry.hpp"
#include "unit/vfio_user/running_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;

namespace openbar::testing {
namespace {

using simulator::testing::TestCard;

template <typename T>
volatile T& at(const Mapping& mapping, std::uint64_t offset) {
    return *reinterpret_cast<volatile T*>(mapping.data() + offset);
}

enum class Host { in_program, server };

class SimulatedDevice : public ::testing::TestWithParam<Host> {
protected:
    void SetUp() override {
        std::string address = "sim:test";
        if (GetParam() == Host::server) {
            server_.emplace();
            address = "vfio-user:" + server_->path();
        } else {
            EXPECT_TRUE(simulator::Registry::of_this_program().add(
                {.name = "test",
                 .summary = "a card for tests",
                 .create =
                     [](const simulator::Parameters&) -> Result<std::unique_ptr<simulator::Model>> {
                     return std::unique_ptr<simulator::Model>(std::make_unique<TestCard>());
                 }}));
        }
        auto opened = Device::open(address);
        ASSERT_TRUE(opened) << opened.error().message();
        device.emplace(*std::move(opened));
    }
    Mapping map(RegionIndex index, MapOptions options = {}) {
        return device->map(index, options).value();
    }
    [[nodiscard]] Region bar(RegionIndex index) const { return device->region(index).value(); }

    std::optional<vfio_user::testing::RunningServer> server_;  // ends after its client
    std::optional<Device> device;
};

INSTANTIATE_TEST_SUITE_P(All, SimulatedDevice, ::testing::Values(Host::in_program, Host::server),
                         [](const auto& host) {
                             return host.param == Host::server ? "server" : "in_program";
                         });

TEST_P(SimulatedDevice, serves_plain_pointers_with_one_access_each) {
    const Mapping registers = map(0);
    EXPECT_EQ(registers.memory_type(), MemoryType::emulated);
    EXPECT_EQ(at<std::uint32_t>(registers, 0), 0x0badcafeu);
    at<std::uint8_t>(registers, 0x08) = 0x5a;
    EXPECT_EQ(bar(0).read<std::uint32_t>(0x18).value(), 1u);
    at<std::uint16_t>(registers, 0x08) = 0x1234;
    EXPECT_EQ(bar(0).read<std::uint32_t>(0x18).value(), 2u);
    at<std::uint64_t>(registers, 0x08) = 0x1122334455667788;
    EXPECT_EQ(bar(0).read<std::uint32_t>(0x18).value(), 8u);
    EXPECT_EQ(at<std::uint64_t>(registers, 0x08), 0x1122334455667788u);
    EXPECT_EQ(bar(0).read<std::uint32_t>(0x10).value(), 3u);
    at<std::uint32_t>(registers, 0x08) = at<std::uint32_t>(registers, 0x08) | 0x100;
    EXPECT_EQ(bar(0).read<std::uint32_t>(0x10).value(), 4u);
    EXPECT_TRUE(registers.status());
}

TEST_P(SimulatedDevice, maps_memory_as_memory_beside_registers_that_trap) {
    const RegionInfo& info = bar(2).info();
    EXPECT_THAT(info.mappable, ::testing::ElementsAre(Range{0, 16384}));
    EXPECT_THAT(info.emulated, ::testing::ElementsAre(Range{4096, 4096}, Range{12288, 4096}));
    const Mapping all = map(2);
    EXPECT_EQ(all.memory_type(), MemoryType::emulated);
    const Mapping memory = map(2, {.offset = 8192, .length = 4096});
    EXPECT_EQ(memory.memory_type(), MemoryType::cached);
    at<std::uint32_t>(memory, 0x10) = 77;
    EXPECT_EQ(at<std::uint32_t>(all, 8192 + 0x10), 77u);
    EXPECT_EQ(at<std::uint8_t>(all, 4096), 0x5a);
    // The kernel writes memory, and does not trap for registers.
    EXPECT_EQ(::write(STDERR_FILENO, const_cast<std::byte*>(all.data()), 0), 0);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    EXPECT_EQ(::write(ends[1], const_cast<std::byte*>(all.data()) + 8192, 4), 4);
    EXPECT_EQ(::write(ends[1], const_cast<std::byte*>(all.data()) + 4096, 4), -1);
    EXPECT_EQ(errno, EFAULT);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_P(SimulatedDevice, chooses_memory_and_requests_for_registers_by_name) {
    EXPECT_EQ(device->registers(0).value().mapping(), nullptr);
    const Registers mixed = device->registers(2).value();
    ASSERT_NE(mixed.mapping(), nullptr);
    EXPECT_EQ(mixed.mapping()->memory_type(), MemoryType::cached);
    EXPECT_EQ(mixed.load<std::uint32_t>(4096), 0x5au);
}

TEST_P(SimulatedDevice, that_decodes_nothing_says_so_and_loses_its_mappings) {
    const Mapping registers = map(0);
    const Configuration configuration = device->configuration().value();
    ASSERT_TRUE(configuration.region().write<std::uint16_t>(4, 0));
    const auto refused = bar(0).read<std::uint32_t>(0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::disabled) << refused.error().message();
    EXPECT_FALSE(refused.error().hint.empty());
    EXPECT_EQ(bar(0).write<std::uint32_t>(8, 1).error().code, ErrorCode::disabled);
    EXPECT_TRUE(registers.status());
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(at<std::uint32_t>(registers, 0), 0xffffffffu);
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), ::testing::HasSubstr("bar0 of "));
    EXPECT_EQ(registers.status().error().code, ErrorCode::removed);
    ASSERT_TRUE(configuration.region().write<std::uint16_t>(4, 2));
    EXPECT_EQ(at<std::uint32_t>(map(0), 0), 0x0badcafeu) << "mapped again";
}

TEST_P(SimulatedDevice, interrupts_at_its_own_time) {
    ASSERT_TRUE(device->set_bus_master(true));
    auto vector = device->vector(InterruptKind::msi, 3);
    ASSERT_TRUE(vector) << vector.error().message();
    ASSERT_TRUE(bar(0).write<std::uint32_t>(0x28, 3));  // after 20 ms
    EXPECT_EQ(vector->wait(0ms).error().code, ErrorCode::timed_out);
    EXPECT_EQ(vector->wait(5s).value_or(0), 1u);
}

TEST_P(SimulatedDevice, survives_that_pinned_memory_is_unmapped_under_it) {
    ASSERT_TRUE(device->set_bus_master(true));
    void* const page =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    const auto pinned = device->pin({static_cast<std::byte*>(page), 4096});
    ASSERT_TRUE(pinned) << pinned.error().message();
    const auto transfer = [&](std::uint64_t command) {
        EXPECT_TRUE(bar(0).write<std::uint64_t>(0x30, pinned->segments().front().iova));
        EXPECT_TRUE(bar(0).write<std::uint32_t>(0x38, 64));
        EXPECT_TRUE(bar(0).write<std::uint64_t>(0x40, command));
        return bar(0).read<std::uint32_t>(0x44).value();
    };
    EXPECT_EQ(transfer(1), 1u);
    EXPECT_EQ(transfer(2), 1u);
    ::munmap(page, 4096);
    EXPECT_EQ(transfer(1), 2u);
    EXPECT_EQ(transfer(2), 2u);
}

TEST(CardInProgram, is_refused_to_a_child_of_a_fork) {
    const Device device = Device::open("sim:edu").value();
    const Region bar = device.region(0).value();
    const Mapping mapping = device.map(0).value();
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::close(STDERR_FILENO);
        const auto refused = bar.read<std::uint32_t>(0);
        const bool right = !refused && refused.error().code == ErrorCode::removed &&
                           mapping.load<std::uint32_t>(0) == 0xffffffff;
        ::_exit(right ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(mapping.load<std::uint32_t>(0), 0x010000edu);
}

TEST(CardInProgram, is_refused_to_a_signal_handler_in_the_middle_of_an_access) {
    auto live = simulator::LiveCard::start(std::make_unique<TestCard>()).value();
    const auto use = live->use();
    ASSERT_TRUE(use);
    const auto again = live->use();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::busy);
    EXPECT_FALSE(again.error().hint.empty());
}

TEST(CardInProgram, that_is_pulled_out_answers_ones_and_ends_waits) {
    const Device device = Device::open("sim:edu,fault=removed@2").value();
    const Region bar = device.region(0).value();
    auto vector = device.vector(0).value();
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 0x010000edu);
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 0xffffffffu);
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 0xffffffffu);
    EXPECT_EQ(device.region(configuration_region).value().read<std::uint16_t>(0).value(), 0xffffu);
    EXPECT_EQ(vector.wait(5s).error().code, ErrorCode::removed);
}

TEST(CardInProgram, may_stop_decoding_by_itself) {
    const Device device = Device::open("sim:edu,fault=decode_off@2").value();
    const Region bar = device.region(0).value();
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 0x010000edu);
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 0xffffffffu);
    EXPECT_EQ(bar.read<std::uint32_t>(0).error().code, ErrorCode::disabled);
    const Region config = device.region(configuration_region).value();
    ASSERT_TRUE(config.write<std::uint16_t>(pci::command, pci::command_memory));
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 0x010000edu);
}

/// As simulator/model.hpp has it.
class Counter : public simulator::Model {
public:
    Counter() {
        description_.name = "counter";
        description_.vendor = 0x1234;
        description_.device = 0xc0de;
        description_.regions = {{.index = 0, .size = 4096}};
    }
    const simulator::Description& description() const override { return description_; }
    std::uint64_t read(simulator::RegionNumber, std::uint64_t offset, unsigned) override {
        return offset == 0 ? ++reads_ : 0;
    }
    void write(simulator::RegionNumber, std::uint64_t, unsigned, std::uint64_t) override {}
    void reset() override { reads_ = 0; }

private:
    simulator::Description description_;
    std::uint32_t reads_ = 0;
};

TEST(CardInProgram, is_the_first_example_of_a_model) {
    ASSERT_TRUE(simulator::Registry::of_this_program().add(
        {.name = "counter",
         .summary = "a card that counts the reads of its one register",
         .create = [](const simulator::Parameters&) { return std::make_unique<Counter>(); }}));
    const auto device = Device::open("sim:counter");
    ASSERT_TRUE(device) << device.error().message();
    const Region bar = device.value().region(0).value();
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 1u);
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 2u);
}

/// Throws in each function that a host calls once it is attached.
class Throwing final : public Counter {
    std::uint64_t read(simulator::RegionNumber, std::uint64_t, unsigned) override {
        throw std::runtime_error("no idea");
    }
    void write(simulator::RegionNumber, std::uint64_t, unsigned, std::uint64_t) override {
        bus_->at(bus_->now(), [] { throw 7; });
        throw std::runtime_error("no idea");
    }
    void reset() override { throw std::runtime_error("no idea"); }
};

TEST(CardInProgram, whose_model_throws_answers_ones_and_says_so_once) {
    ASSERT_TRUE(simulator::Registry::of_this_program().add(
        {.name = "throwing", .summary = "", .create = [](const simulator::Parameters&) {
             return std::make_unique<Throwing>();
         }}));
    const Device device = Device::open("sim:throwing").value();
    const Region bar = device.region(0).value();
    const Mapping mapping = device.map(0).value();
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(bar.read<std::uint32_t>(0).value(), 0xffffffffu);
    EXPECT_TRUE(bar.write<std::uint32_t>(0, 1));
    EXPECT_TRUE(device.reset());
    EXPECT_EQ(mapping.load<std::uint16_t>(0), 0xffffu);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              "openbar: the model \"counter\" threw: no idea\n");
}

TEST(CardInProgram, gives_each_thread_its_turn) {
    const Device device = Device::open("sim:edu").value();
    const Region bar = device.region(0).value();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 2000; ++round)
                EXPECT_EQ(bar.read<std::uint32_t>(0).value_or(0), 0x010000edu);
        });
}

TEST(CardInProgram, reports_a_planned_error_as_an_event_and_by_a_wait) {
    const Device device = Device::open("sim:edu,fault=error@3").value();
    auto events = device.events().value();
    auto vector = device.vector(0).value();
    const Region bar = device.region(0).value();
    EXPECT_EQ(events.wait(std::chrono::seconds(0)).error().code, ErrorCode::timed_out);
    for (int access = 0; access < 5; ++access) EXPECT_EQ(bar.read<std::uint32_t>(0), 0x010000edu);
    EXPECT_EQ(events.wait(std::chrono::seconds(5)).value(), DeviceEvent::error);
    EXPECT_EQ(events.wait(std::chrono::seconds(0)).error().code, ErrorCode::timed_out) << "once";
    EXPECT_EQ(vector.wait(std::chrono::seconds(5)).error().code, ErrorCode::io);
}

TEST(CardInProgram, is_no_peer_for_dma_with_registers_that_trap) {
    const Device device = Device::open("sim:edu").value();
    const Mapping registers = device.map(0).value();
    const auto pinned = device.pin_peer(registers);
    ASSERT_FALSE(pinned);
    EXPECT_EQ(pinned.error().code, ErrorCode::invalid_argument);
}

TEST(CardInProgram, leaves_no_thread_behind) {
    const auto threads = [] {
        const std::filesystem::directory_iterator all("/proc/self/task");
        return std::distance(begin(all), end(all));
    };
    const auto before = threads();
    {
        const Device device = Device::open("sim:edu").value();
        EXPECT_EQ(threads(), before + 1);
    }
    EXPECT_EQ(threads(), before);
}

}  // namespace
}  // namespace openbar::testing
