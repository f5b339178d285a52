#include "tests/wine/hardware/port_board.hpp"

namespace openbar::hardware {

bool PortBoard::answers(std::uint16_t port, unsigned width) {
    if (port >= first_port && port + width <= first_port + port_count) return true;
    ++strays_;
    return false;
}

std::uint32_t PortBoard::read(std::uint16_t port, unsigned width) {
    if (!answers(port, width)) return 0xffffffff;
    std::uint32_t value = 0;
    for (unsigned index = 0; index < width; ++index) {
        const unsigned at = port - first_port + index;
        const std::uint8_t byte =
            at < sizeof kept_ ? kept_[at] : static_cast<std::uint8_t>(~kept_[at - sizeof kept_]);
        value |= std::uint32_t{byte} << 8 * index;
    }
    return value;
}

void PortBoard::write(std::uint16_t port, unsigned width, std::uint32_t value) {
    if (!answers(port, width)) return;
    for (unsigned index = 0; index < width; ++index)
        if (const unsigned at = port - first_port + index; at < sizeof kept_)
            kept_[at] = static_cast<std::uint8_t>(value >> 8 * index);
}

}  // namespace openbar::hardware
