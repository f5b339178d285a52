#include "simulator/models/intel_82540em/statistics.hpp"

#include <limits>
#include <utility>

namespace openbar::simulator::e1000 {
namespace {

constexpr Offset pairs[] = {stat::good_octets_received, stat::good_octets_sent,
                            stat::octets_received, stat::octets_sent};

}  // namespace

void Statistics::count(Offset counter) {
    std::uint32_t& value = at(counter);
    if (value != std::numeric_limits<std::uint32_t>::max()) ++value;
}

void Statistics::add_octets(Offset low, std::size_t octets) {
    const std::uint64_t before = (std::uint64_t{at(low + 4)} << 32) | at(low);
    const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - before;
    const std::uint64_t after = before + (octets < room ? octets : room);
    at(low) = static_cast<std::uint32_t>(after);
    at(low + 4) = static_cast<std::uint32_t>(after >> 32);
}

void Statistics::count_size(Offset first, std::size_t size) {
    constexpr std::size_t longest[] = {64, 127, 255, 511, 1023};
    Offset counter = first;
    for (const std::size_t limit : longest) {
        if (size <= limit) break;
        counter += 4;
    }
    count(counter);
}

std::uint32_t Statistics::read(Offset counter) {
    for (const Offset low : pairs) {
        if (counter == low) return at(low);
        if (counter == low + 4) at(low) = 0;
    }
    return std::exchange(at(counter), 0);
}

}  // namespace openbar::simulator::e1000
