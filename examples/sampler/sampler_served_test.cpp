// The sampler behind a socket, driven as a separate program would drive it.
#include "openbar/vfio_user/client.hpp"
#include "openbar/vfio_user/shared_memory.hpp"

#include "sampler.hpp"
#include "simulator/vfio_user/in_program.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>

namespace {

using openbar::vfio_user::Client;

TEST(ServedSampler, samples_a_mapped_waveform_into_memory_and_interrupts) {
    auto card = openbar::simulator::vfio_user::InProgram::start(std::make_unique<Sampler>());
    ASSERT_TRUE(card) << card.error().message();
    auto client = Client::adopt(card->take_socket(), "sampler");
    ASSERT_TRUE(client) << client.error().message();
    auto waveform = client->map(1, {.offset = 0, .length = 4096});
    ASSERT_TRUE(waveform) << waveform.error().message();
    const std::uint32_t wave[] = {7, 8, 9};
    std::memcpy(waveform->memory().data(), wave, sizeof wave);
    auto memory = openbar::vfio_user::SharedMemory::create(4096, "ring");
    ASSERT_TRUE(memory) << memory.error().message();
    constexpr std::uint64_t iova = 0x10000;
    ASSERT_TRUE(client->dma_map(iova, memory->memory(), openbar::vfio_user::DmaAccess::read_write,
                                memory->descriptor()));
    const int sampled = ::eventfd(0, EFD_CLOEXEC);
    const int descriptors[] = {sampled};
    ASSERT_TRUE(client->set_eventfds(openbar::vfio_user::InterruptKind::msi, 0, descriptors));

    ASSERT_TRUE(client->write_width(7, 0x04, 2, 0x0006));  // decode memory, master the bus
    EXPECT_EQ(client->read_width(0, 0x00, 4).value_or(0), 0x53414d50u);
    ASSERT_TRUE(client->write_width(0, 0x10, 4, iova));
    ASSERT_TRUE(client->write_width(0, 0x18, 4, 1024));
    ASSERT_TRUE(client->write_width(0, 0x04, 4, 3));
    pollfd waiting{.fd = sampled, .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&waiting, 1, 5000), 1) << "no interrupt within 5 s";
    while (client->read_width(0, 0x0c, 4).value_or(3) < 3) ::usleep(1000);
    EXPECT_EQ(std::memcmp(memory->memory().data(), wave, sizeof wave), 0);
    ::close(sampled);
}

}  // namespace
