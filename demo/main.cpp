// What `./dev demo` runs: the story of each card that it is given, wherever that card is.
//
//     openbar_demo sim:edu sim:82540em
//     openbar_demo 0000:00:04.0 0000:00:05.0
#include "demo/story.hpp"
#include "examples/registers/edu.hpp"
#include "examples/registers/intel_82540em.hpp"

#include <chrono>
#include <cstdio>
#include <span>
#include <string>
#include <utility>

namespace {

using namespace openbar;

/// False where a step failed, or where there is no story of such a card.
bool tell(const std::string& address) {
    const auto start = std::chrono::steady_clock::now();
    auto device = Device::open(address);
    const auto took = std::chrono::steady_clock::now() - start;
    if (!device) {
        std::fprintf(stderr, "%s\n", device.error().message().c_str());
        return false;
    }
    const auto id = device->info().identity.value_or(PciIdentity{});
    const auto is = [&](std::uint16_t vendor, std::uint16_t number) {
        return id.vendor == vendor && id.device == number;
    };
    if (is(edu::vendor_id, edu::device_id)) return demo::tell_edu({std::move(*device), took});
    if (is(intel_82540em::vendor_id, intel_82540em::device_id))
        return demo::tell_ethernet({std::move(*device), took});
    std::fprintf(stderr, "the demo has no story of %s\n", address.c_str());
    return false;
}

}  // namespace

int main(int count, char** arguments) {
    const std::span addresses(arguments + 1, arguments + count);
    if (addresses.empty()) {
        std::fputs("usage: openbar_demo DEVICE...\n", stderr);
        return 2;
    }
    bool told = true;
    for (const char* address : addresses) told = tell(address) && told;
    return told ? 0 : 1;
}
