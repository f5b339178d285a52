#include "simulator/models/intel_82540em/checksum.hpp"

#include <array>

namespace openbar::simulator::e1000 {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t remainder = byte;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xedb88320u : 0);
        table[byte] = remainder;
    }
    return table;
}

constexpr auto remainders = make_table();

}  // namespace

std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint32_t start) {
    std::uint64_t sum = start;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
        sum += (std::to_integer<std::uint32_t>(bytes[i]) << 8) |
               std::to_integer<std::uint32_t>(bytes[i + 1]);
    if (bytes.size() % 2 != 0) sum += std::to_integer<std::uint32_t>(bytes.back()) << 8;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

std::uint32_t frame_check_sequence(std::span<const std::byte> frame) {
    std::uint32_t remainder = 0xffffffff;
    for (const std::byte byte : frame)
        remainder = remainders[(remainder ^ std::to_integer<std::uint32_t>(byte)) & 0xff] ^
                    (remainder >> 8);
    return ~remainder;
}

}  // namespace openbar::simulator::e1000
