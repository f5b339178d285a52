// Brings a network card up, sends frames that come back inside it, and checks and times them.
//
//     network_card sim:82540em [FRAMES]      (or QEMU's e1000 through VFIO: network_card 00:04.0)
#include "network_card.hpp"

#include <fmt/core.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace {

using namespace std::chrono_literals;

int fail(const openbar::Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    return 1;
}

/// Addressed to the card itself, of the type that IEEE 802 leaves to experiments, and numbered.
NetworkCard::Frame numbered_frame(const NetworkCard& card, std::uint32_t number) {
    NetworkCard::Frame frame(NetworkCard::longest_frame, static_cast<std::byte>(number));
    const auto address = card.address();
    std::memcpy(&frame[0], address.data(), address.size());
    std::memcpy(&frame[6], address.data(), address.size());
    frame[12] = std::byte{0x88};
    frame[13] = std::byte{0xb5};
    std::memcpy(&frame[14], &number, sizeof number);
    return frame;
}

int run(const char* address, std::uint32_t frames) {
    const auto device = openbar::Device::open(address);
    if (!device) return fail(device.error());
    auto card = NetworkCard::bring_up(*device);
    if (!card) return fail(card.error());
    const auto mac = card->address();
    fmt::print("{}: address {:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}, link {}\n", address, mac[0],
               mac[1], mac[2], mac[3], mac[4], mac[5], card->link_is_up() ? "up" : "down");
    if (auto looped = card->loop_back(true); !looped) return fail(looped.error());
    const auto start = std::chrono::steady_clock::now();
    for (std::uint32_t number = 0; number < frames; ++number) {
        const auto sent = numbered_frame(*card, number);
        if (auto done = card->send(sent); !done) return fail(done.error());
        const auto received = card->receive(1s);
        if (!received) return fail(received.error());
        if (*received != sent) {
            fmt::print(stderr, "frame {} came back changed\n", number);
            return 1;
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    fmt::print("{} frames of {} bytes sent and received again in {:.2f} s\n", frames,
               NetworkCard::longest_frame, took.count());
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    std::uint32_t frames = 1000;
    if (count == 3) {
        const std::string_view text = arguments[2];
        const auto end = text.data() + text.size();
        if (const auto [rest, error] = std::from_chars(text.data(), end, frames);
            error != std::errc() || rest != end)
            count = 0;
    }
    if (count == 2 || count == 3) return run(arguments[1], frames);
    std::fputs("usage: network_card DEVICE [FRAMES]\n", stderr);
    return 2;
}
