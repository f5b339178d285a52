/// A board at fixed ports: eight of them, of which the first four keep what was written and the
/// last four show it inverted.
#pragma once

#include <cstdint>

namespace openbar::hardware {

class PortBoard {
public:
    static constexpr std::uint16_t first_port = 0x378;
    static constexpr std::uint16_t port_count = 8;

    [[nodiscard]] std::uint32_t read(std::uint16_t port, unsigned width);
    void write(std::uint16_t port, unsigned width, std::uint32_t value);

    /// Accesses that were not the board's: another's ports.
    [[nodiscard]] std::uint32_t strays() const { return strays_; }

private:
    [[nodiscard]] bool answers(std::uint16_t port, unsigned width);

    std::uint8_t kept_[port_count / 2] = {};
    std::uint32_t strays_ = 0;
};

}  // namespace openbar::hardware
