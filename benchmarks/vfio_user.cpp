// What a simulated card costs: requests, interrupts and DMA over a vfio-user socket, against the
// least that any program could pay for the same.
//
// A request is one message each way, so its yardstick is one byte each way: a bare
// ping-pong of read() and write() over the same kind of socket pair, between the same two threads
// of one process. The card is one of the tests', whose registers do next to nothing.
#include "openbar/vfio_user/client.hpp"
#include "openbar/vfio_user/shared_memory.hpp"

#include "base/file_descriptor.hpp"
#include "comparison.hpp"
#include "simulator/vfio_user/in_program.hpp"
#include "tests/unit/vfio_user/test_card.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace openbar;
using namespace openbar::vfio_user;
using benchmark::compare;
using simulator::vfio_user::InProgram;

constexpr std::size_t round_trips = 500;
constexpr std::size_t batch = 1000;
constexpr std::size_t megabyte = std::size_t{1} << 20;
constexpr std::uint64_t iova = 0x10000000;

template <typename T>
T must(Result<T> result) {
    if (result) {
        if constexpr (std::is_void_v<T>)
            return;
        else
            return std::move(*result);
    }
    std::fprintf(stderr, "vfio_user_benchmark: %s\n", result.error().message().c_str());
    std::exit(1);
}

void must(bool done, const char* what) {
    if (done) return;
    std::perror(what);
    std::exit(1);
}

/// A thread that answers every byte with a byte, and with an eventfd's signal where asked to.
class PingPong {
public:
    explicit PingPong(int eventfd = -1) {
        std::array<int, 2> ends{};
        must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "socketpair");
        near_ = FileDescriptor(ends[0]);
        thread_ = std::thread([far = FileDescriptor(ends[1]), eventfd] {
            char byte = 0;
            while (::read(far.get(), &byte, 1) == 1) {
                const std::uint64_t one = 1;
                if (eventfd >= 0)
                    must(::write(eventfd, &one, sizeof one) == sizeof one, "write");
                else
                    must(::write(far.get(), &byte, 1) == 1, "write");
            }
        });
    }
    ~PingPong() {
        near_.reset();
        thread_.join();
    }
    void send() const { must(::write(near_.get(), "x", 1) == 1, "write"); }
    void receive() const {
        char byte = 0;
        must(::read(near_.get(), &byte, 1) == 1, "read");
    }

private:
    FileDescriptor near_;
    std::thread thread_;
};

struct Card {
    explicit Card(Options options = {})
        : program(must(InProgram::start(std::make_unique<simulator::testing::TestCard>()))),
          client(must(Client::adopt(program.take_socket(), "sim:test", options))) {
        must(client.write_width(7, 4, 2, 7));
    }
    InProgram program;
    Client client;
};

template <typename Function>
auto times(std::size_t count, Function function) {
    return [count, function] {
        for (std::size_t i = 0; i < count; ++i) function();
    };
}

void measure_round_trips(std::vector<benchmark::Comparison>& results) {
    const Card card;
    const PingPong bare;
    const auto ping_pong = times(round_trips, [&] {
        bare.send();
        bare.receive();
    });
    results.push_back(compare("read a register : one byte each way", round_trips, ping_pong,
                              times(round_trips, [&] { must(card.client.read_width(0, 0, 4)); })));
    results.push_back(
        compare("write a register : one byte each way", round_trips, ping_pong,
                times(round_trips, [&] { must(card.client.write_width(0, 8, 4, 1)); })));
}

void measure_pipelining(std::vector<benchmark::Comparison>& results) {
    const Card coalescing;
    const Card pipelining({.write_multiple = false});
    const std::vector<RegionWrite> writes(batch, RegionWrite{0, 8, 4, 1});
    const auto one_by_one = times(batch, [&] { must(coalescing.client.write_width(0, 8, 4, 1)); });
    constexpr std::size_t turns = 41;
    results.push_back(compare(
        "posted write : acknowledged write", batch, one_by_one,
        [&] {
            for (std::size_t i = 0; i < batch; ++i) {
                must(coalescing.client.write_posted(0, 8, 4, 1));
            }
            must(coalescing.client.fence());
        },
        turns));
    results.push_back(compare(
        "write of a pipelined batch : acknowledged write", batch, one_by_one,
        [&] { must(pipelining.client.write_batch(writes)); }, turns));
    results.push_back(compare(
        "write of a coalesced batch : acknowledged write", batch, one_by_one,
        [&] { must(coalescing.client.write_batch(writes)); }, turns));
    std::vector<std::byte> elements(4096);
    results.push_back(compare(
        "element of a block : single read", 1024,
        times(1024, [&] { must(coalescing.client.read_width(0, 0, 4)); }),
        [&] { must(coalescing.client.read_elements(0, 0, elements, 4)); }, turns));
}

void measure_interrupts(std::vector<benchmark::Comparison>& results) {
    const Card card;
    const FileDescriptor event(::eventfd(0, EFD_CLOEXEC));
    const PingPong bare(event.get());
    must(card.client.set_eventfds(InterruptKind::msi, 0, {{event.get()}}));
    const auto wait = [&] {
        std::uint64_t count = 0;
        must(::read(event.get(), &count, sizeof count) == sizeof count, "read");
    };
    results.push_back(compare("interrupt asked for by a register : eventfd asked for by a byte",
                              round_trips,
                              times(round_trips,
                                    [&] {
                                        bare.send();
                                        wait();
                                    }),
                              times(round_trips, [&] {
                                  must(card.client.write_posted(0, 0x24, 4, 0));
                                  wait();
                              })));
}

/// Gives the card memory, and has it write all of it each time.
class Transfer {
public:
    Transfer(const char* name, bool by_file, Options options)
        : card_(options), memory_(must(SharedMemory::create(megabyte, name))) {
        must(card_.client.dma_map(iova, memory_.memory(), DmaAccess::read_write,
                                  by_file ? memory_.descriptor() : -1));
        must(card_.client.write_width(0, 0x30, 8, iova));
        must(card_.client.write_width(0, 0x38, 8, megabyte));
    }
    void operator()() const {
        must(card_.client.write_width(0, 0x40, 4, 2));
        if (must(card_.client.read_width(0, 0x44, 4)) != 1) std::exit(1);
    }

private:
    Card card_;
    SharedMemory memory_;
};

void measure_dma(std::vector<benchmark::Comparison>& results) {
    const Transfer mapped("mapped", true, {});
    const Transfer by_twin("twin", false, {});
    const Transfer by_main("main", false, {.twin_socket = false});
    std::vector<std::byte> source(megabyte);
    std::vector<std::byte> destination(megabyte);
    constexpr std::size_t turns = 41;
    const auto copy = [&] {
        std::memcpy(destination.data(), source.data(), megabyte);
        // Without this the compiler may leave the copy out.
        asm volatile("" : : "r"(destination.data()) : "memory");
    };
    const auto ways = {std::pair{"DMA of 1 MiB by mapping : memcpy", &mapped},
                       std::pair{"DMA of 1 MiB by message, twin socket : memcpy", &by_twin},
                       std::pair{"DMA of 1 MiB by message, one socket : memcpy", &by_main}};
    for (const auto& [name, transfer] : ways) {
        results.push_back(compare(name, 1, copy, std::cref(*transfer), turns));
    }
}

}  // namespace

int main(int count, char** arguments) {
    const bool json = count > 1 && std::string_view(arguments[1]) == "--json";
    std::vector<benchmark::Comparison> results;
    measure_round_trips(results);
    measure_pipelining(results);
    measure_interrupts(results);
    measure_dma(results);
    benchmark::print(results, json);
}
